"use server";

import { credentialShape } from "@/app/challenge-form";
import { passkeyRefusal } from "@/components/challenge/passkey-words";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, readCookie } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { readAssertion } from "@/lib/methods";
import { signInByPasskey } from "@/lib/sign-in";
import { finishSignIn } from "./finish";

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
