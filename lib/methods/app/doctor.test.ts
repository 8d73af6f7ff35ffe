import fc from "fast-check";
import { generateSync } from "otplib";
import { describe, expect, test } from "vitest";
import { numbers } from "@/lib/kernel/numbers";
import { randomBase32 } from "@/lib/kernel/secrets";
import { diagnose, type OtherEntry, type WrongCode } from "./doctor";
import { judgeCode, stepAt } from "./totp";

const now = new Date("2026-11-24T10:32:07Z");
const day = (text: string) => new Date(`${text}T12:00:00Z`);
const codeOf = (secret: string, steps = 0, at = now): string =>
  generateSync({ secret, epoch: Math.floor(at.getTime() / 1000) + steps * 30 });

const asked = { id: "asked", secret: randomBase32(32), tag: "M3QX", createdAt: day("2026-06-01") };
const other = (rest: Partial<OtherEntry> = {}): OtherEntry => ({
  id: "other",
  secret: randomBase32(32),
  tag: "K7F2",
  createdAt: day("2026-05-01"),
  removedAt: null,
  ...rest,
});
const wrong = (digits: string, rest: Partial<WrongCode> = {}): WrongCode => ({
  digits,
  now,
  asked,
  others: [],
  sent: [],
  ...rest,
});

describe("a clock that is wrong", () => {
  test.each([
    [-6, "clock-slow", 3],
    [-3, "clock-slow", 2],
    [-20, "clock-slow", 10],
    [2, "clock-fast", 1],
    [6, "clock-fast", 3],
    [20, "clock-fast", 10],
  ])("%d steps off is %s by %d minutes, and that step is burnt", (steps, kind, minutes) => {
    expect(diagnose(wrong(codeOf(asked.secret, steps)))).toEqual({
      hint: { kind, minutes, wanted: "M3QX" },
      burnt: { entryId: "asked", step: stepAt(now) + steps },
    });
  });

  test.each([-21, 21, -120, 120])("%d steps off is simply a wrong code", (steps) => {
    expect(diagnose(wrong(codeOf(asked.secret, steps)))).toBeUndefined();
  });

  test("a code that was typed a little late, or used before, is not called a clock", () => {
    for (const steps of [-2, -1, 0, 1]) expect(diagnose(wrong(codeOf(asked.secret, steps)))).toBeUndefined();
  });
});

test("a code that was sent is told where the app is asked, by whichever way it came, and is used up", () => {
  const sent = [
    { id: "a", channel: "text" as const, isIt: false },
    { id: "b", channel: "voice" as const, isIt: true },
  ];
  expect(diagnose(wrong("123456", { sent }))).toEqual({
    hint: { kind: "sent-for-app", channel: "voice", wanted: "M3QX" },
    burnt: { codeIds: ["b"] },
  });
});

test("a code of the app is told where one that was sent is asked", () => {
  const entry = other();
  const found = diagnose(wrong(codeOf(entry.secret), { asked: undefined, others: [entry] }));
  expect(found).toEqual({
    hint: { kind: "app-for-sent", tag: "K7F2" },
    burnt: { entryId: "other", step: stepAt(now) },
  });
});

test("another entry is named, with the one to open", () => {
  const entry = other();
  expect(diagnose(wrong(codeOf(entry.secret, 1), { others: [entry] }))).toEqual({
    hint: { kind: "other-entry", tag: "K7F2", wanted: "M3QX" },
    burnt: { entryId: "other", step: stepAt(now) + 1 },
  });
});

test("an entry that is gone was replaced when a newer one stands in its place, else it was removed", () => {
  const removedAt = day("2026-06-02");
  const replaced = other({ removedAt });
  const removed = other({ removedAt, createdAt: asked.createdAt });
  const kindOf = (entry: OtherEntry) => diagnose(wrong(codeOf(entry.secret), { others: [entry] }))?.hint;
  expect(kindOf(replaced)).toEqual({ kind: "replaced-entry", at: removedAt, wanted: "M3QX" });
  expect(kindOf(removed)).toEqual({ kind: "removed-entry", at: removedAt, wanted: "M3QX" });
});

test("of two entries with the same code the one that is there is named", () => {
  const secret = randomBase32(32);
  const others = [other({ id: "gone", secret, removedAt: now }), other({ id: "here", secret })];
  expect(diagnose(wrong(codeOf(secret), { others }))?.burnt).toMatchObject({ entryId: "here" });
});

describe("whatever is typed", () => {
  const secrets = fc.array(fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), {
    minLength: 32,
    maxLength: 32,
  });
  const cases = fc.record({
    secret: secrets.map((letters) => letters.join("")),
    second: secrets.map((letters) => letters.join("")),
    steps: fc.integer({ min: -40, max: 40 }),
    which: fc.constantFrom("asked", "other", "removed", "none"),
    digits: fc.integer({ min: 0, max: 999_999 }).map((n) => String(n).padStart(6, "0")),
    at: fc.date({ min: day("2026-01-01"), max: day("2030-01-01"), noInvalidDate: true }),
  });

  test("no step that was spoken of is ever accepted, at any later moment", () => {
    fc.assert(
      fc.property(cases, ({ secret, second, steps, which, digits, at }) => {
        const entry = { ...asked, secret };
        const others = [other({ secret: second, removedAt: which === "removed" ? at : null })];
        const typed = which === "asked" ? codeOf(secret, steps, at) : codeOf(second, steps, at);
        const found = diagnose({
          digits: which === "none" ? digits : typed,
          now: at,
          asked: entry,
          others,
          sent: [],
        });
        if (found === undefined || !("step" in found.burnt)) return;
        const { entryId, step } = found.burnt;
        const key = entryId === "asked" ? secret : second;
        const shown = generateSync({ secret: key, epoch: step * 30 });
        for (let later = -1; later <= numbers.doctor.clockSteps + 2; later += 1) {
          const judged = judgeCode(key, shown, new Date(at.getTime() + later * 30_000), undefined, [step]);
          // Six digits may be those of a neighbouring step too; the burnt one it is not.
          if (judged.is === "right") expect(judged.step).not.toBe(step);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a hint is only ever about a code that fits: the window is bounded either side", () => {
    fc.assert(
      fc.property(cases, ({ secret, second, digits, at }) => {
        const found = diagnose({
          digits,
          now: at,
          asked: { ...asked, secret },
          others: [other({ secret: second })],
          sent: [],
        });
        if (found === undefined || !("step" in found.burnt)) return;
        const { entryId, step } = found.burnt;
        const either = entryId === "asked" ? numbers.doctor.clockSteps : numbers.totp.toleranceSteps;
        expect(Math.abs(step - stepAt(at))).toBeLessThanOrEqual(either);
        expect(generateSync({ secret: entryId === "asked" ? secret : second, epoch: step * 30 })).toBe(
          digits,
        );
      }),
      { numRuns: 150 },
    );
  });
});
