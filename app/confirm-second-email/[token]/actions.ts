"use server";

import { redirect } from "next/navigation";
import { type ConfirmSecondReason, confirmSecondEmail } from "@/lib/accounts";
import { postVisit } from "@/lib/auth";

export type ConfirmSecondState = { readonly problem: ConfirmSecondReason } | undefined;

/** Confirms a second address with the link of this page, signed in or not. */
export async function confirmSecondEmailAction(token: string): Promise<ConfirmSecondState> {
  const visit = await postVisit();
  const done = await confirmSecondEmail(String(token), visit);
  if (done.ok) redirect("/confirm-second-email/done");
  return { problem: done.reason };
}
