"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { timeText } from "@/components/ui/time";
import { admit, postVisit, readCookie, takeAskedFor, writeCookie } from "@/lib/auth";
import { type FieldErrors, lineOf, parseForm, typed } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { type BeginReason, begin } from "@/lib/sign-in";
import { type Key, words } from "@/lib/words";

export type SignInState = { readonly errors: FormError[]; readonly email: string } | undefined;

const shape = {
  email: lineOf({
    max: numbers.fields.emailCharacters,
    missing: "error.email-missing",
    tooLong: "error.email-too-long",
    malformed: "error.email-malformed",
  }),
  // Compared as it is, blanks and all; a password that is too long to be one is simply not right.
  password: z
    .string({ error: "error.password-malformed" })
    .min(1, { error: "error.password-missing", abort: true })
    .max(10_000, { error: "error.wrong-password", abort: true })
    .refine((text) => !text.includes("\0"), { error: "error.password-malformed" }),
};

const reasonKeys = {
  "wrong-password": "error.wrong-password",
  limit: "error.limit",
  busy: "error.busy",
} satisfies Record<BeginReason, Key<"signIn">>;

/** The first post of a sign-in. Right without a second step: Your Account. Right with one: its page, code on its way. */
export async function signInAction(_: SignInState, form: FormData): Promise<SignInState> {
  const visit = await postVisit();
  const t = words("signIn");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors), email: typed(form, "email") };

  const [devices, session] = await Promise.all([readCookie("devices"), readCookie("session")]);
  const begun = await begin(parsed.data, { devices, session }, visit);
  if (!begun.ok) {
    const at = begun.details?.retryAt === undefined ? "" : timeText(begun.details.retryAt, "clock");
    return {
      errors: [{ field: "email", message: t(reasonKeys[begun.reason], { at }) }],
      email: parsed.data.email,
    };
  }
  if (begun.value.kind === "asked") {
    await writeCookie("attempt", begun.value.attemptToken);
    redirect("/sign-in/two-step");
  }
  if (begun.value.deviceCookie !== undefined) await writeCookie("devices", begun.value.deviceCookie);
  await admit(begun.value.admission);
  redirect(await takeAskedFor("/account"));
}

const fieldErrors = (errors: FieldErrors): FormError[] =>
  Object.entries(errors).map(([field, key]) => ({ field, message: words("signIn")(key as Key<"signIn">) }));
