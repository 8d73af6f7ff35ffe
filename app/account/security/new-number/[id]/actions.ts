"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { postedCode } from "@/app/challenge-form";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { boundText, parseForm, typed } from "@/lib/kernel/form";
import type { Visit } from "@/lib/kernel/visit";
import { beginNewNumber, confirmNewNumber, pendingNumber } from "@/lib/new-number";
import { callInSetup, type Owner, sendAnother, settingsPath } from "@/lib/setup";
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

/** The id that the page bound, and who acts on it. Another one can be written by hand; what is none is nobody's. */
async function ofPage(bound: unknown): Promise<{ id: string; session: Owner; visit: Visit }> {
  const visit = await postVisit();
  const id = boundText(bound);
  const session = await requireFreshProofForAction("change-number", { subject: id });
  if (!z.uuid().safeParse(id).success) redirect(settingsPath);
  return { id, session, visit };
}

/** "Verify code and continue": the new number takes the place of the one of this page, whose id the page binds. */
export async function confirmNewNumberAction(
  bound: unknown,
  _state: SetupState,
  form: FormData,
): Promise<SetupState> {
  const { id, session, visit } = await ofPage(bound);
  const confirmed = await confirmNewNumber(id, postedCode(form), session, visit);
  // Nothing is left to correct: done, or done a moment ago by the first of two clicks.
  if (confirmed.ok || confirmed.reason === "gone") redirect(settingsPath);
  return { errors: answerErrors("phone", "code", confirmed) };
}

/** "Send a new code". */
export async function sendNewNumberAgainAction(bound: unknown): Promise<SetupState> {
  return sendAgain(bound, sendAnother);
}

/** "Call me with this code instead". */
export async function callNewNumberAction(bound: unknown): Promise<SetupState> {
  return sendAgain(bound, callInSetup);
}

async function sendAgain(bound: unknown, send: typeof sendAnother | typeof callInSetup): Promise<SetupState> {
  const { id, session, visit } = await ofPage(bound);
  // The proof is for the change of one number: it sends nothing for that of another.
  if ((await pendingNumber(id, session, visit.now)) === undefined) redirect(pathOf(id));
  const sent = await send(session, visit);
  if (!sent.ok && sent.reason !== "gone") return { errors: resendErrors(sent) };
  redirect(sent.ok ? `${pathOf(id)}/code` : pathOf(id));
}
