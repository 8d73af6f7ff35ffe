import { expect, test } from "vitest";
import { type EventFacts, eventKinds } from "./kinds";
import { eventReason, eventSentence } from "./sentences";

test.each(eventKinds)("%s has a sentence, with and without facts", (kind) => {
  const some: EventFacts[] = [{}, { method: "app", ended: "Firefox", scope: "one", reason: "wrong" }];
  for (const facts of some) expect(eventSentence({ kind, facts })).toMatch(/^[A-Z].{7,}[^.]$/);
});

test("an event of a kind that is not known any more does not take the page away", () => {
  expect(eventSentence({ kind: "toString", facts: {} })).toBe("toString");
});

test("a sentence says which method and which browser", () => {
  expect(eventSentence({ kind: "signed-in", facts: { method: "app" } })).toContain("authenticator app");
  expect(eventSentence({ kind: "signed-in", facts: { method: "recovery-codes" } })).toContain(
    "recovery code",
  );
  expect(eventSentence({ kind: "session-ended", facts: { scope: "one", ended: "Firefox · Linux" } })).toBe(
    "Signed out another browser: Firefox · Linux",
  );
});

test("a sentence says which phone, which entry and which address", () => {
  const phone = { method: "phone", channel: "text", lastDigits: "42" };
  expect(eventSentence({ kind: "method-added", facts: phone })).toBe("Phone ending 42 added");
  expect(eventSentence({ kind: "method-removed", facts: { method: "app", tag: "K7F2" } })).toContain("K7F2");
  expect(eventSentence({ kind: "email-changed", facts: { email: "a…@example.com" } })).toContain(
    "a…@example.com",
  );
});

test("a reason is told where there is one we have words for", () => {
  expect(eventReason({ facts: { reason: "trusted-device" } })).toContain("not required on this device");
  expect(eventReason({ facts: {} })).toBeUndefined();
  expect(eventReason({ facts: { reason: "constructor" } })).toBeUndefined();
});
