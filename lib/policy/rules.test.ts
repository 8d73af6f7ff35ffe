import { expect, test } from "vitest";
import { policyLines } from "./rules";

test("a dry run says whom a policy would stop, and who of them has no backup", () => {
  const standing = { people: 120, off: 41, offWithOne: 12, offSignedIn: 7, onWithOne: 3 };
  const lines = policyLines(standing, "nobody");
  expect(lines).toContain(
    "REQUIRE_TWO_STEP=everyone would stop 41 of 120 people, 12 of them without a backup.",
  );
  expect(lines.join(" ")).toContain("7 of them are signed in now");
  expect(lines.join(" ")).toContain("3 people with Two-Step Verification on have one method only");
});

test("in force it says so, and a site that nobody would be stopped on gets two lines", () => {
  const none = { people: 1, off: 0, offWithOne: 0, offSignedIn: 0, onWithOne: 0 };
  expect(policyLines(none, "everyone")).toEqual([
    "In force: REQUIRE_TWO_STEP=everyone.",
    "REQUIRE_TWO_STEP=everyone stops 0 of 1 person, 0 of them without a backup.",
  ]);
});
