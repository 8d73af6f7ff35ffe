import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import type { RefusalDetails } from "@/lib/kernel/result";
import { type AnswerReason, methodWords } from "@/lib/methods";
import type { ChooseReason, DeadReason, PutBackReason } from "@/lib/undo";
import { type Key, words } from "@/lib/words";

/** What came of a post: the link is over, or why nothing was put back. */
export type PutBackState = { readonly dead?: DeadReason; readonly errors: readonly FormError[] } | undefined;

type Reason = ChooseReason | PutBackReason | "empty";
type OwnReason = Exclude<Reason, DeadReason | Exclude<AnswerReason, "busy"> | "empty">;

const keys = {
  "method-gone": "refused.method-gone",
  "no-tries": "refused.no-tries",
  limit: "refused.limit",
  "country-off": "refused.country-off",
  busy: "refused.busy",
  "password-or-code": "refused.password-or-code",
} as const satisfies Record<OwnReason, Key<"undo">>;

const isOwn = (reason: Reason): reason is OwnReason => Object.hasOwn(keys, reason);
const isDead = (reason: Reason): reason is DeadReason => reason.startsWith("link-");

/** The state of the form after a refusal, in words. */
export function putBackState(refusal: {
  readonly reason: Reason;
  readonly details?: RefusalDetails;
}): PutBackState {
  const { reason, details } = refusal;
  const t = words("undo");
  if (isDead(reason)) return { dead: reason, errors: [] };
  if (reason === "empty") return { errors: [{ field: "code", message: words("trial")("refused.empty") }] };
  if (isOwn(reason)) {
    const at = untilText(details?.retryAt);
    return { errors: [{ message: t(keys[reason], { at }) }] };
  }
  const message = methodWords.refusal(details?.method ?? "phone", reason);
  const left = details?.triesLeft;
  return {
    errors: [
      {
        field: "code",
        message:
          reason === "malformed" || left === undefined || left > 3
            ? message
            : t("refused.tries", { reason: message, left }),
      },
    ],
  };
}
