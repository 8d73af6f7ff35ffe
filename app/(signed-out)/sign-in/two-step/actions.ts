"use server";

import { credentialAndTrustShape } from "@/app/challenge-form";
import { answerWords } from "@/components/challenge/attempt-words";
import type { CodeState } from "@/components/challenge/code-form";
import { clearCookie, postVisit, readCookie } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { methodWords } from "@/lib/methods";
import { answer } from "@/lib/sign-in";
import { finishSignIn } from "../finish";

/** The second post of a sign-in with a passkey of the account in the place of a code. */
export async function answerPasskeyAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const parsed = parseForm(form, credentialAndTrustShape);
  if (!parsed.ok) return { errors: [{ message: methodWords.refusal("passkey", "malformed") }] };

  const [token, devices, session] = await Promise.all([
    readCookie("attempt"),
    readCookie("devices"),
    readCookie("session"),
  ]);
  const { credential, trust } = parsed.data;
  const answered = await answer(
    { token, answer: credential, isTrustAsked: trust },
    { devices, session },
    visit,
  );
  if (!answered.ok) return { errors: [{ message: answerWords(answered.reason, answered.details) }] };
  await clearCookie("attempt");
  return finishSignIn(answered.value);
}
