import { createElement, Fragment, type ReactNode } from "react";

// The short first half of a compound and what it is tied to: "e-mail", "Two-Step", "E-Mail" of "E-Mail-Adresse".
const compound = /(?<![\p{L}\p{N}-])(\p{L}{1,4}-\p{L}{1,5})(?!\p{L})/u;

/**
 * Words of a heading or a button whose short compounds stay on one line: "e-" at its end reads as a slip. An element does
 * it and not U+2011, which fonts lack and which nobody who searches the page types.
 */
export function unbroken(words: string): ReactNode {
  const parts = words.split(compound);
  if (parts.length === 1) return words;
  // Spread, because the parts of one string never change places and so need no keys.
  return createElement(
    Fragment,
    null,
    ...parts.map((part, place) =>
      place % 2 === 0 ? part : createElement("span", { className: "unbroken" }, part),
    ),
  );
}
