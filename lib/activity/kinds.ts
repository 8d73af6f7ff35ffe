/** Everything the site records about an account. The sentence of each is in the catalogue `activity`, key `kind.<name>`. */
export const eventKinds = [
  "account-created",
  "signed-in",
  "signed-out",
  "second-step-failed",
  "second-step-waits",
  "proof-given",
  "name-changed",
  "email-change-asked",
  "email-changed",
  "password-changed",
  "password-reset",
  "two-step-on",
  "two-step-off",
  "method-added",
  "method-removed",
  "methods-reordered",
  "method-disabled",
  "recovery-code-used",
  "recovery-codes-made",
  "device-trusted",
  "device-forgotten",
  "all-devices-forgotten",
  "session-ended",
  "wrong-password",
  "code-sent",
  "device-copied",
  "session-copied",
  "password-reset-asked",
  "methods-moved",
  "method-renamed",
  "method-tried",
  "method-restored",
  "two-step-restored",
  "number-failing",
  "language-changed",
] as const;

export type EventKind = (typeof eventKinds)[number];

/** Facts for an event's sentence: masked, never a secret. */
export type EventFacts = Readonly<Record<string, string | number>>;
