"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { credentialField } from "@/app/challenge-form";
import { postVisit } from "@/lib/auth";
import { boundText, codeLine, comparedPasswordField, parseForm } from "@/lib/kernel/form";
import { chooseForWayBack, putBack } from "@/lib/undo";
import { type PutBackState, putBackState } from "./words";

// A code or a passkey's answer, whichever the page asked for, and the password where it is of a suspended phone.
const answerShape = {
  code: codeLine.optional(),
  credential: credentialField.optional(),
  password: comparedPasswordField({ malformed: "malformed", wrong: "wrong" }),
};

/** Chooses which of the removed methods is proven, and sends its code. The id counts only where the link put it away. */
export async function chooseForWayBackAction(
  token: unknown,
  _state: PutBackState,
  form: FormData,
): Promise<PutBackState> {
  const visit = await postVisit();
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) return putBackState({ reason: "method-gone" });
  const chosen = await chooseForWayBack(boundText(token), parsed.data.id, visit);
  return chosen.ok ? undefined : putBackState(chosen);
}

/** "Put it back and sign everyone out". Nobody need be signed in, and nobody is by it. */
export async function putBackAction(
  token: unknown,
  _state: PutBackState,
  form: FormData,
): Promise<PutBackState> {
  const visit = await postVisit();
  const parsed = parseForm(form, answerShape);
  if (!parsed.ok)
    return putBackState({ reason: parsed.errors.password === undefined ? "empty" : "password-or-code" });
  const { code, credential, password } = parsed.data;
  const given = code ?? credential ?? "";
  if (given === "") return putBackState({ reason: "empty" });
  const done = await putBack(boundText(token), given, visit, password);
  if (done.ok) redirect("/put-back/done");
  return putBackState(done);
}
