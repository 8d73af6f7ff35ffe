"use server";

import { redirect } from "next/navigation";
import { askReset, emailField, type FormRefusal, fieldErrors, refusalError } from "@/lib/accounts";
import { postVisit } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";

export type ForgotState = { readonly errors: readonly FormRefusal[]; readonly email: string } | undefined;

const shape = { email: emailField };

/** Asks for a link to choose a new password. The answer is the same page for every address. */
export async function forgotPasswordAction(_: ForgotState, form: FormData): Promise<ForgotState> {
  const visit = await postVisit();
  const email = typed(form, "email");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors), email };
  const asked = await askReset(parsed.data.email, visit);
  if (!asked.ok) return { errors: [refusalError(asked)], email };
  redirect("/forgot-password/check-your-mail");
}
