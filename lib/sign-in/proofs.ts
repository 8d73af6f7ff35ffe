/** "Sign in again", the fresh proof before a change: its two posts. */
import "server-only";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { scopeOfProof, type Task, taskText } from "@/lib/proof";
import { judgeAnswer, plainly } from "./answers";
import { openAndSend } from "./codes";
import { comparePassword } from "./password";
import type { Admitted, AnswerRefusal, Asked, BeginReason, Overtaken, ProofSession } from "./posts";
import { proofAsked, ready, strongest } from "./rules";
import { hasRecoveryCode, isOvertaken, type Proof, proveSession } from "./store/proofs";
import { isLocked, openRows } from "./usable";

/**
 * "Sign in again", first post: the password, counted for this session, then the strongest method the account has. A
 * trusted device counts for nothing here. Without Two-Step Verification the password is the whole proof.
 */
export async function beginProof(
  input: {
    readonly password: string;
    readonly devices: string | undefined;
    /** What the proof is for, else the settings; a code that is sent says so and is good for nothing else that is grave. */
    readonly task?: Task;
  },
  session: ProofSession,
  visit: Visit,
): Promise<Result<Admitted | Asked, BeginReason | Overtaken>> {
  const compared = await comparePassword(session.email, input.password, input.devices, visit, {
    purpose: "proof",
    sessionId: session.id,
  });
  // Before either is told apart: whoever's session is over by now learns nothing of the password. A right one gets its
  // try back no more than a wrong one, for that could be seen.
  if ((compared.ok || compared.reason === "wrong-password") && (await isOvertaken(session)))
    return refuse("overtaken");
  if (!compared.ok) return compared;
  const { candidate, spentKeys } = compared.value;
  if (candidate.accountId !== session.accountId) return refuse("wrong-password");
  if (candidate.twoStepOnAt !== null) {
    const methodsHere = openRows(candidate.methods, session.accountId);
    const task = input.task ?? { name: "see-settings" };
    const gone = task.name === "suspend-phone" ? task.subject : undefined;
    const first = proofAsked(ready(methodsHere, visit.now), { avoid: session.avoidMethodId ?? null, gone });
    const isByCode = first === undefined && (await hasRecoveryCode(session.accountId));
    const asked = await openAndSend(
      {
        accountId: session.accountId,
        purpose: "proof",
        sessionId: session.id,
        reason: "fresh-proof",
        reasonAt: null,
        action: taskText(task),
        isLocked: isLocked(candidate, visit),
      },
      isByCode ? undefined : (first ?? strongest(methodsHere)),
      methodsHere,
      { passwordHash: candidate.passwordHash, spentKeys },
      visit,
    );
    return asked === undefined ? refuse("overtaken") : ok(asked);
  }
  const proven = await finishProof(
    session,
    { kind: "password", passwordHash: candidate.passwordHash },
    { giveBackKeys: spentKeys, provenFor: null, eventFacts: {} },
    visit,
  );
  // The password was right when it was compared; what it was compared for is no more.
  return proven === undefined ? refuse("overtaken") : ok(proven);
}

/** "Sign in again", second post: the same judgement as a sign-in; it proves the session and gives it a new token. */
export async function answerProof(
  input: {
    readonly token: string | undefined;
    readonly answer: string;
    readonly devices: string | undefined;
  },
  session: ProofSession,
  visit: Visit,
): Promise<Result<Admitted, AnswerRefusal | Overtaken>> {
  const judged = await judgeAnswer(input, "proof", session.id, visit);
  if (!judged.ok)
    return judged.reason === "gone" && (await isOvertaken(session)) ? refuse("overtaken") : judged;
  const { spent, used, kind } = judged.value;
  const by = { kind: "second", attemptId: spent.id, methodId: spent.methodId, used } as const;
  // What was accepted was sent, or was in the person's own hands.
  const provenFor = scopeOfProof(used.codeId !== undefined, spent.action);
  const facts = { giveBackKeys: [], provenFor, eventFacts: { method: kind } };
  const proven = await finishProof(session, by, facts, visit);
  if (proven !== undefined) return ok(proven);
  if (await isOvertaken(session)) return refuse("overtaken");
  return refuse("used", { method: kind, ...plainly(spent, kind) });
}

/** Gives the proof to the session that it was posted with; undefined when that was overtaken, or what proves it. */
export async function finishProof(
  session: ProofSession,
  by: Proof,
  facts: { giveBackKeys: string[]; provenFor: string | null; eventFacts: Record<string, string> },
  visit: Visit,
): Promise<Admitted | undefined> {
  const sessionToken = randomToken();
  const isProven = await proveSession({
    sessionId: session.id,
    accountId: session.accountId,
    formerTokenHash: session.tokenHash,
    newTokenHash: hashToken(sessionToken),
    by,
    ...facts,
    now: visit.now,
    address: visit.address,
    browser: visit.browser,
  });
  if (!isProven) return undefined;
  return {
    kind: "admitted",
    admission: { accountId: session.accountId, sessionToken },
    deviceCookie: undefined,
  };
}
