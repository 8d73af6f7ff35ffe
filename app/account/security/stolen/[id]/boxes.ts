/** The name of the box that says that a method was on the stolen phone too. */
export const boxName = (id: string): string => `also-${id}`;

/** The method that such a box is about; undefined for a field that is none. */
export const boxOf = (name: string): string | undefined => /^also-([0-9a-f-]{36})$/.exec(name)?.[1];
