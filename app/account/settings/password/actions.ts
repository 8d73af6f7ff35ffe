"use server";

import { redirect } from "next/navigation";
import {
  changePassword,
  currentPasswordField,
  type FormRefusal,
  fieldErrors,
  newPasswordField,
  refusalError,
} from "@/lib/accounts";
import { admit, postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";

export type PasswordState = { readonly errors: readonly FormRefusal[] } | undefined;

const shape = { current: currentPasswordField, password: newPasswordField };

/** Changes the password; this browser stays signed in, under a new token. */
export async function changePasswordAction(_: PasswordState, form: FormData): Promise<PasswordState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("change-password");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors) };
  const changed = await changePassword(session, parsed.data, visit);
  if (changed.ok) await admit({ accountId: session.accountId, sessionToken: changed.value.sessionToken });
  else if (changed.reason !== "already")
    return { errors: [refusalError({ reason: changed.reason, details: changed.details })] };
  redirect("/account/settings");
}
