"use server";

import { redirect } from "next/navigation";
import { type ConfirmSignUpReason, confirmSignUp, type FormRefusal } from "@/lib/accounts";
import { clearCookie, postVisit, readCookie } from "@/lib/auth";
import { boundText, comparedPasswordField, parseForm } from "@/lib/kernel/form";
import { type Key, words } from "@/lib/words";

/** A link that is over, or what is wrong with the password. */
export type ConfirmState =
  | { readonly problem: LinkProblem }
  | { readonly errors: readonly FormRefusal[] }
  | undefined;

export type LinkProblem = Exclude<ConfirmSignUpReason, keyof typeof formReasons>;

const formReasons = {
  "password-missing": { field: "password", key: "error.password-missing" },
  "password-wrong": { field: "password", key: "error.password-wrong" },
  limit: { key: "error.limit" },
  busy: { key: "error.busy" },
} as const satisfies Partial<Record<ConfirmSignUpReason, { field?: string; key: Key<"signUp"> }>>;

// The browser that asked is asked for none, so its form has no such field.
const shape = {
  password: comparedPasswordField({ malformed: "error.password-wrong", wrong: "error.password-wrong" }),
};

const isFormReason = (reason: ConfirmSignUpReason): reason is keyof typeof formReasons =>
  reason in formReasons;

/** Confirms the address of a new account with the link of this page, which binds its token. */
export async function confirmSignUpAction(
  token: unknown,
  _: ConfirmState,
  form: FormData,
): Promise<ConfirmState> {
  const visit = await postVisit();
  const t = words("signUp");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: [{ field: "password", message: t("error.password-wrong") }] };
  const browserToken = await readCookie("sign-up");
  const done = await confirmSignUp({ token: boundText(token), browserToken, ...parsed.data }, visit);
  if (done.ok) {
    await clearCookie("sign-up");
    redirect("/sign-up/confirmed");
  }
  if (!isFormReason(done.reason)) return { problem: done.reason };
  const { key, ...where } = formReasons[done.reason];
  const retryAt = done.details?.retryAt;
  return { errors: [{ ...where, message: t(key, retryAt === undefined ? undefined : { retryAt }) }] };
}
