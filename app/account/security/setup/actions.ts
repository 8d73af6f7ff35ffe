"use server";

import { redirect } from "next/navigation";
import { postedCode } from "@/app/challenge-form";
import type { FormError } from "@/components/ui/error-summary";
import { admit, postVisit, readCookie, requireFreshProofForAction, writeCookie } from "@/lib/auth";
import { parseForm, tick } from "@/lib/kernel/form";
import type { Visit } from "@/lib/kernel/visit";
import {
  beginSetup,
  callInSetup,
  confirm,
  type EnrolKind,
  finish,
  methodsPath,
  nextPath,
  type Owner,
  placeOf,
  sendAnother,
  setupFacts,
} from "@/lib/setup";
import { words } from "@/lib/words";
import { readPhone, type TypedPhone, typedPhone } from "../phone-form";
import { answerErrors, beginErrors, resendErrors } from "../refusals";

/** What a refused form shows again: never a code. */
export type SetupState = (Partial<TypedPhone> & { readonly errors: readonly FormError[] }) | undefined;

const goOn = async (owner: Owner, visit: Visit): Promise<never> =>
  redirect(placeOf(await setupFacts(owner, visit.now)));

/** "Get Started": the app's key is made, so that the first page can show its QR code; goes on where set-up stood. */
export async function startAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  await beginSetup("app", {}, session, visit);
  redirect(nextPath(await setupFacts(session, visit.now)));
}

/** "Show the QR code": the key was not made yet, or its ten minutes are over. */
export async function beginAppAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  await beginSetup("app", {}, session, visit);
  redirect(methodsPath(await setupFacts(session, visit.now)));
}

/** "Send code". */
export async function phoneAction(_state: SetupState, form: FormData): Promise<SetupState> {
  const visit = await postVisit();
  const again = typedPhone(form);
  const session = await requireFreshProofForAction("add-method", { typed: again });
  const read = readPhone(form);
  if (!read.ok) return { errors: read.errors, ...again };
  const begun = await beginSetup("phone", read.data, session, visit);
  if (!begun.ok) return { errors: beginErrors(begun), ...again };
  return goOn(session, visit);
}

/** "Verify code and continue" under the QR code. */
export async function appAction(_state: SetupState, form: FormData): Promise<SetupState> {
  return answer("app", "app-code", form);
}

/** "Verify code and continue" for a phone. */
export async function codeAction(_state: SetupState, form: FormData): Promise<SetupState> {
  return answer("phone", "code", form);
}

async function answer(kind: EnrolKind, field: string, form: FormData): Promise<SetupState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  const confirmed = await confirm(kind, postedCode(form), session, visit);
  if (confirmed.ok) return goOn(session, visit);
  // Nothing is left to correct: over, or confirmed a moment ago by the first of two clicks.
  if (["gone", "same-number", "same-app"].includes(confirmed.reason)) return goOn(session, visit);
  return { errors: answerErrors(kind, field, confirmed) };
}

/** "Send a new code". */
export async function sendAnotherAction(): Promise<SetupState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  const sent = await sendAnother(session, visit);
  if (sent.ok || sent.reason === "gone") return goOn(session, visit);
  return { errors: resendErrors(sent) };
}

/** "Call me with this code instead": from now on this phone is called. */
export async function callInsteadAction(): Promise<SetupState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  const called = await callInSetup(session, visit);
  if (called.ok || called.reason === "gone") return goOn(session, visit);
  return { errors: resendErrors(called) };
}

/** The last button. */
export async function finishAction(_state: SetupState, form: FormData): Promise<SetupState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  const parsed = parseForm(form, { trust: tick });
  const isTrustAsked = parsed.ok && parsed.data.trust;
  const deviceCookie = await readCookie("devices");
  const finished = await finish({ owner: session, isTrustAsked, deviceCookie }, visit);
  if (!finished.ok && finished.reason === "busy")
    return { errors: [{ message: words("setup")("refused.busy") }] };
  if (finished.ok) {
    if (finished.value.deviceCookie !== undefined) await writeCookie("devices", finished.value.deviceCookie);
    await admit(finished.value.admission);
  }
  return redirect(nextPath(await setupFacts(session, visit.now)));
}
