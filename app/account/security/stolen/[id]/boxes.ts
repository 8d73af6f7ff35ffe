/** The name of the box that says that a method was on the stolen phone too. */
export const boxName = (id: string): string => `also-${id}`;

const boxOf = (name: string): string | undefined => /^also-([0-9a-f-]{36})$/.exec(name)?.[1];

/** The field of a form that shows boxes, also where none of them is ticked. */
export const boxesField = "boxes";

/** Which methods are ticked, in a form with boxes; no more than `max`, whoever wrote it. */
export const tickedIn = (form: FormData, max: number): readonly string[] =>
  [...form.keys()].flatMap((name) => boxOf(name) ?? []).slice(0, max);

/** What was ticked, as it is kept while a fresh proof is given. */
export const asTyped = (ticked: readonly string[]): { readonly ticked: string } => ({
  ticked: ticked.join(" "),
});

/** Reads it again; undefined where nothing of the kind is kept. */
export const ofTyped = (kept: { readonly ticked?: string } | undefined): readonly string[] | undefined =>
  kept?.ticked?.split(" ").filter((id) => id !== "");
