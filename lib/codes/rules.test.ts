import { expect, test } from "vitest";
import { nextLetter } from "./rules";

test.each([
  ["the first code is A", [], "A"],
  ["the next has the letter after the newest one's", ["B", "A"], "C"],
  ["it does not go back when the older ones are gone", ["F"], "G"],
  ["after Z comes A", ["Z", "Y"], "A"],
  ["a letter that is taken is passed over, whichever moment its code says", ["B", "C", "A"], "D"],
  ["also past the end of the alphabet", ["Z", "A"], "B"],
])("%s", (_promise, newestFirst, letter) => {
  expect(nextLetter(newestFirst)).toBe(letter);
});
