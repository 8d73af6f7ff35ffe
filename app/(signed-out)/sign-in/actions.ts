"use server";

import { redirect } from "next/navigation";
import { credentialShape } from "@/app/challenge-form";
import { passkeyRefusal } from "@/components/challenge/passkey-words";
import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { postVisit, readCookie, writeCookie } from "@/lib/auth";
import { comparedPasswordField, type FieldErrors, lineOf, parseForm, typed } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { readAssertion } from "@/lib/methods";
import { type BeginReason, begin, signInByPasskey } from "@/lib/sign-in";
import { type Key, words } from "@/lib/words";
import { finishSignIn } from "./finish";

export type SignInState = { readonly errors: FormError[]; readonly email: string } | undefined;

const shape = {
  email: lineOf({
    max: numbers.fields.emailCharacters,
    missing: "error.email-missing",
    tooLong: "error.email-too-long",
    malformed: "error.email-malformed",
  }),
  password: comparedPasswordField({
    missing: "error.password-missing",
    malformed: "error.password-malformed",
    wrong: "error.wrong-password",
  }),
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
    const at = untilText(begun.details?.retryAt);
    return {
      errors: [{ field: "email", message: t(reasonKeys[begun.reason], { at }) }],
      email: parsed.data.email,
    };
  }
  if (begun.value.kind === "asked") {
    await writeCookie("attempt", begun.value.attemptToken);
    redirect("/sign-in/two-step");
  }
  return finishSignIn(begun.value);
}

export type PasskeySignInState =
  | { readonly errors: FormError[]; readonly unknownCredential?: string }
  | undefined;

/** A sign-in by a passkey alone, from the button or the autofill of "E-mail": no first step, and no code after it. */
export async function passkeySignInAction(
  _: PasskeySignInState,
  form: FormData,
): Promise<PasskeySignInState> {
  const visit = await postVisit();
  const parsed = parseForm(form, credentialShape);
  if (!parsed.ok) return { errors: [passkeyRefusal("malformed")] };

  const { credential } = parsed.data;
  const [devices, session] = await Promise.all([readCookie("devices"), readCookie("session")]);
  const signedIn = await signInByPasskey(credential, { devices, session }, visit);
  if (!signedIn.ok)
    return {
      errors: [passkeyRefusal(signedIn.reason, signedIn.details)],
      unknownCredential: signedIn.reason === "unknown" ? readAssertion(credential)?.id : undefined,
    };
  return finishSignIn(signedIn.value);
}

const fieldErrors = (errors: FieldErrors): FormError[] =>
  Object.entries(errors).map(([field, key]) => ({ field, message: words("signIn")(key as Key<"signIn">) }));
