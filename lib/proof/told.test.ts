import { expect, test } from "vitest";
import { catalogues } from "@/lib/words";
import { isGrave, told } from "./told";

const named = (end: "subject" | "text"): string[] =>
  Object.keys(catalogues.messages).flatMap((key) => {
    const [, name, what] = /^alert\.(.+)\.([a-z]+)$/.exec(key) ?? [];
    return name !== undefined && what === end ? [name] : [];
  });

test("every alert says how it is told, and has the words of a text exactly where it is told by one", () => {
  expect(Object.keys(told).sort()).toEqual(named("subject").sort());
  expect(Object.keys(told).filter(isGrave).sort()).toEqual(named("text").sort());
});

test("whatever takes a way in away, or gives somebody one, is told by text; an attempt that failed is not", () => {
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
    expect([name, isGrave(name)]).toEqual([name, true]);
  for (const name of ["second-step-failed", "new-browser", "constructor", "__proto__", ""])
    expect([name, isGrave(name)]).toEqual([name, false]);
});
