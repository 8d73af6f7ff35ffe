import { expect, test } from "vitest";
import { eventReason } from "@/lib/activity";
import { after, before, days } from "@/lib/kernel/durations";
import { judgeSignIn, type SignInFacts } from "./rules";

const now = new Date("2026-11-24T10:00:00Z");
const ended = new Date("2026-05-03T09:00:00Z");
const known = { trustedUntil: null, trustEndedAt: null, trustEndedBecause: null };
const facts = (device: SignInFacts["device"], isTwoStepOn = true): SignInFacts => ({
  now,
  isTwoStepOn,
  device,
});

test.each([
  ["password-changed"],
  ["methods-changed"],
  ["email-changed"],
  ["all-devices-forgotten"],
  ["two-step-changed"],
  ["device-forgotten"],
])("a browser whose trust was ended is told why and since when: %s", (trustEndedBecause) => {
  const verdict = judgeSignIn(facts({ ...known, trustEndedAt: ended, trustEndedBecause }));
  expect(verdict).toEqual({ ask: true, reason: trustEndedBecause, at: ended });
  const reason = { facts: { reason: trustEndedBecause, since: ended.toISOString() } };
  expect(eventReason(reason)).toContain("on 3 May 2026");
  expect(eventReason({ facts: { reason: trustEndedBecause } })).not.toMatch(/on \d|1970/);
});

test("a browser that was never trusted is not told that its trust ended, whatever was changed", () => {
  expect(judgeSignIn(facts(known))).toEqual({ ask: true, reason: "not-trusted", at: null });
});

test("thirty days that are over are told with their end", () => {
  const trustedUntil = before(now, days(2));
  expect(judgeSignIn(facts({ ...known, trustedUntil }))).toEqual({
    ask: true,
    reason: "trust-expired",
    at: trustedUntil,
  });
});

test("a browser that is trusted, and an account without a second step, are asked for nothing", () => {
  expect(judgeSignIn(facts({ ...known, trustedUntil: after(now, 1) }))).toEqual({
    ask: false,
    reason: "trusted-device",
  });
  expect(judgeSignIn(facts(undefined, false))).toEqual({ ask: false, reason: "no-second-step" });
});

test("a new browser is told that it is new", () => {
  expect(judgeSignIn(facts(undefined))).toEqual({ ask: true, reason: "new-browser", at: null });
});

test("where the site requires a second step, that is the reason when nothing else is, and the log says what comes next", () => {
  const required = (device: SignInFacts["device"], isTwoStepOn = true) =>
    judgeSignIn({ ...facts(device, isTwoStepOn), isRequired: true });
  expect(required(known)).toEqual({ ask: true, reason: "required-by-site", at: null });
  expect(required(undefined)).toMatchObject({ reason: "new-browser" });
  expect(required({ ...known, trustedUntil: after(now, 1) })).toMatchObject({ reason: "trusted-device" });
  expect(required(undefined, false)).toEqual({ ask: false, reason: "not-set-up" });
  expect(eventReason({ facts: { reason: "required-by-site" } })).toContain("asks everyone");
  expect(eventReason({ facts: { reason: "not-set-up" } })).toContain("requires it");
  expect(eventReason({ facts: { reason: "set-up-required" } })).toContain("requires it");
});
