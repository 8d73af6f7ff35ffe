import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  clash,
  mayVisit,
  nextPath,
  nextStep,
  placeOf,
  purposeOf,
  type SetupFacts,
  type StepName,
  steps,
} from "./rules";

const facts = (part: Partial<SetupFacts>): SetupFacts => ({
  isOn: false,
  methods: 0,
  isPhonePending: false,
  areCodesShown: false,
  ...part,
});

describe("where the set-up stands", () => {
  test.each<[string, Partial<SetupFacts>, StepName | undefined]>([
    ["nothing yet", {}, "choose"],
    ["a code is on its way", { isPhonePending: true }, "code"],
    ["one method", { methods: 1 }, "backup"],
    ["one method and a code on its way", { methods: 1, isPhonePending: true }, "backup-code"],
    ["two methods", { methods: 2 }, "finish"],
    ["three methods and a code on its way", { methods: 3, isPhonePending: true }, "finish"],
    ["on, with codes to save", { isOn: true, methods: 2, areCodesShown: true }, "done"],
    ["on, and codes saved", { isOn: true, methods: 2 }, undefined],
    ["off, with codes of a former time", { areCodesShown: true }, "choose"],
  ])("%s", (_when, part, step) => {
    expect(nextStep(facts(part))).toBe(step);
  });
});

describe("a page out of order is not shown", () => {
  const names = Object.keys(steps) as StepName[];
  test.each<[string, Partial<SetupFacts>, StepName[]]>([
    ["nothing yet", {}, ["choose"]],
    ["a code is on its way", { isPhonePending: true }, ["choose", "code", "backup-code"]],
    ["one method", { methods: 1 }, ["backup"]],
    ["backup code on its way", { methods: 1, isPhonePending: true }, ["backup", "backup-code", "code"]],
    ["two methods", { methods: 2 }, ["finish"]],
    ["codes to save", { isOn: true, methods: 2, areCodesShown: true }, ["done"]],
    ["on", { isOn: true, methods: 2 }, []],
  ])("%s", (_when, part, allowed) => {
    expect(names.filter((name) => mayVisit(name, facts(part))).sort()).toEqual([...allowed].sort());
  });

  it("every redirect leads to a page that is shown", () => {
    fc.assert(
      fc.property(
        fc.record({
          isOn: fc.boolean(),
          methods: fc.nat(4),
          isPhonePending: fc.boolean(),
          areCodesShown: fc.boolean(),
        }),
        (any) => {
          const step = nextStep(any);
          if (step !== undefined) expect(mayVisit(step, any)).toBe(true);
          expect(nextPath(any)).toMatch(/^\/account\/security/);
          expect(placeOf(any)).toMatch(/^\/account\/security/);
        },
      ),
    );
  });
});

test("every step leads to steps of the table, and the last button is the only way on", () => {
  const ways = Object.values(steps).flatMap(({ leadsTo }) => [...leadsTo]);
  for (const { to } of ways) expect([...Object.keys(steps), "settings"]).toContain(to);
  expect(ways.filter(({ to }) => to === "done").map(({ by }) => by)).toEqual(["finish.submit"]);
});

test.each([
  [{ isOn: false, methods: 0 }, "first"],
  [{ isOn: false, methods: 1 }, "backup"],
  [{ isOn: false, methods: 2 }, "backup"],
  [{ isOn: true, methods: 2 }, "additional"],
])("%o is for the %s", (standing, purpose) => {
  expect(purposeOf(standing)).toBe(purpose);
});

describe("not the same one again", () => {
  test.each([
    ["phone", "backup", false, true, "same-number"],
    ["phone", "additional", false, true, "same-number"],
    ["phone", "backup", true, false, undefined],
    ["app", "backup", true, false, "same-app"],
    ["app", "additional", true, false, undefined],
    ["app", "first", false, false, undefined],
  ] as const)("%s as %s (app: %s, same number: %s): %s", (kind, purpose, hasApp, hasSameIdentity, why) => {
    expect(clash(kind, { purpose, hasApp, hasSameIdentity, methods: 2 })).toBe(why);
  });
});
