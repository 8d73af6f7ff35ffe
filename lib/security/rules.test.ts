import { expect, test } from "vitest";
import { askedFirst, removal } from "./rules";

test.each([
  ["one of three", true, true, 2, false, undefined],
  ["one of two, without a tick", true, true, 1, false, "not-understood"],
  ["one of two, with a tick", true, true, 1, true, undefined],
  ["the last one, with a tick", true, true, 0, true, "last"],
  ["one that does not open any more", true, false, 1, false, undefined],
  ["another account's", false, false, 2, true, "not-there"],
] as const)("%s", (_which, isThere, isUsable, others, isUnderstood, why) => {
  expect(removal({ isThere, isUsable }, others, isUnderstood)).toBe(why);
});

test("the chosen one goes to the front and the others keep their order", () => {
  expect(askedFirst(["a", "b", "c"], "c")).toEqual(["c", "a", "b"]);
  expect(askedFirst(["a", "b", "c"], "a")).toEqual(["a", "b", "c"]);
});
