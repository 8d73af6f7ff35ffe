"use server";

import { answerFieldErrors, credentialAndTrustShape, parseAnswer } from "@/app/challenge-form";
import { answerWords } from "@/components/challenge/attempt-words";
import type { CodeState } from "@/components/challenge/code-form";
import { clearCookie, postVisit, readCookie } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import type { Visit } from "@/lib/kernel/visit";
import { methodWords } from "@/lib/methods";
import { answer } from "@/lib/sign-in";
import { finishSignIn } from "../finish";

/** The second post of a sign-in: the right code, and only that, makes a session. */
export async function answerAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const parsed = parseAnswer(form);
  if (!parsed.ok) return { errors: answerFieldErrors(parsed.errors) };

  return finish(parsed.data.code, parsed.data.trust, "code", visit);
}

/** The same with a passkey of the account in the place of a code. */
export async function answerPasskeyAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const parsed = parseForm(form, credentialAndTrustShape);
  if (!parsed.ok) return { errors: [{ message: methodWords.refusal("passkey", "malformed") }] };
  return finish(parsed.data.credential, parsed.data.trust, undefined, visit);
}

async function finish(
  given: string,
  isTrustAsked: boolean,
  field: string | undefined,
  visit: Visit,
): Promise<CodeState> {
  const [token, devices, session] = await Promise.all([
    readCookie("attempt"),
    readCookie("devices"),
    readCookie("session"),
  ]);
  const answered = await answer({ token, answer: given, isTrustAsked }, { devices, session }, visit);
  if (!answered.ok) return { errors: [{ field, message: answerWords(answered.reason, answered.details) }] };
  await clearCookie("attempt");
  return finishSignIn(answered.value);
}
