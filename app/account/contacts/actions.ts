"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { untilText } from "@/components/ui/time";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { acceptToHelp, declineToHelp, giveCode } from "@/lib/recovery";
import { words } from "@/lib/words";

/** A code to read out, shown once; or why there is none. */
export type GivenState =
  | { readonly code: string; readonly name: string; readonly caseNumber: string }
  | { readonly refused: string }
  | undefined;

const path = "/account/contacts";
const shape = { id: z.uuid() };

/** "Accept". */
export async function acceptAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("vouch");
  const parsed = parseForm(form, shape);
  if (parsed.ok) await acceptToHelp(session, parsed.data.id, visit);
  redirect(path);
}

/** "Decline", or "No longer". */
export async function declineAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("vouch");
  const parsed = parseForm(form, shape);
  if (parsed.ok) await declineToHelp(session, parsed.data.id, visit);
  redirect(path);
}

/** "They read out …: show the code", for one case. */
export async function giveCodeAction(_: GivenState, form: FormData): Promise<GivenState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("vouch");
  const parsed = parseForm(form, { case: z.string().max(20) });
  const t = words("recovery");
  if (!parsed.ok) return { refused: t("help.refused.gone") };
  const given = await giveCode(session, parsed.data.case, visit);
  if (given.ok) return given.value;
  const at = untilText(given.details?.retryAt);
  return { refused: t(`help.refused.${given.reason}`, { at }) };
}
