import type { Result } from "@/lib/kernel/result";
import type { FailureReason, ReportedState } from "./rules";

/** A message as a provider gets it: opened, whole, and with an id that a provider may use to send it only once. */
export type OutgoingMessage = {
  readonly id: string;
  readonly channel: "text" | "voice" | "email";
  /** E.164 for text and voice, an address for e-mail. */
  readonly to: string;
  readonly subject?: string;
  readonly body: string;
  /** In which its words are (lib/kernel/language.ts); a message of an older version says none. */
  readonly language?: string;
  readonly purpose: string;
  /** Whole seconds after which it is of no use; at least 1. */
  readonly usefulFor: number;
};

/** What a message cost: a decimal number as text, and an ISO 4217 code. */
export type Cost = { readonly amount: string; readonly currency: string };

/** What became of a message after its hand-over. It names our id, or the provider's own, or both. */
export type Report = {
  readonly state: ReportedState;
  readonly messageId?: string;
  readonly providerId?: string;
  /** Of a failure. */
  readonly reason?: FailureReason;
  readonly cost?: Cost;
};

/** What a provider said at hand-over. */
export type HandOver =
  | {
      readonly state: "handed-over" | "accepted" | "delivered";
      readonly providerId?: string;
      readonly cost?: Cost;
      /** Reports that the provider makes by itself, in this process (the outbox plays a carrier). */
      readonly later?: readonly {
        /** Milliseconds. */
        readonly after: number;
        readonly report: () => Promise<Report>;
      }[];
    }
  /** `isFinal`: trying this provider again cannot help (no such number); otherwise the worker tries later. */
  | { readonly state: "refused"; readonly reason: FailureReason; readonly isFinal: boolean };

/** A call-back as it arrived. */
export type Callback = {
  /** The whole URL, made from SITE_URL: what the provider signed. */
  readonly url: string;
  /** The value of a header, null when there is none. */
  readonly header: (name: string) => string | null;
  readonly body: string;
  readonly now: Date;
};

/** A provider that was reached, and said nothing that tells whether it has the message. */
export class NoAnswerError extends Error {}

/** A way to hand messages to the world. One file in providers/, one line in channels.ts. */
export type Provider = {
  readonly name: string;
  /** Its troubles are played and each is about one number, so it never rests. */
  readonly isPlayed?: boolean;
  /**
   * Hands one message over. Throws when it does not know whether it was; the message is then tried again, with the same
   * id.
   */
  readonly send: (message: OutgoingMessage, signal: AbortSignal) => Promise<HandOver>;
  /**
   * What a message that it took has cost, where it tells that only later; undefined when it does not know yet. Throws when
   * it gives no answer.
   */
  readonly findCost?: (
    message: { readonly providerId: string; readonly channel: string },
    signal: AbortSignal,
  ) => Promise<Cost | undefined>;
  /** Checks who signed a call-back and reads it; undefined when it tells nothing that matters here. */
  readonly readReport?: (callback: Callback) => Result<Report | undefined, "forged" | "malformed">;
};
