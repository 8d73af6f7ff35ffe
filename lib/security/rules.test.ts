import { expect, test } from "vitest";
import { askedFirst, isPlace, movedUp, removal } from "./rules";

test.each([
  ["one of three", {}, 2, false, undefined],
  ["one of two, without a tick", {}, 1, false, "not-understood"],
  ["one of two, with a tick", {}, 1, true, undefined],
  [
    "one of three, after which a loss locks out, without a tick",
    { mayLockOut: true },
    2,
    false,
    "not-understood",
  ],
  ["the same with a tick", { mayLockOut: true }, 2, true, undefined],
  ["the last one, with a tick", {}, 0, true, "last"],
  ["the one that the proof was given with", { isProof: true }, 2, true, "prove-another"],
  ["the last one, proven", { isProof: true }, 0, true, "last"],
  ["one that does not open any more", { isUsable: false }, 1, false, undefined],
  ["another account's", { isThere: false, isUsable: false }, 2, true, "not-there"],
] as const)("%s", (_which, facts, methods, isUnderstood, why) => {
  const { isThere, isUsable, isProof, mayLockOut } = {
    isThere: true,
    isUsable: true,
    isProof: false,
    mayLockOut: false,
    ...facts,
  };
  expect(removal({ isThere, isUsable, isProof }, { methods, mayLockOut }, isUnderstood)).toBe(why);
});

test.each([
  ["b", ["b", "a", "c"]],
  ["c", ["a", "c", "b"]],
  ["a", undefined],
  ["another account's", undefined],
] as const)("moved up: %s", (id, order) => {
  expect(movedUp(["a", "b", "c"], id)).toEqual(order);
});

test.each([
  ["an app", "", true],
  ["an app", "own", true],
  ["an app", "p", true],
  ["an app", "another account's", false],
  ["an app", "a", false],
  ["a phone", "", true],
  ["a phone", "own", false],
  ["a phone", "q", false],
] as const)("%s may be said to be kept on %j: %j", (which, place, may) => {
  const isPhone = which === "a phone";
  expect(isPlace(place, { id: isPhone ? "p" : "a", isPhone }, ["p", "q"])).toBe(may);
});

test("the chosen one goes to the front and the others keep their order", () => {
  expect(askedFirst(["a", "b", "c"], "c")).toEqual(["c", "a", "b"]);
  expect(askedFirst(["a", "b", "c"], "a")).toEqual(["a", "b", "c"]);
});
