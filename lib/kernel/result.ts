/** An expected outcome: a value, or a refusal whose reason has its words in a catalogue. Bugs throw instead. */
export type Result<T, Reason extends string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Reason; readonly details?: RefusalDetails };

/** The half of a result that is a refusal. */
export type Refusal<Reason extends string> = Extract<Result<never, Reason>, { readonly ok: false }>;

/** Facts that a refusal's words may need (never a secret): how many tries are left, when to come back. */
export type RefusalDetails = {
  readonly triesLeft?: number;
  readonly retryAt?: Date;
  readonly country?: string;
  /** The kind of method that was asked, for words that differ by it. */
  readonly method?: "phone" | "app" | "passkey" | "recovery-codes";
  /** What the code doctor found out about a wrong code. */
  readonly hint?: CodeHint;
  /** Nothing but "it does not work" may be said: this browser is not known to the account. */
  readonly isPlain?: boolean;
};

/** Why a code was wrong, as the code doctor tells it; entries of an app by the four characters that they end in. */
export type CodeHint =
  | { readonly kind: "clock-slow" | "clock-fast"; readonly minutes: number; readonly wanted: string }
  /** A code of a text message or call, where the app is asked. */
  | { readonly kind: "sent-for-app"; readonly channel: "text" | "voice"; readonly wanted: string }
  /** A code of the app, where one that was sent is asked. */
  | { readonly kind: "app-for-sent"; readonly tag: string }
  | { readonly kind: "other-entry"; readonly tag: string; readonly wanted: string }
  | { readonly kind: "replaced-entry" | "removed-entry"; readonly at: Date; readonly wanted: string };

/** A success. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** A refusal with a named reason. */
export const refuse = <Reason extends string>(
  reason: Reason,
  details?: RefusalDetails,
): { readonly ok: false; readonly reason: Reason; readonly details?: RefusalDetails } =>
  details === undefined ? { ok: false, reason } : { ok: false, reason, details };
