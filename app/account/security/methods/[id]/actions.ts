"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, tick, typed } from "@/lib/kernel/form";
import { proveAnother, type RemovalReason, removeMethod } from "@/lib/security";
import { settingsPath } from "@/lib/setup";
import { type Key, words } from "@/lib/words";

export type RemoveState = { readonly errors: readonly FormError[] } | undefined;

const keys = {
  "not-there": "refused.not-there",
  last: "refused.last",
  held: "refused.held",
  "prove-another": "refused.prove-another",
  "not-understood": "refused.not-understood",
} as const satisfies Record<RemovalReason, Key<"security">>;

/** "Remove". The id counts only as far as it is one of this account's methods. */
export async function removeAction(_state: RemoveState, form: FormData): Promise<RemoveState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("remove-method", { subject: typed(form, "id") });
  const parsed = parseForm(form, { id: z.uuid(), understood: tick });
  if (!parsed.ok) redirect(settingsPath);
  const removed = await removeMethod(parsed.data.id, parsed.data.understood, session, visit);
  if (removed.ok || removed.reason === "not-there") redirect(settingsPath);
  const message = words("security")(keys[removed.reason]);
  return { errors: [removed.reason === "not-understood" ? { field: "understood", message } : { message }] };
}

/** "Sign in again with another method": back to this very page, whose guard asks for the proof. */
export async function proveAnotherAction(form: FormData): Promise<void> {
  await postVisit();
  const session = await requireFreshProofForAction("remove-method", { subject: typed(form, "id") });
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  await proveAnother(parsed.data.id, session);
  redirect(`/account/security/methods/${parsed.data.id}`);
}
