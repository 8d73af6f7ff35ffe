import { describe, expect, it, test } from "vitest";
import { after, days, hours } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { judgeEvidence, type ProofKind, proofKinds, readSecret, showSecret, stateOf } from "./rules";

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
  expect(readSecret(" abcde-fghij ")).toBe("ABCDEFGHIJ");
  expect(readSecret(showSecret("ABCDEFGHIJ"))).toBe("ABCDEFGHIJ");
});
