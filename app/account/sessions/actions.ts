"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { endOtherSessions, endSession } from "@/lib/sessions";

/** Why nothing was ended: that browser is signed out already. */
export type SessionsRefusal = "gone";

/** Signs another browser out. What is no id at all is nobody's session, so it gets the same answer. */
export async function endSessionAction(
  _before: SessionsRefusal | undefined,
  form: FormData,
): Promise<SessionsRefusal | undefined> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("end-sessions");
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) return "gone";
  const ended = await endSession(session, parsed.data.id, visit);
  if (!ended.ok) return ended.reason;
  redirect("/account/sessions");
}

/** Signs every other browser out. Pressed twice, the second time finds nobody. */
export async function endOtherSessionsAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("end-sessions");
  await endOtherSessions(session, visit);
  redirect("/account/sessions");
}
