/**
 * Which code goes where: the attempt that is opened and its first code, another way, a new code, a call instead; and what a
 * code is bound to, so that it is good for nothing else.
 */
import "server-only";
import { randomUUID } from "node:crypto";
import { type CodeBinding, repeatByCall, type SendReason, sendCode } from "@/lib/codes";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { challengeOf, describeMethod } from "@/lib/methods";
import { readTask, type TaskFacts, taskFacts } from "@/lib/proof";
import type { Asked, Purpose } from "./posts";
import type { AskReason, AttemptEnd } from "./rules";
import { type AttemptView, findAttempt, openAttempt, pointAttempt } from "./store/attempts";
import { findSubject } from "./store/proofs";
import { isLocked, isWaiting, openRow, openRows, type Usable } from "./usable";

/**
 * Opens the second step of a sign-in or a proof, and sends the code of the method that is asked where one is to be sent.
 * Undefined when the password was changed since it was compared: nothing was opened.
 */
export async function openAndSend(
  attempt: {
    accountId: string;
    purpose: Purpose;
    sessionId: string | null;
    reason: AskReason;
    reasonAt: Date | null;
    action: string | null;
    isLocked: boolean;
  },
  method: Usable | undefined,
  methodsHere: readonly Usable[],
  compared: { passwordHash: string; spentKeys: string[] },
  visit: Visit,
): Promise<Asked | undefined> {
  const token = randomToken();
  const id = randomUUID();
  const isOpen = await openAttempt(
    {
      id,
      tokenHash: hashToken(token),
      accountId: attempt.accountId,
      purpose: attempt.purpose,
      sessionId: attempt.sessionId,
      methodId: method?.id ?? null,
      reason: attempt.reason,
      reasonAt: attempt.reasonAt,
      action: attempt.action,
      now: visit.now,
      expiresAt: after(visit.now, numbers.attempt.lifetime),
    },
    compared.passwordHash,
    compared.spentKeys,
  );
  if (!isOpen) return undefined;
  // While the account or the method waits no answer is looked at, so no code is sent either.
  if (method !== undefined && !attempt.isLocked && !isWaiting(method, visit)) {
    await sendTo(method, { ...attempt, id }, methodsHere, visit);
  }
  return { kind: "asked", attemptToken: token };
}

/** Whose codes they are: an attempt, and for a fresh proof what it is asked for. Nothing is sent for the desk. */
type CodeOwner = {
  readonly id: string;
  readonly accountId: string;
  readonly purpose: Purpose;
  readonly action: string | null;
};

/** What a proof is asked for, with what may be shown of the method it is about. */
export const factsOf = (action: string | null, about: Usable | undefined): TaskFacts =>
  taskFacts(readTask(action), about === undefined ? undefined : describeMethod(about));

/** The method that a proof is about: one of those in force, or one that is suspended. */
export async function subjectOf(
  { accountId, action }: { readonly accountId: string; readonly action: string | null },
  methodsHere: readonly Usable[],
): Promise<Usable | undefined> {
  const { subject } = readTask(action);
  if (subject === undefined) return undefined;
  const here = methodsHere.find(({ id }) => id === subject);
  if (here !== undefined) return here;
  const row = await findSubject(accountId, subject);
  return row && openRow(row, accountId);
}

/** What a code of an attempt is good for, at this number. */
export const bindingOf = (
  { id: ownerId, accountId, purpose, action }: CodeOwner,
  number: string,
): CodeBinding => ({ ownerId, accountId, purpose, number, action: purpose === "proof" ? action : null });

/** What its message says that it does; nothing for a sign-in. */
const taskOf = async (owner: CodeOwner, methodsHere: readonly Usable[]): Promise<TaskFacts | undefined> =>
  owner.purpose === "proof" ? factsOf(owner.action, await subjectOf(owner, methodsHere)) : undefined;

async function sendTo(
  method: Usable,
  owner: CodeOwner,
  methodsHere: readonly Usable[],
  visit: Visit,
): Promise<Result<{ isSent: boolean }, SendReason>> {
  const delivery = challengeOf(method);
  if (delivery === null) return ok({ isSent: false });
  const sent = await sendCode(
    bindingOf(owner, delivery.to),
    { methodId: method.id, channel: delivery.channel, task: await taskOf(owner, methodsHere) },
    visit,
  );
  return sent.ok ? ok({ isSent: true }) : sent;
}

/** Why a way was not taken and no code was sent. */
export type WayReason = AttemptEnd | SendReason;

/**
 * "Call me with this code instead": the code that was texted is said by a call, with the same letter and end. Where
 * none lives any more, the call says a new one. Tries are not refilled.
 */
export async function callInstead(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
): Promise<Result<undefined, WayReason>> {
  const read = await attemptToSendFor(token, purpose, sessionId, visit);
  if (!read.ok) return read;
  const attempt = read.value;
  const opened = openRows(attempt.methods, attempt.accountId);
  const method = opened.find(({ id }) => id === attempt.methodId);
  const delivery = method === undefined ? null : challengeOf(method);
  if (method === undefined || delivery === null) return refuse("method-gone");
  if (isWaiting(method, visit)) return refuse("method-waits", { retryAt: method.waitsUntil ?? undefined });
  const owner = { ...attempt, purpose };
  const binding = bindingOf(owner, delivery.to);
  const code = { methodId: method.id, task: await taskOf(owner, opened) };
  const called = await repeatByCall(binding, code, visit);
  if (called.ok) return ok(undefined);
  if (called.reason !== "gone") return refuse(called.reason, called.details);
  const sent = await sendCode(binding, { ...code, channel: "voice" }, visit);
  return sent.ok ? ok(undefined) : sent;
}

/** The open attempt of a token, for this purpose and in this session (null: a sign-in); undefined when there is none. */
export async function openAttemptOf(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  now: Date,
): Promise<AttemptView | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  const attempt = await findAttempt(hashToken(token), purpose, now);
  return attempt === undefined || attempt.sessionId !== sessionId ? undefined : attempt;
}

/** The open attempt of a token, where something may still be sent for it: an answer to it would be looked at. */
async function attemptToSendFor(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
): Promise<Result<AttemptView, "gone" | "waits" | "no-tries-left">> {
  const attempt = await openAttemptOf(token, purpose, sessionId, visit.now);
  if (attempt === undefined) return refuse("gone");
  if (isLocked(attempt, visit)) return refuse("waits", { retryAt: attempt.lockedUntil ?? undefined });
  return attempt.tries === 0 ? refuse("no-tries-left") : ok(attempt);
}

/**
 * "Another way" and "Send a new code": points the same attempt at one of the account's own methods (or, with null, at
 * the recovery codes) and sends its code. Tries are not refilled, and codes sent before stay good.
 */
export async function choose(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  methodId: string | null,
  visit: Visit,
): Promise<Result<undefined, WayReason>> {
  const read = await attemptToSendFor(token, purpose, sessionId, visit);
  if (!read.ok) return read;
  const attempt = read.value;
  const opened = openRows(attempt.methods, attempt.accountId);
  const method = opened.find(({ id }) => id === methodId);
  if (methodId !== null && method === undefined) return refuse("method-gone");
  if (method !== undefined && isWaiting(method, visit))
    return refuse("method-waits", { retryAt: method.waitsUntil ?? undefined });
  if (!(await pointAttempt(attempt.tokenHash, purpose, methodId, visit.now))) return refuse("gone");
  if (method === undefined) return ok(undefined);
  const sent = await sendTo(method, { ...attempt, purpose }, opened, visit);
  return sent.ok ? ok(undefined) : sent;
}
