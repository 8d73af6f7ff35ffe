"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { credentialShape } from "@/app/challenge-form";
import { passkeyRefusal } from "@/components/challenge/passkey-words";
import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { admit, postVisit, readCookie, requireSession, wantedTask, writeCookie } from "@/lib/auth";
import { comparedPasswordField, parseForm } from "@/lib/kernel/form";
import { beginProof, proveByPasskey } from "@/lib/sign-in";
import { type Key, words } from "@/lib/words";
import { leadOn } from "./lead-on";

export type ConfirmState = { readonly errors: FormError[] } | undefined;

const shape = {
  // Fixed on the page, and never looked at: whose password it is, the session says.
  email: z.unknown(),
  password: comparedPasswordField({
    missing: "error.password-missing",
    malformed: "error.password-malformed",
    wrong: "error.password-malformed",
  }),
};

/** The fresh proof, first post. Without Two-Step Verification it is the whole proof; with it, its page follows. */
export async function confirmAction(_: ConfirmState, form: FormData): Promise<ConfirmState> {
  const visit = await postVisit();
  const session = await requireSession({ mayLackTwoStep: true });
  const refused = (message: string): ConfirmState => ({ errors: [{ field: "password", message }] });
  const t = words("signIn");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return refused(t((parsed.errors.password ?? "error.password-malformed") as Key<"signIn">));

  const [devices, task] = await Promise.all([readCookie("devices"), wantedTask(session)]);
  const input = { password: parsed.data.password, devices, task };
  const begun = await beginProof(input, session, visit);
  if (!begun.ok) {
    if (begun.reason === "overtaken") return leadOn();
    if (begun.reason === "wrong-password") return refused(words("proof")("error.wrong-password"));
    const at = untilText(begun.details?.retryAt);
    return refused(t(`error.${begun.reason}`, { at }));
  }
  if (begun.value.kind === "asked") {
    await writeCookie("attempt", begun.value.attemptToken);
    redirect("/account/confirm/two-step");
  }
  await admit(begun.value.admission);
  return leadOn();
}

/** The fresh proof by a passkey that checks who is there: password and second step at once. */
export async function confirmPasskeyAction(_: ConfirmState, form: FormData): Promise<ConfirmState> {
  const visit = await postVisit();
  const session = await requireSession();
  const parsed = parseForm(form, credentialShape);
  if (!parsed.ok) return { errors: [passkeyRefusal("malformed")] };
  const proven = await proveByPasskey(parsed.data.credential, session, visit);
  if (!proven.ok) {
    if (proven.reason === "overtaken") return leadOn();
    return { errors: [passkeyRefusal(proven.reason, proven.details)] };
  }
  await admit(proven.value.admission);
  return leadOn();
}
