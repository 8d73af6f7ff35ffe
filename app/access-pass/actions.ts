"use server";

import { redirect } from "next/navigation";
import { postedCode } from "@/app/challenge-form";
import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { clearCookie, postVisit, readCookie, writeCookie } from "@/lib/auth";
import { beginByPass, confirmByPass, openPass, type PassReason, resendByPass } from "@/lib/desk";
import { codeLine, comparedPasswordField, lineOf, parseForm, typed } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { type Key, words } from "@/lib/words";
import { readPhone, typedPhone } from "../account/security/phone-form";
import { answerErrors, beginErrors, resendErrors } from "../account/security/refusals";
import type { SetupState } from "../account/security/setup/actions";

export type PassState = { readonly errors: readonly FormError[]; readonly email: string } | undefined;

const shape = {
  email: lineOf({
    max: numbers.fields.emailCharacters,
    missing: "missing",
    tooLong: "wrong",
    malformed: "wrong",
  }),
  password: comparedPasswordField({ missing: "missing", malformed: "wrong", wrong: "wrong" }),
  pass: codeLine,
};

const reasonKeys = {
  malformed: "pass.refused.malformed",
  wrong: "pass.refused.wrong",
  limit: "pass.refused.limit",
  busy: "pass.refused.busy",
} satisfies Record<PassReason, Key<"desk">>;

const refusalOf = (reason: PassReason, retryAt?: Date): FormError => ({
  field: reason === "malformed" ? "pass" : "email",
  message: words("desk")(reasonKeys[reason], { at: untilText(retryAt) }),
});

/** Opens a pass for this browser. Nobody is signed in by it. */
export async function openPassAction(_: PassState, form: FormData): Promise<PassState> {
  const visit = await postVisit();
  const t = words("desk");
  const email = typed(form, "email");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) {
    const [field, key] = Object.entries(parsed.errors)[0] ?? [];
    if (key === "missing") return { errors: [{ field, message: t("pass.refused.missing") }], email };
    return { errors: [refusalOf(key === "malformed" ? key : "wrong")], email };
  }
  const opened = await openPass(parsed.data, visit, await readCookie("devices"));
  if (!opened.ok) {
    return { errors: [refusalOf(opened.reason, opened.details?.retryAt)], email };
  }
  await writeCookie("access-pass", opened.value.token);
  // The key is made now, so that the page can show its QR code; a GET makes nothing.
  await beginByPass(opened.value.token, "app", {}, visit);
  redirect("/access-pass/method");
}

async function over(): Promise<never> {
  await clearCookie("access-pass");
  redirect("/access-pass/over");
}

/** "Show the QR code", when the key was guessed at too often or waited too long. */
export async function beginAppByPassAction(): Promise<void> {
  const visit = await postVisit();
  const begun = await beginByPass(await readCookie("access-pass"), "app", {}, visit);
  if (!begun.ok && begun.reason === "pass-over") await over();
  redirect("/access-pass/method");
}

/** "Send code" */
export async function phoneByPassAction(_state: SetupState, form: FormData): Promise<SetupState> {
  const visit = await postVisit();
  const again = typedPhone(form);
  const read = readPhone(form);
  if (!read.ok) return { errors: read.errors, ...again };
  const begun = await beginByPass(await readCookie("access-pass"), "phone", read.data, visit);
  if (begun.ok) redirect("/access-pass/code");
  if (begun.reason === "pass-over") return over();
  return { errors: beginErrors({ reason: begun.reason, details: begun.details }), ...again };
}

/** "Verify code and continue" under the QR code. */
export async function appByPassAction(_state: SetupState, form: FormData): Promise<SetupState> {
  return answer("app", "app-code", form);
}

/** "Verify code and continue" for a phone. */
export async function codeByPassAction(_state: SetupState, form: FormData): Promise<SetupState> {
  return answer("phone", "code", form);
}

async function answer(kind: "app" | "phone", field: string, form: FormData): Promise<SetupState> {
  const visit = await postVisit();
  const confirmed = await confirmByPass(await readCookie("access-pass"), kind, postedCode(form), visit);
  if (confirmed.ok) {
    await clearCookie("access-pass");
    redirect("/access-pass/done");
  }
  const { reason, details } = confirmed;
  if (reason === "pass-over") return over();
  if (reason === "gone") redirect("/access-pass/method");
  return { errors: answerErrors(kind, field, { reason, details }) };
}

/** "Send a new code" */
export async function resendByPassAction(): Promise<SetupState> {
  const visit = await postVisit();
  const sent = await resendByPass(await readCookie("access-pass"), visit);
  if (sent.ok) redirect("/access-pass/code");
  const { reason, details } = sent;
  if (reason === "pass-over") return over();
  if (reason === "gone") redirect("/access-pass/method");
  return { errors: resendErrors({ reason, details }) };
}
