"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { postVisit, requireFreshProof } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { settingsPath } from "@/lib/setup";
import { sendTrialCode, tryMethod } from "@/lib/trial";
import { codeField, type TrialState, trialErrors } from "../../../trial-words";

/** "Send code", for the method of this page. */
export async function sendTrialCodeAction(_state: TrialState, form: FormData): Promise<TrialState> {
  const visit = await postVisit();
  const session = await requireFreshProof("see-settings", { typed: {} });
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const sent = await sendTrialCode(parsed.data.id, session, visit);
  if (sent.ok) redirect(`/account/security/methods/${parsed.data.id}/try`);
  if (sent.reason === "gone") redirect(settingsPath);
  return { isProven: false, errors: trialErrors(sent) };
}

/** "Try it": the code of the method of this page, or what the browser says of its passkey. */
export async function tryAction(_state: TrialState, form: FormData): Promise<TrialState> {
  const visit = await postVisit();
  const session = await requireFreshProof("see-settings", { typed: {} });
  const answerField = { credential: z.string().max(numbers.passkey.answerCharacters).optional() };
  const passkey = parseForm(form, { id: z.uuid(), ...answerField });
  const credential = passkey.ok ? passkey.data.credential : undefined;
  if (passkey.ok && credential !== undefined) {
    const tried = await tryMethod(passkey.data.id, credential, session, visit);
    return tried.ok ? { isProven: true, errors: [] } : { isProven: false, errors: trialErrors(tried) };
  }
  const parsed = parseForm(form, { id: z.uuid(), code: codeField });
  if (!parsed.ok) {
    if (parsed.errors.id !== undefined) redirect(settingsPath);
    return { isProven: false, errors: trialErrors({ reason: "empty" }) };
  }
  const tried = await tryMethod(parsed.data.id, parsed.data.code, session, visit);
  return tried.ok ? { isProven: true, errors: [] } : { isProven: false, errors: trialErrors(tried) };
}
