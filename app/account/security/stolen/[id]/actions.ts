"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProof } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { settingsPath } from "@/lib/setup";
import { proveWithoutPhone, suspendPhone } from "@/lib/stolen";
import { words } from "@/lib/words";
import { boxOf } from "./boxes";

export type StolenState = { readonly errors: readonly FormError[] } | undefined;

const pathOf = (id: string): string => `/account/security/stolen/${id}`;

/** "Suspend it now". What was ticked counts only as far as it may be kept there. */
export async function suspendAction(_state: StolenState, form: FormData): Promise<StolenState> {
  const visit = await postVisit();
  const session = await requireFreshProof("suspend-phone", { typed: {} });
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const also = [...form.keys()].flatMap((name) => boxOf(name) ?? []);
  const done = await suspendPhone(parsed.data.id, also, session, visit);
  if (done.ok) redirect(`${pathOf(parsed.data.id)}/next`);
  // Held: the page itself says why. Suspended a moment ago by the first of two clicks, or never theirs: the next page says how things stand.
  if (done.reason === "held") redirect(pathOf(parsed.data.id));
  if (done.reason === "not-there") redirect(`${pathOf(parsed.data.id)}/next`);
  return { errors: [{ message: words("stolen")(`refused.${done.reason}`) }] };
}

/** "Sign in again with something else": back to this very page, whose guard asks for the proof. */
export async function proveElseAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProof("suspend-phone", { typed: {} });
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  await proveWithoutPhone(parsed.data.id, session, visit);
  redirect(pathOf(parsed.data.id));
}
