"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, tick } from "@/lib/kernel/form";
import { makeNewCodes, saveCodes } from "@/lib/security";
import { settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";

/** Set when the codes do not count yet. */
export type SavedState = { readonly errors: readonly FormError[] } | undefined;

const page = "/account/security/recovery-codes";

/** "Make new recovery codes": ten are shown; nothing else changes before they are said to be saved. */
export async function makeNewCodesAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("new-recovery-codes");
  const made = await makeNewCodes(session, visit);
  redirect(made.ok || made.reason === "held" ? page : settingsPath);
}

/** The box "I have saved these codes": from now on they count. */
export async function savedAction(_state: SavedState, form: FormData): Promise<SavedState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("new-recovery-codes");
  const parsed = parseForm(form, { set: z.uuid(), saved: tick });
  if (!parsed.ok) redirect(page);
  if (!parsed.data.saved)
    return { errors: [{ field: "saved", message: words("recoveryCodes")("notTicked") }] };
  const saved = await saveCodes(parsed.data.set, session, visit);
  if (!saved.ok && saved.reason === "busy")
    return { errors: [{ message: words("security")("refused.busy") }] };
  return redirect(!saved.ok && saved.reason === "held" ? page : settingsPath);
}

/** "I have saved them", of codes that are not shown any more. */
export async function haveCodesAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("new-recovery-codes");
  await saveCodes(undefined, session, visit);
  redirect(page);
}
