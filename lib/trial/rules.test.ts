import { expect, test } from "vitest";
import { before, days, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { isTrialDue } from "./rules";

const now = new Date("2026-11-24T10:00:00Z");
const half = numbers.methods.remindAfter;

test.each([
  ["added just now", { createdAt: now, provenAt: null }, false],
  ["added half a year ago and never proven", { createdAt: before(now, half), provenAt: null }, true],
  ["a second less", { createdAt: before(now, half - seconds(1)), provenAt: null }, false],
  ["old, and proven yesterday", { createdAt: before(now, days(900)), provenAt: before(now, days(1)) }, false],
  [
    "old, and proven half a year ago",
    { createdAt: before(now, days(900)), provenAt: before(now, half) },
    true,
  ],
])("%s", (_what, way, isDue) => {
  expect(isTrialDue(way, now)).toBe(isDue);
});
