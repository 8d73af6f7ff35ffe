import type { EventKind } from "./kinds";

/** What a person may look for in the log; each has its words in the catalogue, `filter.<name>`. */
export const topics = ["sign-in", "codes", "protection", "account", "devices"] as const;
export type Topic = (typeof topics)[number];

/** Every kind of event stands under one topic. */
const topicOf = {
  "account-created": "account",
  "signed-in": "sign-in",
  "signed-out": "sign-in",
  "second-step-failed": "codes",
  "second-step-waits": "codes",
  "proof-given": "sign-in",
  "name-changed": "account",
  "language-changed": "account",
  "email-change-asked": "account",
  "email-changed": "account",
  "password-changed": "account",
  "password-reset": "account",
  "two-step-on": "protection",
  "two-step-off": "protection",
  "method-added": "protection",
  "method-removed": "protection",
  "methods-reordered": "protection",
  "method-disabled": "protection",
  "method-enabled": "protection",
  "recovery-code-used": "codes",
  "recovery-codes-made": "protection",
  "device-trusted": "devices",
  "device-forgotten": "devices",
  "all-devices-forgotten": "devices",
  "session-ended": "sign-in",
  "wrong-password": "codes",
  "code-sent": "codes",
  "device-copied": "devices",
  "session-copied": "sign-in",
  "password-reset-asked": "account",
  "methods-moved": "protection",
  "method-renamed": "protection",
  "method-tried": "protection",
  "method-restored": "protection",
  "two-step-restored": "protection",
  "number-failing": "codes",
  "desk-signed-in": "protection",
  "desk-sign-in-copied": "protection",
  "desk-agent-added": "protection",
  "desk-agent-removed": "protection",
  "desk-looked-up": "protection",
  "desk-requested": "protection",
  "desk-approved": "protection",
  "desk-refused": "protection",
  "desk-carried-out": "protection",
  "desk-pass-opened": "protection",
  "desk-pass-failed": "protection",
  "desk-pass-used": "protection",
  "number-changed": "protection",
  "number-kept": "protection",
  "number-retired": "protection",
  "number-change-undone": "protection",
  "phone-suspended": "protection",
  "phone-restored": "protection",
  "suspended-removed": "protection",
  "suspended-kept": "protection",
  "recovery-begun": "account",
  "recovery-proven": "account",
  "recovery-started": "account",
  "recovery-waits": "account",
  "recovery-stopped": "account",
  "recovery-ended": "account",
  "recovery-finished": "protection",
  "recovery-contact-named": "protection",
  "recovery-contact-accepted": "protection",
  "recovery-contact-removed": "protection",
  "recovery-contact-asked": "account",
  "recovery-contact-answered": "account",
  "second-email-asked": "account",
  "second-email-added": "account",
  "second-email-removed": "account",
} satisfies Record<EventKind, Topic>;

/** The kinds of event under a topic. */
export const kindsOf = (topic: Topic): EventKind[] =>
  (Object.keys(topicOf) as EventKind[]).filter((kind) => topicOf[kind] === topic);

/** The topic that a query asks for; undefined, which is everything, for anything that is none. */
export const parseTopic = (text: unknown): Topic | undefined => topics.find((topic) => topic === text);

/** The id of an event as an address shows it; undefined for anything that cannot be one. Whose it is, a flow says. */
export const parseEventId = (text: unknown): string | undefined =>
  typeof text === "string" && /^[0-9a-f]{32}$/.test(text) ? text : undefined;

/**
 * One field of CSV (RFC 4180), always quoted. Text that a spreadsheet would read as a formula gets an apostrophe in
 * front (OWASP CSV injection): a browser's name is what a stranger wrote.
 */
export function csvField(text: string): string {
  const isFormula = /^[\s\p{Cf}]*[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20]/u.test(text) || /^[\t\r\n]/.test(text);
  return `"${(isFormula ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** One line of CSV. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(",")}\r\n`;
