/** What becomes of a number whose time is over: it goes, or it stays because nothing else would let its owner in. */
export type Retirement = "retire" | "keep";

/**
 * What becomes of a number whose thirty days are over. The last way of getting in never goes by itself, whatever was
 * removed or suspended meanwhile: its owner is told that it stays.
 *
 * @param othersLeft how many other methods can be asked for and do not go by themselves.
 */
export const retirement = (othersLeft: number): Retirement => (othersLeft === 0 ? "keep" : "retire");

/**
 * The order in which methods are asked for once a new number is there: it stands where the old one stood, and the old one
 * is the last.
 */
export const orderWith = (ids: readonly string[], change: { oldId: string; newId: string }): string[] => [
  ...ids.filter((id) => id !== change.newId).map((id) => (id === change.oldId ? change.newId : id)),
  change.oldId,
];
