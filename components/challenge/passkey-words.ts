import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import type { RefusalDetails } from "@/lib/kernel/result";
import type { PasskeyRefusal } from "@/lib/sign-in";
import { type Key, words } from "@/lib/words";

/** The words of every reason; nobody's credential and another's are one sentence (AT-094). */
const keys = {
  malformed: "refused.malformed",
  wrong: "refused.wrong",
  unknown: "refused.wrong",
  expired: "refused.expired",
  used: "refused.used",
  copied: "refused.copied",
  "not-verified": "refused.not-verified",
  waits: "refused.waits",
  limit: "refused.limit",
} as const satisfies Record<PasskeyRefusal, Key<"passkeys">>;

/** Why a passkey alone did not open the account, and what to do. */
export const passkeyRefusal = (reason: PasskeyRefusal, details?: RefusalDetails): FormError => ({
  message: words("passkeys")(keys[reason], {
    at: untilText(details?.retryAt),
  }),
});
