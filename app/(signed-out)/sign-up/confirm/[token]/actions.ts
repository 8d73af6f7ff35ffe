"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { type ConfirmSignUpReason, confirmSignUp, type Refusal } from "@/lib/accounts";
import { clearCookie, postVisit, readCookie } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { type Key, words } from "@/lib/words";

/** A link that is over, or what is wrong with the password. */
export type ConfirmState =
  | { readonly problem: LinkProblem }
  | { readonly errors: readonly Refusal[] }
  | undefined;

export type LinkProblem = Exclude<ConfirmSignUpReason, keyof typeof formReasons>;

const formReasons = {
  "password-missing": { field: "password", key: "error.password-missing" },
  "password-wrong": { field: "password", key: "error.password-wrong" },
  limit: { key: "error.limit" },
  busy: { key: "error.busy" },
} as const satisfies Partial<Record<ConfirmSignUpReason, { field?: string; key: Key<"signUp"> }>>;

const shape = { password: z.string({ error: "error.password-wrong" }).max(10_000).default("") };

const isFormReason = (reason: ConfirmSignUpReason): reason is keyof typeof formReasons =>
  reason in formReasons;

/** Confirms the address of a new account with the link of this page. */
export async function confirmSignUpAction(token: string, form: FormData): Promise<ConfirmState> {
  const visit = await postVisit();
  const t = words("signUp");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: [{ field: "password", message: t("error.password-wrong") }] };
  const browserToken = await readCookie("sign-up");
  const done = await confirmSignUp({ token: String(token), browserToken, ...parsed.data }, visit);
  if (done.ok) {
    await clearCookie("sign-up");
    redirect("/sign-up/confirmed");
  }
  if (!isFormReason(done.reason)) return { problem: done.reason };
  const { key, ...where } = formReasons[done.reason];
  const retryAt = done.details?.retryAt;
  return { errors: [{ ...where, message: t(key, retryAt === undefined ? undefined : { retryAt }) }] };
}
