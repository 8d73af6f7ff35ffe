"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { keepTyped, type TypedFields } from "@/lib/proof";
import { settingsPath } from "@/lib/setup";
import { proveWithoutPhone, suspendPhone } from "@/lib/stolen";
import { words } from "@/lib/words";
import { asTyped, boxesField, tickedIn } from "./boxes";

/** What a refused form shows again: what was ticked; `hurdle` where another proof is wanted first. */
export type StolenState =
  | {
      readonly errors: readonly FormError[];
      readonly ticked: readonly string[];
      readonly hurdle: "prove-another" | "number-changing" | undefined;
    }
  | undefined;

const pathOf = (id: string): string => `/account/security/stolen/${id}`;

// Asked before the guard has spoken, and an action that is called by hand may come without any form.
const ticksOf = (form: FormData): readonly string[] =>
  form instanceof FormData ? tickedIn(form, numbers.methods.max) : [];

const typedIn = (form: FormData): TypedFields =>
  typed(form, boxesField) === "" ? {} : asTyped(ticksOf(form));

const guarded = (form: FormData) =>
  requireFreshProofForAction("suspend-phone", { subject: typed(form, "id"), typed: typedIn(form) });

/** "Suspend it now". What was ticked counts only as far as it may be kept there. */
export async function suspendAction(_state: StolenState, form: FormData): Promise<StolenState> {
  const visit = await postVisit();
  const session = await guarded(form);
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const ticked = ticksOf(form);
  const done = await suspendPhone(parsed.data.id, ticked, session, visit);
  if (done.ok) redirect(`${pathOf(parsed.data.id)}/next`);
  const { reason } = done;
  // Held: the page itself says why. Suspended a moment ago by the first of two clicks, or never theirs: the next page
  // says how things stand.
  if (reason === "held") redirect(pathOf(parsed.data.id));
  if (reason === "not-there") redirect(`${pathOf(parsed.data.id)}/next`);
  return {
    errors: [{ message: words("stolen")(`refused.${reason}`) }],
    ticked,
    hurdle: reason === "last" ? undefined : reason,
  };
}

/** "Sign in again with something else": back to this very page, whose guard asks for the proof; what was ticked is kept. */
export async function proveElseAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await guarded(form);
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const { id } = parsed.data;
  if (await proveWithoutPhone(id, session, visit))
    await keepTyped(session, { name: "suspend-phone", subject: id }, typedIn(form), visit.now);
  redirect(pathOf(id));
}
