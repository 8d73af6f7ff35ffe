"use server";

import { redirect } from "next/navigation";
import {
  beginSignUp,
  emailField,
  type FormRefusal,
  fieldErrors,
  nameField,
  newPasswordField,
  refusalError,
} from "@/lib/accounts";
import { postVisit, readCookie, writeCookie } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";

export type SignUpState =
  | { readonly errors: readonly FormRefusal[]; readonly name: string; readonly email: string }
  | undefined;

const shape = { name: nameField, email: emailField, password: newPasswordField };

/** Asks for an account. The answer is the same page, whether or not the address has one. */
export async function signUpAction(_: SignUpState, form: FormData): Promise<SignUpState> {
  const visit = await postVisit();
  const kept = { name: typed(form, "name"), email: typed(form, "email") };
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors), ...kept };
  const begun = await beginSignUp({ ...parsed.data, browserToken: await readCookie("sign-up") }, visit);
  if (!begun.ok) return { errors: [refusalError(begun)], ...kept };
  if (begun.value.browserToken !== undefined) await writeCookie("sign-up", begun.value.browserToken);
  redirect("/sign-up/check-your-mail");
}
