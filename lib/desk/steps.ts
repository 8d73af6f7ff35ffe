import "server-only";
import type { Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { type AskedAtDesk, answerStepAtDesk, beginStepAtDesk, type DeskRefusal } from "@/lib/sign-in";
import { takeProvenStep } from "./store";
import type { AtDesk } from "./way-in";

/** What takes a code anew, at that moment and for that one thing: whatever another person's protection hangs on. */
export type StepKind = "approve" | "carry-out" | "add-agent";

const stepOf = (kind: StepKind, about: string): string => `${kind}:${about}`;

/** Why no code was asked for. */
export type StepReason = "limit" | "not-an-agent";

/** Asks for the code of one step about one request, or one new agent. */
export async function askForStep(
  desk: AtDesk,
  kind: StepKind,
  about: string,
  visit: Visit,
): Promise<Result<AskedAtDesk, StepReason>> {
  const mayAsk = await spend([{ name: ["desk-step", desk.sessionId], ...numbers.desk.steps }], visit.now);
  if (!mayAsk.ok) return mayAsk;
  const asked = await beginStepAtDesk(desk, stepOf(kind, about), visit);
  return asked.ok ? ok(asked.value) : refuse("not-an-agent");
}

/** The code for the step that was asked for: spent, judged and counted as at every sign-in. */
export const giveStep = (
  desk: AtDesk,
  input: { readonly attemptToken: string; readonly answer: string },
  visit: Visit,
): Promise<Result<undefined, DeskRefusal>> =>
  answerStepAtDesk({ ...input, sessionId: desk.sessionId }, visit);

/** Takes the code that was given for this step, once, in the transaction of the step; false when there is none. */
export const takeStep = (
  tx: Transaction,
  desk: AtDesk,
  kind: StepKind,
  about: string,
  visit: Visit,
): Promise<boolean> => takeProvenStep(tx, desk.sessionId, stepOf(kind, about), visit.now);
