"use server";

import { redirect } from "next/navigation";
import { askEmailChange, emailField, type FormRefusal, fieldErrors, refusalError } from "@/lib/accounts";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";

export type EmailState = { readonly errors: readonly FormRefusal[]; readonly email: string } | undefined;

const shape = { email: emailField };

/** Asks for another address; it changes when the link in its mail was used. */
export async function changeEmailAction(_: EmailState, form: FormData): Promise<EmailState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("change-email", {
    typed: { email: typed(form, "email") },
  });
  const email = typed(form, "email");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors), email };
  const asked = await askEmailChange(session, parsed.data.email, visit);
  if (!asked.ok) return { errors: [refusalError(asked)], email };
  redirect("/account/settings/email/check-your-mail");
}
