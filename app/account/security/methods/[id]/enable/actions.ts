"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { proveAnother } from "@/lib/security";
import { settingsPath } from "@/lib/setup";
import { sendTrialCode, tryMethod } from "@/lib/trial";
import { isToldByEnabling, notProven, proven, readTrial, type TrialState } from "../../../trial-words";

const pathOf = (id: string): string => `/account/security/methods/${id}/enable`;

const guarded = (form: FormData) =>
  requireFreshProofForAction("enable-method", { subject: typed(form, "id") });

/** "Send code", to the number of this page that wrong codes disabled. */
export async function sendEnablingCodeAction(_state: TrialState, form: FormData): Promise<TrialState> {
  const visit = await postVisit();
  const session = await guarded(form);
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const { id } = parsed.data;
  const sent = await sendTrialCode("enable", id, session, visit);
  if (sent.ok) redirect(pathOf(id));
  const { reason, details } = sent;
  if (reason === "gone") redirect(settingsPath);
  // Proven with what has been disabled since: back to this very page, whose guard asks for another proof.
  if (reason === "prove-another") await proveAnother(id, session);
  if (isToldByEnabling(reason)) redirect(pathOf(id));
  return notProven({ reason, details });
}

/** "Take it into use again": a code of the method of this page. */
export async function enableAction(_state: TrialState, form: FormData): Promise<TrialState> {
  const visit = await postVisit();
  const session = await guarded(form);
  const read = readTrial(form);
  if (!read.ok) {
    if (read.reason === "nothing") redirect(settingsPath);
    return notProven({ reason: read.reason });
  }
  const { id, answer } = read.value;
  const enabled = await tryMethod("enable", id, answer, session, visit);
  if (enabled.ok) return proven;
  const { reason, details } = enabled;
  if (reason === "prove-another") await proveAnother(id, session);
  if (isToldByEnabling(reason)) redirect(pathOf(id));
  return notProven({ reason, details });
}
