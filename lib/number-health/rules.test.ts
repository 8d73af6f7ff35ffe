import { expect, test } from "vitest";
import { stepFor } from "./rules";

test.each([
  [0, false, undefined],
  [2, false, undefined],
  [3, false, "warn"],
  [3, true, undefined],
  [9, true, undefined],
  [2, true, "clear"],
  [0, true, "clear"],
] as const)("%i failures in a row, told already: %s → %s", (failedInRow, isWarned, step) => {
  expect(stepFor(failedInRow, isWarned)).toBe(step);
});
