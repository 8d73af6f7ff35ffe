"use server";

import { redirect } from "next/navigation";
import { type ConfirmEmailReason, confirmEmailChange } from "@/lib/accounts";
import { currentSession, postVisit } from "@/lib/auth";

export type ConfirmEmailState = { readonly problem: ConfirmEmailReason } | undefined;

/** Confirms a new address with the link of this page, signed in or not. */
export async function confirmEmailAction(token: string): Promise<ConfirmEmailState> {
  const visit = await postVisit();
  const done = await confirmEmailChange(String(token), await currentSession(), visit);
  if (done.ok) redirect("/confirm-email/done");
  return { problem: done.reason };
}
