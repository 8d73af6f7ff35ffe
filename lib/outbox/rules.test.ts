import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOutbox } from "./rules";

const text = {
  id: "1",
  at: "2026-11-24T10:32:00.000Z",
  channel: "text",
  to: "+12025550142",
  body: "481203 is your Latchkey security code (A).",
  purpose: "sign-in",
};
const mail = { ...text, id: "2", channel: "email", to: "ann@example.com", subject: "Confirm your address" };
const lines = (...messages: object[]) => `${messages.map((message) => JSON.stringify(message)).join("\n")}\n`;

test("messages come newest first", () => {
  expect(parseOutbox(lines(text, mail), 50).map((message) => message.id)).toEqual(["2", "1"]);
});

test("a line torn at either end of what was read is left out, and the rest is there", () => {
  const whole = lines(text, mail, text);
  expect(parseOutbox(whole.slice(10, -10), 50).map((message) => message.id)).toEqual(["2"]);
});

test("no more than asked for, the newest of them", () => {
  expect(parseOutbox(lines(text, text, mail), 1).map((message) => message.id)).toEqual(["2"]);
});

test("a message without a subject has an empty one", () => {
  expect(parseOutbox(lines(text), 1)[0]?.subject).toBe("");
});

test("whatever stands in the file, reading it does not throw", () => {
  fc.assert(fc.property(fc.string(), (any) => Array.isArray(parseOutbox(any, 50))));
  fc.assert(fc.property(fc.json(), (any) => parseOutbox(any, 50).length === 0));
});
