"use server";

import { redirect } from "next/navigation";
import { type ConfirmSecondReason, confirmSecondEmail } from "@/lib/accounts";
import { postVisit } from "@/lib/auth";
import { boundText } from "@/lib/kernel/form";

export type ConfirmSecondState = { readonly problem: ConfirmSecondReason } | undefined;

/** Confirms a second address with the link of this page, which binds its token, signed in or not. */
export async function confirmSecondEmailAction(token: unknown): Promise<ConfirmSecondState> {
  const visit = await postVisit();
  const done = await confirmSecondEmail(boundText(token), visit);
  if (done.ok) redirect("/confirm-second-email/done");
  return { problem: done.reason };
}
