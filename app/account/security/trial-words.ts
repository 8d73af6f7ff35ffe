import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { timeText } from "@/components/ui/time";
import type { RefusalDetails } from "@/lib/kernel/result";
import { type AnswerReason, methodWords } from "@/lib/methods";
import type { TrialReason } from "@/lib/trial";
import { type Key, words } from "@/lib/words";

/** What a trial said, for the form that asked: it works, or why not. */
export type TrialState = { readonly isProven: boolean; readonly errors: readonly FormError[] } | undefined;

/** One code of at most 64 characters; what it may look like is its method's to say. */
export const codeField = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .refine((text) => !/\p{Cc}/u.test(text));

type Reason = TrialReason | "limit" | "country-off" | "empty";
type OwnReason = Exclude<Reason, AnswerReason>;

const keys = {
  gone: "refused.gone",
  "no-tries": "refused.no-tries",
  waiting: "refused.waiting",
  limit: "refused.limit",
  "country-off": "refused.country-off",
  empty: "refused.empty",
} as const satisfies Record<OwnReason, Key<"trial">>;

const isOwn = (reason: Reason): reason is OwnReason => Object.hasOwn(keys, reason);

/** Why a way of getting in was not proven, and what to do. */
export function trialErrors(refusal: {
  readonly reason: Reason;
  readonly details?: RefusalDetails;
}): FormError[] {
  const { reason, details } = refusal;
  const t = words("trial");
  if (isOwn(reason)) {
    const at = details?.retryAt === undefined ? "" : timeText(details.retryAt, "clock");
    const message = t(keys[reason], { at });
    return [reason === "limit" || reason === "country-off" ? { message } : { field: "code", message }];
  }
  const kind = details?.method ?? "recovery-codes";
  const message = kind === "recovery-codes" ? codesWords(reason) : methodWords.refusal(kind, reason);
  const left = details?.triesLeft;
  if (reason === "malformed" || left === undefined || left > 3) return [{ field: "code", message }];
  return [{ field: "code", message: t("refused.tries", { reason: message, left }) }];
}

const codesWords = (reason: AnswerReason): string =>
  words("trial")(reason === "malformed" ? "codes.malformed" : "codes.wrong");
