import { expect, test } from "vitest";
import { catalogues } from "@/lib/words";
import { isToldByPhone, onePerNumber, rings, told } from "./told";

const named = (end: "subject" | "text"): string[] =>
  Object.keys(catalogues.messages).flatMap((key) => {
    const [, name, what] = /^alert\.(.+)\.([a-z]+)$/.exec(key) ?? [];
    return name !== undefined && what === end ? [name] : [];
  });

test("every alert says how it is told, and has the words of a text and of a call exactly where it is told by one", () => {
  expect(Object.keys(told).sort()).toEqual(named("subject").sort());
  expect(Object.keys(told).filter(isToldByPhone).sort()).toEqual(named("text").sort());
  const called = Object.keys(catalogues.calls).flatMap((key) => /^notice\.(.+)$/.exec(key)?.[1] ?? []);
  expect(Object.keys(told).filter(isToldByPhone).filter(rings).sort()).toEqual(called.sort());
});

test("whatever takes a way in away, or gives somebody one, is told at the phones; an attempt that failed is not", () => {
  for (const name of [
    "method-added",
    "method-removed",
    "recovery-codes-made",
    "two-step-off",
    "password-changed",
    "password-reset",
    "email-changed",
    "number-changed",
    "phone-suspended",
    "suspended-removed",
    "recovery-started",
    "desk-pass-used",
  ])
    expect([name, isToldByPhone(name)]).toEqual([name, true]);
  for (const name of ["second-step-failed", "new-browser", "constructor", "__proto__", ""])
    expect([name, isToldByPhone(name)]).toEqual([name, false]);
});

test("what comes by the clock, day after day or long after the deed, makes no phone ring; what somebody did just now does", () => {
  const silent = Object.keys(told).filter((name) => isToldByPhone(name) && !rings(name));
  expect(silent.sort()).toEqual(["recovery-waiting", "suspended-removed"]);
  expect(rings("recovery-started") && rings("recovery-ready") && rings("recovery-finished")).toBe(true);
});

test("each number is told once, and one that takes texts is never called", () => {
  const [both, landline, mobile] = ["+441", "+442", "+443"] as const;
  expect(
    onePerNumber([
      { channel: "voice", to: both },
      { channel: "voice", to: landline },
      { channel: "text", to: both },
      { channel: "text", to: mobile },
      { channel: "voice", to: landline },
    ]),
  ).toEqual([
    { number: both, channel: "text" },
    { number: landline, channel: "voice" },
    { number: mobile, channel: "text" },
  ]);
});
