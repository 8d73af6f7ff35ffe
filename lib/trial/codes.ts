/** The trial of the recovery codes: three characters of one of them, which stays unspent. */
import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { randomPlaces } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { type AnswerReason, isTrialAnswer, isTrialShaped, placesOfTrial } from "@/lib/methods";
import { holdSession } from "@/lib/sessions";
import { methodEventFacts, type Owner } from "@/lib/setup";
import { dropTrial, findTrial, finishTrial, listTriableCodes, markCodeProven, startTrial } from "./store";
import { type NoTry, newTrial, spend } from "./tries";

const target = "recovery-codes" as const;

/** What the page of a trial of the recovery codes shows. */
export type CodesTrial = {
  /** How many of the codes can be tried. */
  readonly triable: number;
  /** The code that is asked, by the number in its list, and the places of its characters. */
  readonly asked: { readonly number: number; readonly places: readonly number[] } | undefined;
  readonly isOver: boolean;
};

/** Reads the trial of the recovery codes. Writes nothing. */
export async function viewCodesTrial(owner: Owner, now: Date): Promise<CodesTrial> {
  const [codes, trial] = await Promise.all([
    listTriableCodes(owner.accountId),
    findTrial(owner, target, now),
  ]);
  const asked = codes.find(({ id }) => id === trial?.codeId);
  return {
    triable: codes.length,
    asked: asked && { number: asked.number, places: placesOfTrial(asked.trial) },
    isOver: asked !== undefined && trial?.tries === 0,
  };
}

/**
 * Begins to try the recovery codes: one of the unused ones, by the system's generator. Begun again it stays the same
 * one, so that nobody asks until a code comes that they have. Refused where there is none that can be tried.
 */
export async function startCodesTrial(owner: Owner, visit: Visit): Promise<Result<undefined, "gone">> {
  const codes = await listTriableCodes(owner.accountId);
  const [place = 1] = codes.length === 0 ? [] : randomPlaces(1, codes.length);
  const code = codes[place - 1];
  if (code === undefined) return refuse("gone");
  const before = await findTrial(owner, target, visit.now);
  // Of a set that was replaced, or spent meanwhile: there is nothing to go on with.
  const isStale = before !== undefined && !codes.some(({ id }) => id === before.codeId);
  if (isStale) await dropTrial(before.id);
  await startTrial(owner, newTrial(target, code.id, visit.now), visit.now);
  return ok(undefined);
}

/** Tries the recovery codes by three characters of one of them. The code stays good for a day when it is needed. */
export async function tryCodes(
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, AnswerReason | NoTry>> {
  const { accountId } = owner;
  const trial = await findTrial(owner, target, visit.now);
  const code = (await listTriableCodes(accountId)).find(({ id }) => id === trial?.codeId);
  if (trial === undefined || code === undefined) return refuse("gone");
  const method = target;
  if (!isTrialShaped(answer)) return refuse("malformed", { method });
  const spent = await spend(trial, answer, owner, visit);
  if (!spent.ok) return spent;
  const { triesLeft } = spent.value;
  if (!isTrialAnswer({ accountId, number: code.number }, code.trial, answer))
    return triesLeft === 0 ? refuse("no-tries") : refuse("wrong", { method, triesLeft });
  return inTransaction(async (tx) => {
    await holdSession(tx, owner);
    if (!(await markCodeProven(tx, accountId, code.id, visit.now))) return refuse("gone");
    await finishTrial(tx, { id: trial.id, accountId }, visit.now);
    await record(tx, accountId, "method-tried", visit, methodEventFacts({ kind: method }));
    return ok(undefined);
  });
}
