"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { postedCode } from "@/app/challenge-form";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { beginNewNumber, confirmNewNumber } from "@/lib/new-number";
import { callInSetup, type ResendReason, sendAnother, settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";
import { readPhone, type TypedPhone, typedPhone } from "../../phone-form";
import { answerErrors, beginErrors, resendErrors } from "../../refusals";
import type { SetupState } from "../../setup/actions";

/** What a refused form shows again: never a code. */
export type NewNumberState = (TypedPhone & { readonly errors: readonly FormError[] }) | undefined;

const pathOf = (id: string): string => `/account/security/new-number/${id}`;

/** "Send code", to the number that will take the place of the one of this page. */
export async function beginNewNumberAction(_state: NewNumberState, form: FormData): Promise<NewNumberState> {
  const visit = await postVisit();
  const again = typedPhone(form);
  const session = await requireFreshProofForAction("change-number", {
    subject: typed(form, "id"),
    typed: again,
  });
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const read = readPhone(form);
  if (!read.ok) return { errors: read.errors, ...again };
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { id } = parsed.data;
  const begun = await beginNewNumber(id, read.data, session, visit);
  if (begun.ok) redirect(`${pathOf(id)}/code`);
  if (begun.reason === "held") redirect(pathOf(id));
  if (begun.reason === "not-there")
    return { errors: [{ message: words("newNumber")("refused.not-there") }], ...again };
  return { errors: beginErrors({ ...begun, reason: begun.reason }), ...again };
}

/**
 * "Verify code and continue"; `id` is bound by the page and checked by the flow: the new number takes the place of the
 * one of this page.
 */
export async function confirmNewNumberAction(
  id: string,
  _state: SetupState,
  form: FormData,
): Promise<SetupState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("change-number", { subject: String(id) });
  const confirmed = await confirmNewNumber(String(id), postedCode(form), session, visit);
  // Nothing is left to correct: done, or done a moment ago by the first of two clicks.
  if (confirmed.ok || confirmed.reason === "gone") redirect(settingsPath);
  return { errors: answerErrors("phone", "code", confirmed) };
}

/** "Send a new code". */
export async function sendNewNumberAgainAction(id: string): Promise<SetupState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("change-number", { subject: String(id) });
  return onward(id, await sendAnother(session, visit));
}

/** "Call me with this code instead". */
export async function callNewNumberAction(id: string): Promise<SetupState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("change-number", { subject: String(id) });
  return onward(id, await callInSetup(session, visit));
}

function onward(
  id: string,
  sent: { readonly ok: true } | { readonly ok: false; readonly reason: ResendReason },
): SetupState {
  if (!sent.ok && sent.reason !== "gone") return { errors: resendErrors(sent) };
  redirect(sent.ok ? `${pathOf(String(id))}/code` : pathOf(String(id)));
}
