"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { parseEventId } from "@/lib/activity";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { endOtherSessions, endSessionOfEvent } from "@/lib/sessions";

/** The event that a form names; undefined where it names none. */
function eventOf(form: FormData): string | undefined {
  const parsed = parseForm(form, { event: z.string() });
  return parsed.ok ? parseEventId(parsed.data.event) : undefined;
}

/** The page of an event, which checks whose it is; the log itself without one. */
const pageOf = (event: string | undefined): string =>
  event === undefined ? "/account/activity" : `/account/activity/${event}`;

/** "Sign that browser out": the one in which the event happened. Signed out already is signed out. */
export async function endSessionOfEventAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("end-sessions");
  const event = eventOf(form);
  if (event !== undefined) await endSessionOfEvent(session, event, visit);
  redirect(pageOf(event));
}

/** "Sign out everywhere else", where nobody knows which browser it was. */
export async function endOthersAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("end-sessions");
  await endOtherSessions(session, visit);
  redirect(pageOf(eventOf(form)));
}
