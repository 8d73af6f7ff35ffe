/** An expected outcome: a value, or a refusal whose reason has its words in a catalogue. Bugs throw instead. */
export type Result<T, Reason extends string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Reason; readonly details?: RefusalDetails };

/** Facts that a refusal's words may need (never a secret): how many tries are left, when to come back. */
export type RefusalDetails = {
  readonly triesLeft?: number;
  readonly retryAt?: Date;
  readonly country?: string;
  /** The kind of method that was asked, for words that differ by it. */
  readonly method?: "phone" | "app" | "passkey" | "recovery-codes";
};

/** A success. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** A refusal with a named reason. */
export const refuse = <Reason extends string>(
  reason: Reason,
  details?: RefusalDetails,
): { readonly ok: false; readonly reason: Reason; readonly details?: RefusalDetails } =>
  details === undefined ? { ok: false, reason } : { ok: false, reason, details };
