"use server";

import { redirect } from "next/navigation";
import { answerWords } from "@/components/challenge/attempt-words";
import type { CodeState } from "@/components/challenge/code-form";
import { answerFieldErrors, parseAnswer } from "@/components/challenge/parse-answer";
import { admit, clearCookie, postVisit, readCookie, takeAskedFor, writeCookie } from "@/lib/auth";
import { answer } from "@/lib/sign-in";

/** The second post of a sign-in: the right code, and only that, makes a session. */
export async function answerAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const parsed = parseAnswer(form);
  if (!parsed.ok) return { errors: answerFieldErrors(parsed.errors) };

  const [token, devices, session] = await Promise.all([
    readCookie("attempt"),
    readCookie("devices"),
    readCookie("session"),
  ]);
  const { code, trust } = parsed.data;
  const answered = await answer({ token, answer: code, mayTrust: trust }, { devices, session }, visit);
  if (!answered.ok)
    return {
      errors: [{ field: "code", message: answerWords(answered.reason, answered.details) }],
    };
  await clearCookie("attempt");
  if (answered.value.deviceCookie !== undefined) await writeCookie("devices", answered.value.deviceCookie);
  await admit(answered.value.admission);
  redirect(await takeAskedFor("/account"));
}
