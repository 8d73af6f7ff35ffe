import { z } from "zod";
import { credentialField } from "@/app/challenge-form";
import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { codeLine, parseForm } from "@/lib/kernel/form";
import { ok, type RefusalDetails, type Result, refuse } from "@/lib/kernel/result";
import { type AnswerReason, methodWords } from "@/lib/methods";
import type { TrialReason } from "@/lib/trial";
import { type Key, words } from "@/lib/words";

/** What a trial said, for the form that asked: it works, or why not. */
export type TrialState = { readonly isProven: boolean; readonly errors: readonly FormError[] } | undefined;

/** Reads a method's id and its answer: a code, or what the browser says of its passkey. "nothing": not even the id. */
export function readTrial(
  form: FormData,
): Result<{ readonly id: string; readonly answer: string }, "nothing" | "empty"> {
  const passkey = parseForm(form, { id: z.uuid(), credential: credentialField.optional() });
  const credential = passkey.ok ? passkey.data.credential : undefined;
  if (passkey.ok && credential !== undefined) return ok({ id: passkey.data.id, answer: credential });
  const parsed = parseForm(form, { id: z.uuid(), code: codeLine });
  if (!parsed.ok) return refuse(parsed.errors.id === undefined ? "empty" : "nothing");
  return ok({ id: parsed.data.id, answer: parsed.data.code });
}

type EnableReason = "disabled" | "enabled" | "prove-another";
type AnyReason = TrialReason | "limit" | "country-off" | "empty";
type Reason = Exclude<AnyReason, EnableReason>;
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

/** Whether a refusal is told by the page that takes a method into use again, which says how things stand. */
export const isToldByEnabling = (reason: AnyReason): reason is EnableReason =>
  reason === "disabled" || reason === "enabled" || reason === "prove-another";

/** What a form shows of a way that was proven. */
export const proven: TrialState = { isProven: true, errors: [] };

/** What a form shows of one that was not, and what to do. */
export const notProven = (refusal: {
  readonly reason: Reason;
  readonly details?: RefusalDetails;
}): TrialState => ({ isProven: false, errors: trialErrors(refusal) });

function trialErrors(refusal: { readonly reason: Reason; readonly details?: RefusalDetails }): FormError[] {
  const { reason, details } = refusal;
  const t = words("trial");
  if (isOwn(reason)) {
    const at = untilText(details?.retryAt);
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
