/** Values of a statement by their names: `{ now }` for `$now`. */
export type Named = Readonly<Record<string, unknown>>;

const NAME = /\$([A-Za-z]\w*)/g;

/** Each text is read once: it is a constant of its statement, or of the few that it is put together to. */
const read = new Map<string, { readonly text: string; readonly names: readonly string[] }>();

function readNames(text: string): { readonly text: string; readonly names: readonly string[] } {
  let known = read.get(text);
  if (known === undefined) {
    const names: string[] = [];
    const numbered = text.replace(NAME, (_all, name: string) => {
      if (!names.includes(name)) names.push(name);
      return `$${names.indexOf(name) + 1}`;
    });
    known = { text: numbered, names };
    read.set(text, known);
  }
  return known;
}

/**
 * A statement with names (`$sessionId`) as PostgreSQL takes it, with numbers. For statements that are put together from
 * parts, each of which would else have to know which numbers the others use. A value that the text does not name is left
 * out.
 *
 * @throws Error when the text names a value that is not given; `undefined` is none, an absent one is null.
 */
export function numbered(text: string, values: Named): { text: string; values: unknown[] } {
  const { text: inNumbers, names } = readNames(text);
  return {
    text: inNumbers,
    values: names.map((name) => {
      const value = values[name];
      if (value === undefined) throw new Error(`the statement names $${name}, which is not given`);
      return value;
    }),
  };
}
