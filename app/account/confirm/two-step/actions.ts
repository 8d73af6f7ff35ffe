"use server";

import { redirect } from "next/navigation";
import { answerWords } from "@/components/challenge/attempt-words";
import type { CodeState } from "@/components/challenge/code-form";
import { answerFieldErrors, parseAnswer } from "@/components/challenge/parse-answer";
import { admit, clearCookie, postVisit, readCookie, requireSession, takeAskedFor } from "@/lib/auth";
import { answerProof } from "@/lib/sign-in";

/** The fresh proof, second post: proves this session for ten minutes and leads back to the page that was asked for. */
export async function confirmAnswerAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const session = await requireSession();
  const parsed = parseAnswer(form);
  if (!parsed.ok) return { errors: answerFieldErrors(parsed.errors) };

  const [token, devices] = await Promise.all([readCookie("attempt"), readCookie("devices")]);
  const answered = await answerProof({ token, answer: parsed.data.code, devices }, session, visit);
  if (!answered.ok)
    return { errors: [{ field: "code", message: answerWords(answered.reason, answered.details) }] };
  await clearCookie("attempt");
  await admit(answered.value.admission);
  redirect(await takeAskedFor("/account/settings"));
}
