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

test("a reason is told where there is one we have words for", () => {
  expect(eventReason({ facts: { reason: "trusted-device" } })).toContain("not required on this device");
  expect(eventReason({ facts: {} })).toBeUndefined();
  expect(eventReason({ facts: { reason: "constructor" } })).toBeUndefined();
});
