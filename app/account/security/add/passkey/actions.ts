"use server";

import { redirect } from "next/navigation";
import { credentialShape } from "@/app/challenge-form";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { methodWords } from "@/lib/methods";
import {
  beginSetup,
  confirm,
  mayMakePasskey,
  methodsPath,
  nextPath,
  passkeyPath,
  placeOf,
  setupFacts,
} from "@/lib/setup";
import { answerErrors } from "../../refusals";

export type PasskeyState = { readonly errors: readonly FormError[] } | undefined;

/** "Add a passkey or security key": the next page asks the browser to make one. Nothing is sent, so nothing refuses. */
export async function beginPasskeyAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  const facts = await setupFacts(session, visit.now);
  if (!mayMakePasskey(facts)) redirect(nextPath(facts));
  await beginSetup("passkey", {}, session, visit);
  redirect(passkeyPath);
}

/** What the browser made becomes a method of this account. */
export async function makePasskeyAction(_state: PasskeyState, form: FormData): Promise<PasskeyState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("add-method");
  const parsed = parseForm(form, credentialShape);
  if (!parsed.ok) return { errors: [{ message: methodWords.refusal("passkey", "malformed") }] };
  const made = await confirm("passkey", parsed.data.credential, session, visit);
  if (made.ok) redirect(placeOf(await setupFacts(session, visit.now)));
  // Over, or made a moment ago by the first of two answers.
  if (made.reason === "gone") redirect(methodsPath(await setupFacts(session, visit.now)));
  return { errors: answerErrors("passkey", "credential", made).map(({ message }) => ({ message })) };
}
