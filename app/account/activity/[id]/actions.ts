"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { parseEventId } from "@/lib/activity";
import { postVisit, requireFreshProof } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { endOtherSessions, endSessionOfEvent } from "@/lib/sessions";

/** The page of the event that a form names; its own log where it names none. The page checks whose it is. */
function pageOf(form: FormData): string {
  const parsed = parseForm(form, { event: z.string().max(32) });
  const id = parsed.ok ? parseEventId(parsed.data.event) : undefined;
  return id === undefined ? "/account/activity" : `/account/activity/${id}`;
}

/** "Sign that browser out": the one in which the event happened. Signed out already is signed out. */
export async function endSessionOfEventAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProof("end-sessions", { typed: {} });
  const page = pageOf(form);
  await endSessionOfEvent(session, page.split("/").at(-1) ?? "", visit);
  redirect(page);
}

/** "Sign out everywhere else", where nobody knows which browser it was. */
export async function endOthersAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProof("end-sessions", { typed: {} });
  await endOtherSessions(session, visit);
  redirect(pageOf(form));
}
