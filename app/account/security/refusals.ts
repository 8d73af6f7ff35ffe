import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { hintWords } from "@/lib/doctor";
import { numbers } from "@/lib/kernel/numbers";
import type { RefusalDetails } from "@/lib/kernel/result";
import { type AnswerReason, type EnrolReason, methodWords } from "@/lib/methods";
import type { BeginSetupReason, ConfirmReason, EnrolKind, ResendReason } from "@/lib/setup";
import { type Key, words } from "@/lib/words";

type Refusal<Reason extends string> = { readonly reason: Reason; readonly details?: RefusalDetails };
type SetupReason = Exclude<BeginSetupReason | ConfirmReason | ResendReason, EnrolReason | AnswerReason>;

/** The words of every refusal of the set-up that is not the number's or the answer's own. */
const keys = {
  "same-number": "refused.same-number",
  "same-app": "refused.same-app",
  "same-passkey": "refused.same-passkey",
  "not-first": "refused.not-first",
  "too-many": "refused.too-many",
  limit: "refused.limit",
  "country-off": "refused.country-off",
  gone: "refused.gone",
  "no-tries": "refused.no-tries",
  waiting: "refused.waiting",
  recovered: "refused.recovered",
} as const satisfies Record<SetupReason, Key<"setup">>;

const isSetupReason = (reason: string): reason is SetupReason => Object.hasOwn(keys, reason);

const setupText = ({ reason, details }: Refusal<SetupReason>): string =>
  words("setup")(keys[reason], {
    at: untilText(details?.retryAt),
    max: numbers.methods.max,
  });

// Where the person puts it right.
const fieldOf = (reason: BeginSetupReason): string => {
  if (reason === "channel-missing" || reason === "number-no-text-to-landline") return "channel";
  return reason === "number-country-unknown" ? "country" : "number";
};

/** Why a method was not begun, at the field where it is put right. */
export const beginErrors = (refusal: Refusal<BeginSetupReason>): FormError[] => {
  const { reason, details } = refusal;
  const message = isSetupReason(reason) ? setupText({ reason, details }) : methodWords.enrolRefusal(reason);
  return [{ field: fieldOf(reason), message }];
};

/** Why an answer was not accepted, with the tries that are left when they are few. */
export const answerErrors = (
  kind: EnrolKind,
  field: string,
  { reason, details }: Refusal<ConfirmReason>,
): FormError[] => {
  if (isSetupReason(reason)) {
    const over = setupText({ reason, details });
    return [{ field, message: details?.hint === undefined ? over : `${hintWords(details.hint)} ${over}` }];
  }
  const message = details?.hint === undefined ? methodWords.refusal(kind, reason) : hintWords(details.hint);
  const left = details?.triesLeft;
  if (reason === "malformed" || left === undefined || left > 3) return [{ field, message }];
  return [{ field, message: words("setup")("refused.tries", { reason: message, left }) }];
};

/** Why no new code was sent. */
export const resendErrors = (refusal: Refusal<ResendReason>): FormError[] => [
  { message: setupText(refusal) },
];
