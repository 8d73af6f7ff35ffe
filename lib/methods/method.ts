import type { z } from "zod";
import type { Result } from "@/lib/kernel/result";

/** Why a code was not accepted. Malformed, wrong, expired and used are four different sentences. */
export type CodeReason = "malformed" | "wrong" | "expired" | "used";

/**
 * Why an answer was not accepted; "copied" is a passkey whose sign counter did not go on. "busy" says nothing of it: too
 * many hashes wait for it to be compared, and whoever spent a try for it gives that back.
 */
export type AnswerReason = CodeReason | "copied" | "busy";

/** Why an enrolment was not begun; each has its sentence in the catalogue `methods`. */
export type EnrolReason =
  | "number-missing"
  | "number-not-a-number"
  | "number-country-unknown"
  | "number-too-short"
  | "number-too-long"
  | "number-impossible"
  | "number-no-text-to-landline"
  | "number-kind-refused"
  | "channel-missing";

/** A code that was sent for this attempt or enrolment and may be compared with, newest first. */
export type SentCode = {
  readonly id: string;
  readonly methodId: string | null;
  readonly letter: string;
  readonly hash: string;
  readonly sentAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
};

/** A recovery code of the account whose look-up byte fits the answer. */
export type StoredRecoveryCode = { readonly id: string; readonly hash: string; readonly usedAt: Date | null };

/** Everything a method may look at to judge an answer. It reads nothing else and writes nothing at all. */
export type Evidence<Data> = {
  readonly now: Date;
  readonly accountId: string;
  readonly data: Data;
  /** The counter that only grows (an app's last accepted time step); null before the first. */
  readonly counter: bigint | null;
  /** Time steps that a hint spoke of: never accepted. */
  readonly burntSteps?: readonly bigint[];
  /** Whether a sent code's hash is this answer's, for this owner, account, purpose and number. */
  readonly isSentCode: (code: SentCode, digits: string) => boolean;
  readonly codes: readonly SentCode[];
  readonly recoveryCodes: readonly StoredRecoveryCode[];
  /** Whether a passkey was asked this very challenge; where it is not given, none was. */
  readonly isChallenge?: (challenge: string) => boolean;
};

/** What an accepted answer used up; the flow stores it, conditionally, in its transaction. */
export type Acceptance = {
  /** Must be greater than the stored one, or somebody was faster; for a passkey that never counts, 0 again and again. */
  readonly counter?: bigint;
  /** A passkey's data as it is from now on, to be sealed in its row. */
  readonly data?: unknown;
  /** A passkey that checked who is there. */
  readonly isUserVerified?: boolean;
  readonly codeId?: string;
  readonly recoveryCodeId?: string;
};

/** Where a code must be sent for a challenge; `null` when the person has it already (an app, a list). */
export type Delivery = { readonly channel: "text" | "voice"; readonly to: string } | null;

/** What is asked: a code, which may have to be sent first, or a passkey in the browser's own dialog. */
export type Challenge = { readonly kind: "code"; readonly delivery: Delivery } | { readonly kind: "passkey" };

/**
 * A way to get codes is a folder that meets this contract, and one line of registry.ts.
 * "everyday" methods are what Two-Step Verification is made of; a "last-resort" lets a person in, but never makes a
 * device trusted and is not a second method by itself.
 */
export type Method<Data, Input> = {
  readonly name: string;
  readonly role: "everyday" | "last-resort";
  /** The shape of the sealed data. */
  readonly data: z.ZodType<Data>;
  /** What must not be enrolled twice in one account (the number), or null. */
  readonly identity: (data: Data) => string | null;
  /** What may be shown: never a whole number or key. The words are the catalogue's. */
  readonly describe: (data: Data) => MethodFacts;
  readonly enrol: {
    /** Turns what a person entered into data to confirm, or says why not. */
    readonly begin: (input: Input) => Result<Data, EnrolReason>;
  };
  readonly challenge: (data: Data) => Challenge;
  /** Whether an answer could be one at all; what could not is refused as malformed and costs no try. */
  readonly isAnswerShaped: (answer: string) => boolean;
  readonly verify: (answer: string, evidence: Evidence<Data>) => Promise<Result<Acceptance, AnswerReason>>;
};

/** A method of whatever shape: what the one list of them holds, and what goes over that list. */
// biome-ignore lint/suspicious/noExplicitAny: a list of methods of several shapes has no narrower type
export type AnyMethod = Method<any, any>;

/** A method in facts that any screen may show. */
export type MethodFacts =
  | { readonly kind: "phone"; readonly channel: "text" | "voice"; readonly lastDigits: string }
  | { readonly kind: "app"; readonly tag: string }
  | {
      readonly kind: "passkey";
      /** On every device of the person, on one device, or on a key of its own. */
      readonly form: "synced" | "bound" | "key";
      /** The make, for people to recognise; "unknown" when it is. */
      readonly authenticator: string;
    }
  | { readonly kind: "recovery-codes" };
