import { describe, expect, it, test } from "vitest";
import { after, days, hours } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import {
  hasItsPassword,
  isOldEnough,
  isOpenElsewhere,
  judgeEvidence,
  neededUntil,
  type ProofKind,
  proofKinds,
  readSecret,
  showSecret,
  stateOf,
} from "./rules";

const now = new Date("2026-11-24T10:00:00Z");

describe("the waiting time", () => {
  test.each<[ProofKind[], number | undefined]>([
    [[], undefined],
    [["email"], undefined],
    [["password"], undefined],
    [["support"], undefined],
    // One mailbox is not two, and where somebody sits proves nothing.
    [["email", "second-email"], undefined],
    [["email", "second-email", "history"], undefined],
    [["password", "history"], undefined],
    [["trusted-device", "known-device"], undefined],
    [["email", "email"], undefined],
    [["email", "old-number"], days(14)],
    [["password", "old-number"], days(14)],
    [["email", "password"], days(7)],
    [["email", "password", "old-number"], days(7)],
    [["email", "known-device"], days(7)],
    [["password", "trusted-device"], hours(72)],
    [["email", "password", "known-device"], hours(72)],
    [["email", "password", "contact"], hours(72)],
    [["email", "support"], days(7)],
    [["password", "known-device", "contact"], hours(48)],
    [["email", "password", "old-code", "contact"], hours(24)],
    [["password", "trusted-device", "known-device", "old-code", "email"], hours(24)],
  ])("%j waits %s", (proofs, wait) => {
    const verdict = judgeEvidence(proofs);
    expect(verdict.ok ? verdict.wait : undefined).toBe(wait);
  });

  it("is never shorter than 24 hours nor longer than 14 days, and one more proof never makes it longer", () => {
    for (let set = 0; set < 2 ** proofKinds.length; set += 1) {
      const proofs = proofKinds.filter((_kind, place) => (set >> place) & 1);
      const verdict = judgeEvidence(proofs);
      if (!verdict.ok) continue;
      expect(verdict.wait).toBeGreaterThanOrEqual(hours(24));
      expect(verdict.wait).toBeLessThanOrEqual(days(14));
      for (const more of proofKinds) {
        const longer = judgeEvidence([...proofs, more]);
        expect(longer.ok && longer.wait <= verdict.wait).toBe(true);
      }
    }
  });

  it("says by what, the strongest first, and a browser once", () => {
    const verdict = judgeEvidence(["email", "known-device", "trusted-device", "history"]);
    expect(verdict.counted).toEqual(["trusted-device", "email", "history"]);
  });

  it("has a last line for whatever two proofs there are", () => {
    expect(numbers.recovery.waits.at(-1)?.points).toBe(0);
  });
});

describe("the state", () => {
  const row = { startedAt: null, readyAt: null, expiresAt: after(now, 1), endedAt: null, endedBecause: null };
  test.each([
    [row, "collecting"],
    [{ ...row, expiresAt: now }, "expired"],
    [{ ...row, startedAt: now }, "unnoticed"],
    [{ ...row, startedAt: now, readyAt: after(now, 1) }, "waiting"],
    [{ ...row, startedAt: now, readyAt: now }, "ready"],
    [{ ...row, startedAt: now, readyAt: now, expiresAt: now }, "expired"],
    [{ ...row, endedAt: now, endedBecause: "stopped" }, "stopped"],
    [{ ...row, endedAt: now, endedBecause: "desk" }, "stopped"],
    [{ ...row, endedAt: now, endedBecause: "signed-in" }, "signed-in"],
    [{ ...row, endedAt: now, endedBecause: "finished" }, "finished"],
    [{ ...row, endedAt: now, endedBecause: "expired" }, "expired"],
  ] as const)("%#: %s", (recovery, state) => {
    expect(stateOf(recovery, now)).toBe(state);
  });
});

test("a code is read however it was typed", () => {
  expect(readSecret(" abcde-fghij ")).toEqual(["ABCDEFGHIJ"]);
  expect(readSecret(showSecret("ABCDEFGHIJ"))).toEqual(["ABCDEFGHIJ"]);
  // As a recovery code is: what no code has stands for what looks like it, and marks of direction come along.
  expect(readSecret("\u2066A8CDE-FGH0J\u2069")).toEqual(["ABCDEFGHOJ"]);
  expect(readSecret("abcde-fgh1j")).toEqual(["ABCDEFGHIJ", "ABCDEFGHLJ"]);
});

test("the password counts at the end where it was shown and is still the account's", () => {
  expect(hasItsPassword({ proofs: ["email", "password"], isPasswordNew: false })).toBe(true);
  expect(hasItsPassword({ proofs: ["email", "password"], isPasswordNew: true })).toBe(false);
  expect(hasItsPassword({ proofs: ["email", "contact"], isPasswordNew: false })).toBe(false);
});

test("another browser finishes it after the wait of password and mailbox alone, from the first notice on", () => {
  const at = (noticedAt: Date | null) => isOpenElsewhere({ noticedAt, now });
  expect(at(null)).toBe(false);
  expect(at(after(now, 1 - days(7)))).toBe(false);
  expect(at(after(now, -days(7)))).toBe(true);
});

test("its browser is needed until the latest moment at which it can be finished", () => {
  const expiresAt = after(now, hours(2));
  const begun = { startedAt: null, noticedAt: null, waitMs: null, expiresAt };
  expect(neededUntil(begun)).toEqual(expiresAt);
  const started = { ...begun, startedAt: now, waitMs: hours(72) };
  expect(neededUntil(started)).toEqual(after(expiresAt, hours(72) + numbers.recovery.finishWithin));
  expect(neededUntil({ ...started, noticedAt: now })).toEqual(expiresAt);
});

test("what was there for a week is old enough to be evidence", () => {
  expect(isOldEnough(null, now)).toBe(false);
  expect(isOldEnough(after(now, 1 - days(7)), now)).toBe(false);
  expect(isOldEnough(after(now, -days(7)), now)).toBe(true);
});

test("what is no code of a mail is told without a try", () => {
  for (const typed of ["abcde-fghi", "abcde-fghij7", "abcde-fghi9", "123456"])
    expect(readSecret(typed)).toEqual([]);
});
