"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProof } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { settingsPath } from "@/lib/setup";
import { proveWithoutPhone, suspendPhone } from "@/lib/stolen";
import { words } from "@/lib/words";
import { boxOf } from "./boxes";

/** What a refused form shows again: what was ticked; `hurdle` where another proof is wanted first. */
export type StolenState =
  | {
      readonly errors: readonly FormError[];
      readonly ticked: readonly string[];
      readonly hurdle: "prove-another" | undefined;
    }
  | undefined;

const pathOf = (id: string): string => `/account/security/stolen/${id}`;

const guarded = (form: FormData) =>
  requireFreshProof("suspend-phone", { subject: typed(form, "id"), typed: {} });

/** "Suspend it now". What was ticked counts only as far as it may be kept there. */
export async function suspendAction(_state: StolenState, form: FormData): Promise<StolenState> {
  const visit = await postVisit();
  const session = await guarded(form);
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const ticked = [...form.keys()].flatMap((name) => boxOf(name) ?? []);
  const done = await suspendPhone(parsed.data.id, ticked, session, visit);
  if (done.ok) redirect(`${pathOf(parsed.data.id)}/next`);
  const { reason } = done;
  // Held: the page itself says why. Suspended a moment ago by the first of two clicks, or never theirs: the next page says how things stand.
  if (reason === "held") redirect(pathOf(parsed.data.id));
  if (reason === "not-there") redirect(`${pathOf(parsed.data.id)}/next`);
  return {
    errors: [{ message: words("stolen")(`refused.${reason}`) }],
    ticked,
    hurdle: reason === "prove-another" ? reason : undefined,
  };
}

/** "Sign in again with something else": back to this very page, whose guard asks for the proof. */
export async function proveElseAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await guarded(form);
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  await proveWithoutPhone(parsed.data.id, session, visit);
  redirect(pathOf(parsed.data.id));
}
