import { expect, test } from "vitest";
import { after } from "@/lib/kernel/durations";
import { type Care, isTwoStepOn, type Overview, whatNeedsCare } from "./rules";

const now = new Date("2026-11-24T10:00:00Z");
const well: Overview = {
  twoStepOnAt: now,
  lockedUntil: null,
  methods: 2,
  disabledMethods: 0,
  suspendedMethods: 0,
  failingMethods: 0,
  unprovenWays: 0,
  recoveryCodesLeft: 10,
  areCodesUnsaved: false,
  trustedDevices: 1,
  sessions: 1,
};

const cases: [string, Partial<Overview>, Care[]][] = [
  ["all is well", {}, []],
  ["Two-Step Verification is off", { twoStepOnAt: null, methods: 0, recoveryCodesLeft: 0 }, ["two-step-off"]],
  ["it is on and only recovery codes are left", { methods: 0 }, ["no-method-left"]],
  [
    "it is on and only few recovery codes are left, which nobody has saved",
    { methods: 0, suspendedMethods: 1, recoveryCodesLeft: 3, areCodesUnsaved: true },
    ["no-method-left", "phone-suspended", "recovery-codes-few", "recovery-codes-unsaved"],
  ],
  [
    "it is on and nothing at all is left",
    { methods: 0, disabledMethods: 2, recoveryCodesLeft: 0 },
    ["no-method-left", "method-disabled", "recovery-codes-gone"],
  ],
  ["one method only", { methods: 1 }, ["no-backup"]],
  ["four recovery codes are left", { recoveryCodesLeft: 4 }, []],
  ["three recovery codes are left", { recoveryCodesLeft: 3 }, ["recovery-codes-few"]],
  ["no recovery code is left", { recoveryCodesLeft: 0 }, ["recovery-codes-gone"]],
  ["nobody said that the codes were saved", { areCodesUnsaved: true }, ["recovery-codes-unsaved"]],
  ["a method is disabled", { disabledMethods: 1 }, ["method-disabled"]],
  ["a phone is suspended", { suspendedMethods: 2 }, ["phone-suspended"]],
  ["messages do not reach a number", { failingMethods: 1 }, ["number-failing"]],
  ["nobody tried a way for six months", { unprovenWays: 2 }, ["unproven-way"]],
  ["the second step waits", { lockedUntil: after(now, 1) }, ["second-step-waits"]],
  ["the second step waited until now", { lockedUntil: now }, []],
  [
    "several things, the most urgent first",
    { methods: 1, recoveryCodesLeft: 0, lockedUntil: after(now, 1) },
    ["second-step-waits", "no-backup", "recovery-codes-gone"],
  ],
];

test.each(cases)("%s", (_name, facts, cares) => {
  expect(whatNeedsCare({ ...well, ...facts }, now)).toEqual(cares);
});

test("Two-Step Verification is on from its last button to its turning off, whatever can still be asked for", () => {
  const bare: Overview = { ...well, methods: 0, recoveryCodesLeft: 0 };
  expect(isTwoStepOn(bare)).toBe(true);
  expect(isTwoStepOn({ ...bare, twoStepOnAt: null })).toBe(false);
});
