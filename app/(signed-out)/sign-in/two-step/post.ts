import { answerFieldErrors, parseAnswer } from "@/app/challenge-form";
import { answerWords } from "@/components/challenge/attempt-words";
import type { FormError } from "@/components/ui/error-summary";
import { endOfSignIn, type LeadOn, type Posted, type Refused } from "@/lib/auth/posts";
import { answer } from "@/lib/sign-in";

export type CodeRefusal = { readonly errors: readonly FormError[] };

/** The second post of a sign-in: the right code, and only that, makes a session. */
export async function codePost({ form, visit, cookie }: Posted): Promise<LeadOn | Refused<CodeRefusal>> {
  const parsed = parseAnswer(form);
  if (!parsed.ok) return { refusal: { errors: answerFieldErrors(parsed.errors) } };

  const { code, trust } = parsed.data;
  const answered = await answer(
    { token: cookie("attempt"), answer: code, isTrustAsked: trust },
    { devices: cookie("devices"), session: cookie("session") },
    visit,
  );
  if (!answered.ok) {
    const message = answerWords(answered.reason, answered.details);
    return { refusal: { errors: [{ field: "code", message }] } };
  }
  const { leadTo, cookies } = await endOfSignIn(answered.value, cookie("asked-for"));
  return { leadTo, cookies: [{ name: "attempt", value: undefined }, ...cookies] };
}
