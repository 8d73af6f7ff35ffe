"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { settingsPath } from "@/lib/setup";
import { sendTrialCode, tryMethod } from "@/lib/trial";
import { isToldByEnabling, notProven, proven, readTrial, type TrialState } from "../../../trial-words";

/** "Send code", for the method of this page. */
export async function sendTrialCodeAction(_state: TrialState, form: FormData): Promise<TrialState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("see-settings");
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const { id } = parsed.data;
  const sent = await sendTrialCode("try", id, session, visit);
  if (sent.ok) redirect(`/account/security/methods/${id}/try`);
  const { reason, details } = sent;
  if (isToldByEnabling(reason)) redirect(`/account/security/methods/${id}/enable`);
  if (reason === "gone") redirect(settingsPath);
  return notProven({ reason, details });
}

/** "Try it": the code of the method of this page, or what the browser says of its passkey. */
export async function tryAction(_state: TrialState, form: FormData): Promise<TrialState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("see-settings");
  const read = readTrial(form);
  if (!read.ok) {
    if (read.reason === "nothing") redirect(settingsPath);
    return notProven({ reason: read.reason });
  }
  const { id, answer } = read.value;
  const tried = await tryMethod("try", id, answer, session, visit);
  if (tried.ok) return proven;
  const { reason, details } = tried;
  if (isToldByEnabling(reason)) redirect(`/account/security/methods/${id}/enable`);
  return notProven({ reason, details });
}
