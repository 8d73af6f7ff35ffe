"use server";

import { redirect } from "next/navigation";
import { type ConfirmEmailReason, confirmEmailChange } from "@/lib/accounts";
import { currentSession, postVisit } from "@/lib/auth";
import { boundText } from "@/lib/kernel/form";

export type ConfirmEmailState = { readonly problem: ConfirmEmailReason } | undefined;

/** Confirms a new address with the link of this page, which binds its token, signed in or not. */
export async function confirmEmailAction(token: unknown): Promise<ConfirmEmailState> {
  const visit = await postVisit();
  const done = await confirmEmailChange(boundText(token), await currentSession(), visit);
  if (done.ok) redirect("/confirm-email/done");
  return { problem: done.reason };
}
