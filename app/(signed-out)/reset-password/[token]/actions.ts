"use server";

import { redirect } from "next/navigation";
import { untilText } from "@/components/ui/time";
import {
  type FormRefusal,
  fieldErrors,
  type LinkState,
  newPasswordField,
  refusalError,
  resetPassword,
} from "@/lib/accounts";
import { postVisit, readCookie, writeCookie } from "@/lib/auth";
import { boundText, parseForm } from "@/lib/kernel/form";
import { beginWithLink } from "@/lib/recovery";
import { words } from "@/lib/words";

/** A link that is over, or what is wrong with the password. */
export type ResetState =
  | { readonly problem: Exclude<LinkState, "live"> }
  | { readonly errors: readonly FormRefusal[] }
  | undefined;

/** Begins a recovery with the link of this page, which binds its token, in the place of a new password. */
export async function recoverByLinkAction(token: unknown): Promise<ResetState> {
  const visit = await postVisit();
  const begun = await beginWithLink(boundText(token), await readCookie("devices"), visit);
  if (begun.ok) {
    await writeCookie("recovery", begun.value.token);
    redirect("/recover/proofs");
  }
  const at = untilText(begun.details?.retryAt);
  return { errors: [{ message: words("recovery")(`begin.refused.${begun.reason}`, { at }) }] };
}

const shape = { password: newPasswordField };

/** Saves a new password with the link of this page, which binds its token. */
export async function resetPasswordAction(
  token: unknown,
  _: ResetState,
  form: FormData,
): Promise<ResetState> {
  const visit = await postVisit();
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors) };
  const done = await resetPassword({ token: boundText(token), ...parsed.data }, visit);
  if (done.ok) redirect("/reset-password/done");
  switch (done.reason) {
    case "malformed":
    case "unknown":
    case "expired":
    case "used":
      return { problem: done.reason };
    default:
      return { errors: [refusalError({ reason: done.reason, details: done.details })] };
  }
}
