import type { FieldErrors } from "@/lib/kernel/form";
import type { RefusalDetails } from "@/lib/kernel/result";
import { type Key, words } from "@/lib/words";
import type { AskResetReason, ResetReason } from "./reset/flow";
import type { LinkState } from "./rules";
import type { AskEmailReason, ChangePasswordReason } from "./settings/flow";
import type { SignUpReason } from "./sign-up/flow";

/** What is wrong, in words, and the field where it is put right. */
export type FormRefusal = { readonly field?: string; readonly message: string };

type Reason = Exclude<
  SignUpReason | AskResetReason | ResetReason | AskEmailReason | ChangePasswordReason,
  LinkState | "already"
>;

/** The one place where a reason gets its field and its sentence. */
const refusals = {
  "email-malformed": { field: "email", key: "error.email-malformed" },
  "email-same": { field: "email", key: "error.email-same" },
  "password-missing": { field: "password", key: "error.password-missing" },
  "password-malformed": { field: "password", key: "error.password-malformed" },
  "password-too-short": { field: "password", key: "error.password-too-short" },
  "password-too-long": { field: "password", key: "error.password-too-long" },
  "password-common": { field: "password", key: "error.password-common" },
  "password-holds-site-name": { field: "password", key: "error.password-holds-site-name" },
  "password-holds-email": { field: "password", key: "error.password-holds-email" },
  "password-holds-name": { field: "password", key: "error.password-holds-name" },
  "password-same": { field: "password", key: "error.password-same" },
  "current-missing": { field: "current", key: "error.current-missing" },
  "current-wrong": { field: "current", key: "error.current-wrong" },
  recovered: { key: "error.recovered" },
  held: { key: "error.held" },
  limit: { key: "error.limit" },
  busy: { key: "error.busy" },
} as const satisfies Record<Reason, { field?: string; key: Key<"account"> }>;

/** A flow's refusal as a form shows it. */
export function refusalError(refusal: {
  readonly reason: Reason;
  readonly details?: RefusalDetails;
}): FormRefusal {
  const { key, ...where } = refusals[refusal.reason];
  const retryAt = refusal.details?.retryAt;
  return { ...where, message: words("account")(key, retryAt === undefined ? undefined : { retryAt }) };
}

/** The refusals of fields that `parseForm` found, in words. */
export const fieldErrors = (errors: FieldErrors): FormRefusal[] =>
  Object.entries(errors).map(([field, key]) => ({ field, message: words("account")(key as Key<"account">) }));
