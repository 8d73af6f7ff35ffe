import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { causeOf } from "@/lib/kernel/cause";
import { numbers } from "@/lib/kernel/numbers";
import type { Budget } from "@/lib/limits";
import { NoAnswerError } from "./provider";

/** How far a message is. It only ever goes forward, and the last three are ends. */
export type MessageState = "queued" | "handed-over" | "accepted" | "delivered" | "failed" | "expired";

/** What a provider may say of a message that it took. */
export type ReportedState = "handed-over" | "accepted" | "delivered" | "failed";

const before: Record<ReportedState, readonly MessageState[]> = {
  // A report about a message that still lies here: the provider took it, and its answer got lost.
  "handed-over": ["queued"],
  accepted: ["queued", "handed-over"],
  delivered: ["queued", "handed-over", "accepted"],
  failed: ["queued", "handed-over", "accepted"],
};

/** The states from which a report moves a message on; in any other it comes late and changes nothing. */
export const statesBefore = (state: ReportedState): readonly MessageState[] => before[state];

/**
 * Why a message did not arrive, in our words. `mayAskNext`: another provider could do better (not when the number is
 * impossible, and not when the person refused us). `isTrouble`: the provider's own trouble, which counts towards its
 * rest.
 */
export const failures = {
  "unknown-number": { mayAskNext: false, isTrouble: false },
  landline: { mayAskNext: false, isTrouble: false },
  unreachable: { mayAskNext: false, isTrouble: false },
  blocked: { mayAskNext: false, isTrouble: false },
  "line-busy": { mayAskNext: false, isTrouble: false },
  unanswered: { mayAskNext: false, isTrouble: false },
  "unknown-address": { mayAskNext: false, isTrouble: false },
  "mailbox-full": { mayAskNext: false, isTrouble: false },
  "try-later": { mayAskNext: true, isTrouble: false },
  "country-off": { mayAskNext: true, isTrouble: false },
  "carrier-refused": { mayAskNext: true, isTrouble: false },
  busy: { mayAskNext: true, isTrouble: true },
  "no-answer": { mayAskNext: true, isTrouble: true },
  misconfigured: { mayAskNext: true, isTrouble: true },
  unreadable: { mayAskNext: false, isTrouble: false },
  "no-channel": { mayAskNext: false, isTrouble: false },
  expired: { mayAskNext: false, isTrouble: false },
} as const satisfies Record<string, { readonly mayAskNext: boolean; readonly isTrouble: boolean }>;

export type FailureReason = keyof typeof failures;

/** Failures that say nothing about the number itself: our trouble, the provider's, or nobody at home. */
export const notTheNumbers: readonly FailureReason[] = [
  ...(["busy", "no-answer", "misconfigured", "unreadable", "no-channel", "expired"] as const),
  ...(["try-later", "line-busy", "unanswered"] as const),
];

/**
 * Whether an error is the silence of a provider, or of the network on the way, which both name what happened by a code;
 * else it is a fault of a provider's module.
 */
export function isSilence(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  const { name, codes } = causeOf(error);
  if (name === "AbortError" || name === "TimeoutError") return true;
  return codes.length > 0 && !codes.some((code) => code.startsWith("ERR_INVALID_"));
}

/** Whether a text from outside is one of our reasons. */
export const isFailureReason = (text: string): text is FailureReason => Object.hasOwn(failures, text);

/**
 * How long a message waits after its `tries`-th try failed, in milliseconds; undefined when it has been tried enough.
 * `luck`, from 0 to 1, spreads those that failed together.
 */
export function backoff(tries: number, reason: FailureReason, luck: number): number | undefined {
  const { delivery } = numbers;
  const spread = 1 + delivery.jitter * luck;
  if (failures[reason].isTrouble) {
    const { first, tries: many, afterwards } = delivery.troubleBackoff;
    const wait = tries > many ? afterwards : (first[Math.min(tries, first.length) - 1] ?? first[0]);
    return Math.round(wait * spread);
  }
  if (tries >= delivery.maxTries) return undefined;
  const wait = delivery.backoff[Math.min(tries, delivery.backoff.length) - 1] ?? delivery.backoff[0];
  return Math.round(wait * spread);
}

/** The country of a number in E.164, ISO 3166-1 alpha-2; null for one that belongs to none. */
export const countryOf = (number: string): string | null =>
  parsePhoneNumberFromString(number)?.country ?? null;

/** What a message to this number is counted by: a block of numbers, and a country. */
export function numberBlocks(number: string): { readonly prefix: string; readonly country: string } {
  return {
    prefix: number.slice(0, numbers.messages.prefixDay.digits + 1),
    country: countryOf(number) ?? "none",
  };
}

/**
 * What every text and call is spent from, whoever it is for and whatever it says: prefix, country, site. `share` of each
 * limit may be used up by this one: what must still be said when codes have used up theirs goes past 1.
 */
export function areaBudgets(number: string, share = 1): Budget[] {
  const { prefix, country } = numberBlocks(number);
  const { prefixDay, countryDay, siteDay } = numbers.messages;
  const upTo = ({ max, window }: { readonly max: number; readonly window: number }) => ({
    max: Math.floor(max * share),
    window,
  });
  return [
    { name: ["message-prefix", prefix], ...upTo(prefixDay) },
    { name: ["message-country", country], ...upTo(countryDay) },
    { name: ["message-site"], ...upTo(siteDay) },
  ];
}
