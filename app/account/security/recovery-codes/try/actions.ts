"use server";

import { redirect } from "next/navigation";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { codeLine, parseForm } from "@/lib/kernel/form";
import { startCodesTrial, tryCodes } from "@/lib/trial";
import { notProven, proven, type TrialState } from "../../trial-words";

const path = "/account/security/recovery-codes/try";

/** "Begin": asks for three characters of one of the codes. */
export async function beginTrialAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("see-settings");
  await startCodesTrial(session, visit);
  redirect(path);
}

/** "Try it": three characters of the code that is asked. */
export async function tryCodesAction(_state: TrialState, form: FormData): Promise<TrialState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("see-settings");
  const parsed = parseForm(form, { code: codeLine });
  if (!parsed.ok) return notProven({ reason: "empty" });
  const tried = await tryCodes(parsed.data.code, session, visit);
  return tried.ok ? proven : notProven(tried);
}
