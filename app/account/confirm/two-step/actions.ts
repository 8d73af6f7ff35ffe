"use server";

import { answerFieldErrors, credentialShape, parseAnswer } from "@/app/challenge-form";
import { answerWords } from "@/components/challenge/attempt-words";
import type { CodeState } from "@/components/challenge/code-form";
import { admit, clearCookie, postVisit, readCookie, requireSession } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import type { Visit } from "@/lib/kernel/visit";
import { methodWords } from "@/lib/methods";
import { answerProof } from "@/lib/sign-in";
import { leadOn } from "../lead-on";

/** The fresh proof, second post: proves this session for ten minutes and leads back to the page that was asked for. */
export async function confirmAnswerAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const session = await requireSession();
  const parsed = parseAnswer(form);
  if (!parsed.ok) return { errors: answerFieldErrors(parsed.errors) };

  return finish(parsed.data.code, "code", session, visit);
}

/** The same with a passkey of the account in the place of a code. */
export async function confirmPasskeyAnswerAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const session = await requireSession();
  const parsed = parseForm(form, credentialShape);
  if (!parsed.ok) return { errors: [{ message: methodWords.refusal("passkey", "malformed") }] };
  return finish(parsed.data.credential, undefined, session, visit);
}

async function finish(
  given: string,
  field: string | undefined,
  session: Awaited<ReturnType<typeof requireSession>>,
  visit: Visit,
): Promise<CodeState> {
  const [token, devices] = await Promise.all([readCookie("attempt"), readCookie("devices")]);
  const answered = await answerProof({ token, answer: given, devices }, session, visit);
  if (!answered.ok && answered.reason !== "overtaken")
    return { errors: [{ field, message: answerWords(answered.reason, answered.details) }] };
  await clearCookie("attempt");
  if (answered.ok) await admit(answered.value.admission);
  return leadOn();
}
