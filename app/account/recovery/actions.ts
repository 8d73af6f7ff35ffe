"use server";

import { redirect } from "next/navigation";
import { postVisit, requireSession } from "@/lib/auth";
import { stopRecovery } from "@/lib/recovery";

/** "Stop this, it isn't me", by whoever is signed in; stopped already is stopped. It only ever protects. */
export async function stopOwnRecoveryAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireSession();
  await stopRecovery(session.accountId, visit);
  redirect("/recover/stopped");
}
