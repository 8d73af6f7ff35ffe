import type { IntlMessageFormat } from "intl-messageformat";

type Ast = ReturnType<IntlMessageFormat["getAst"]>;
type Part = Ast[number];

// Of the parser's own enumeration, which its package does not hand on.
const literal = 0;
const argument = 1;
const select = 5;
const plural = 6;

/**
 * What machines read, or people copy: an invisible mark in it would break a link, a code, or its last line for phones.
 * And the two that are words by themselves, of which titles and subjects are made.
 */
const plain: ReadonlySet<string> = new Set([
  ...["code", "codes", "digits", "host", "key", "link", "url"],
  ...["heading", "site"],
]);

/**
 * A message of a language that is written from right to left, with every value set apart (Unicode TR9, FSI and PDI): else
 * "+49 151" or an address takes the full stop or the bracket beside it along to its other end.
 */
export const isolated = (parts: Ast): Ast => parts.flatMap(isolatedPart);

function isolatedPart(part: Part): Part[] {
  if (part.type === argument && !plain.has(part.value))
    return [{ type: literal, value: "\u2068" }, part, { type: literal, value: "\u2069" }] as Part[];
  if (part.type !== select && part.type !== plural) return [part];
  const options = Object.entries(part.options).map(([name, option]) => [
    name,
    { ...option, value: isolated(option.value) },
  ]);
  return [{ ...part, options: Object.fromEntries(options) } as Part];
}
