"use server";

import { redirect } from "next/navigation";
import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { emailField } from "@/lib/accounts";
import { postVisit, readCookie, writeCookie } from "@/lib/auth";
import { comparedPasswordField, parseForm, typed } from "@/lib/kernel/form";
import type { RefusalDetails } from "@/lib/kernel/result";
import { type BeginRecoveryReason, beginFromSignIn, beginWithPassword } from "@/lib/recovery";
import { words } from "@/lib/words";

export type BeginState = { readonly errors: readonly FormError[]; readonly email: string } | undefined;

const shape = {
  email: emailField,
  password: comparedPasswordField({ missing: "password", malformed: "password", wrong: "password" }),
};

const refusalText = (reason: BeginRecoveryReason, details?: RefusalDetails): string =>
  words("recovery")(`begin.refused.${reason}`, {
    at: untilText(details?.retryAt),
  });

/** Begins with e-mail and password; judged, counted and answered as at a sign-in. */
export async function beginAction(_: BeginState, form: FormData): Promise<BeginState> {
  const visit = await postVisit();
  const email = typed(form, "email");
  const parsed = parseForm(form, shape);
  const t = words("recovery");
  if (!parsed.ok)
    return {
      errors: Object.keys(parsed.errors).map((field) => ({
        field,
        message: field === "email" ? t("begin.refused.email") : t("begin.refused.password"),
      })),
      email,
    };
  const begun = await beginWithPassword({ ...parsed.data, devices: await readCookie("devices") }, visit);
  if (!begun.ok) return { errors: [{ message: refusalText(begun.reason, begun.details) }], email };
  await writeCookie("recovery", begun.value.token);
  redirect("/recover/proofs");
}

/** Begins from a sign-in whose password was right a moment ago. */
export async function beginFromSignInAction(): Promise<BeginState> {
  const visit = await postVisit();
  const begun = await beginFromSignIn(await readCookie("attempt"), await readCookie("devices"), visit);
  if (!begun.ok) return { errors: [{ message: refusalText(begun.reason, begun.details) }], email: "" };
  await writeCookie("recovery", begun.value.token);
  redirect("/recover/proofs");
}
