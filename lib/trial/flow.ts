import "server-only";
import { randomUUID } from "node:crypto";
import { record } from "@/lib/activity";
import { isCode, listCodes, type SendReason, sendCode } from "@/lib/codes";
import { inTransaction, type Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash, randomPlaces } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { type Budget, giveBack, type SpentTry, spend as spendBudgets } from "@/lib/limits";
import { type CodeLine, lineOfCode } from "@/lib/line";
import {
  type Acceptance,
  type ActiveMethod,
  type AnswerReason,
  type ChallengeUse,
  challengeOf,
  describeMethod,
  findProvable,
  isAnswerShaped,
  issueChallenge,
  isTrialAnswer,
  isTrialShaped,
  placesOfTrial,
  readAssertion,
  readChallenge,
  readClientData,
  requestOptions,
  sealMethodData,
  spendChallenge,
  verifyAnswer,
} from "@/lib/methods";
import { securityChange, type Task, taskFacts, taskText } from "@/lib/proof";
import { findProof, readProof } from "@/lib/security";
import { holdSession } from "@/lib/sessions";
import { methodEventFacts, type Owner } from "@/lib/setup";
import {
  dropTrial,
  findTrial,
  finishTrial,
  listTriableCodes,
  markCodeProven,
  markProven,
  spendTrialTry,
  startTrial,
  type TrialRow,
} from "./store";

// "Try it": the fire drill of a way of getting in. A right answer says when it was proven and ends the wait that wrong codes
// began. No session, no fresh proof, no trusted browser and no order follow from it, and a recovery code stays unspent.
// "Take it into use again" is the same for what wrong codes disabled, and a change of protection: its page asks for a proof
// of its own (docs/decisions/0038), and a code that was sent to try a method is not good for it.

const recoveryCodesTarget = "recovery-codes" as const;

/** What the page of a trial shows of one method. */
export type MethodTrial = {
  readonly method: ActiveMethod;
  /** Whether a code must be sent before there is anything to type. */
  readonly isSent: boolean;
  /** The newest code that was sent for this trial, and what became of it. */
  readonly code: CodeLine | undefined;
  readonly isOver: boolean;
  /** What the browser's dialog is asked, where it is a passkey. */
  readonly passkeyOptions: ReturnType<typeof requestOptions> | undefined;
};

/** What an answer is for: to try what is in force, or to take into use again what is disabled. */
export type TrialUse = "try" | "enable";

/** What is in the way of a use, before anything is sent or spent. */
type UseReason = "gone" | "disabled" | "enabled" | "prove-another";

const isDisabled = ({ disabledAt }: ActiveMethod): boolean => disabledAt !== null;

/** The method of an account for one use; no method takes itself into use again. */
async function methodFor(
  use: TrialUse,
  id: string,
  owner: Owner,
  now: Date,
): Promise<Result<ActiveMethod, UseReason>> {
  const method = await findProvable(owner.accountId, id, now);
  if (method === undefined) return refuse("gone");
  if (use === "try") return isDisabled(method) ? refuse("disabled") : ok(method);
  if (!isDisabled(method)) return refuse("enabled");
  return (await readProof(owner.id)) === id ? refuse("prove-another") : ok(method);
}

/** The trial's row: a code that was sent for one use is not there for the other. */
const targetOf = (use: TrialUse, methodId: string): string =>
  use === "try" ? methodId : `enable:${methodId}`;

const purposeOf = (method: ActiveMethod, owner: Owner): ChallengeUse => ({
  purpose: "trial",
  sessionId: owner.id,
  methodId: method.id,
});

/** Reads the trial of a method; undefined when it is not this account's, or cannot be tried here. Writes nothing. */
export async function viewMethodTrial(
  use: TrialUse,
  id: string,
  owner: Owner,
  now: Date,
): Promise<MethodTrial | undefined> {
  const [method, trial] = await Promise.all([
    findProvable(owner.accountId, id, now),
    findTrial(owner, targetOf(use, id), now),
  ]);
  if (method === undefined) return undefined;
  return {
    method,
    isSent: challengeOf(method) !== null,
    code: lineOfCode(trial?.code, now),
    isOver: trial?.tries === 0,
    passkeyOptions:
      method.kind === "passkey"
        ? requestOptions(issueChallenge(purposeOf(method, owner), now), [method.data])
        : undefined,
  };
}

const newTrial = (target: string, codeId: string | null, now: Date) => ({
  id: randomUUID(),
  target,
  codeId,
  expiresAt: after(now, numbers.trial.lifetime),
});

/** What a code of a trial does beyond the trial; undefined where it is that alone. */
const taskOf = (use: TrialUse, method: ActiveMethod): Task | undefined =>
  use === "try" ? undefined : { name: "enable-method", subject: method.id };

const bindingOf = (use: TrialUse, trial: TrialRow, method: ActiveMethod, owner: Owner, number: string) => {
  const task = taskOf(use, method);
  return {
    ownerId: trial.id,
    accountId: owner.accountId,
    purpose: "trial" as const,
    number,
    ...(task === undefined ? {} : { action: taskText(task) }),
  };
};

/**
 * Sends a code to try a phone with; the earlier ones of this trial stay good. One that takes it into use again says so.
 * Refused for another account's method.
 */
export async function sendTrialCode(
  use: TrialUse,
  id: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, UseReason | "no-tries" | SendReason>> {
  const found = await methodFor(use, id, owner, visit.now);
  if (!found.ok) return found;
  const method = found.value;
  const delivery = challengeOf(method);
  if (delivery === null) return refuse("gone");
  const trial = await startTrial(owner, newTrial(targetOf(use, method.id), null, visit.now), visit.now);
  if (trial.tries === 0) return refuse("no-tries");
  const task = taskOf(use, method);
  const sent = await sendCode(
    bindingOf(use, trial, method, owner, delivery.to),
    {
      methodId: method.id,
      channel: delivery.channel,
      task: task && taskFacts(task, describeMethod(method)),
    },
    visit,
  );
  return sent.ok ? ok(undefined) : sent;
}

/** Why an answer proved nothing. */
export type TrialReason = CodesTrialReason | UseReason;

/** The same of the recovery codes. */
export type CodesTrialReason = AnswerReason | "gone" | "no-tries" | "waiting";

const enablingBudget = ({ id }: ActiveMethod): Budget => ({
  name: ["enable-method", id],
  ...numbers.trial.enablingDay,
});

/** Spends a try of a trial, and says why there is nothing to judge. */
async function spend(
  trial: TrialRow,
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<SpentTry, "gone" | "no-tries" | "waiting">> {
  const spent = await spendTrialTry(owner, trial.id, keyedHash("answer", [trial.id, answer]), visit.now);
  if (spent === undefined) return refuse(trial.tries === 0 ? "no-tries" : "gone");
  return spent.isWaiting ? refuse("waiting", { retryAt: spent.lockedUntil ?? undefined }) : ok(spent);
}

/**
 * Uses up the challenge that a passkey answered: one of this page, for this passkey and session, once. Undefined for what
 * answers no challenge.
 */
async function takeChallenge(
  method: ActiveMethod,
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<string | undefined, "malformed" | "expired" | "wrong" | "used">> {
  if (method.kind !== "passkey") return ok(undefined);
  const response = readAssertion(answer);
  const said = response && readClientData(response.response.clientDataJSON);
  if (said === undefined) return refuse("malformed", { method: method.kind });
  const goodUntil = readChallenge(said.challenge, purposeOf(method, owner), visit.now);
  if (goodUntil === "expired") return refuse("expired", { method: method.kind });
  if (goodUntil === "foreign") return refuse("wrong", { method: method.kind });
  return (await spendChallenge(said.challenge, goodUntil))
    ? ok(said.challenge)
    : refuse("used", { method: method.kind });
}

/**
 * Tries a method by its code, and says when it was proven, or takes it into use again. An app's code and a sent code are
 * used up by it, as by any other use. Wrong answers count against the trial and against the account, as everywhere; a
 * right one gives back its own try and no other.
 *
 * Refused with "gone" for another account's method, and for a phone that no code was sent to; with "disabled" or "enabled"
 * for what the other use is meant for; with "prove-another" where the very method is the proof of this session.
 */
export async function tryMethod(
  use: TrialUse,
  id: string,
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, TrialReason>> {
  const done = await judge(use, id, answer, owner, visit);
  if (done.ok || (done.reason !== "used" && done.reason !== "gone")) return done;
  // Disabled, or taken into use by the first of two clicks, since it was read: that is what to say.
  const since = await methodFor(use, id, owner, visit.now);
  return since.ok ? done : since;
}

/**
 * The trial that an answer belongs to. An app has its code already, and a passkey was asked by the page, so their trials
 * begin with the answer; a phone's began when its code was sent.
 */
function trialFor(
  use: TrialUse,
  method: ActiveMethod,
  owner: Owner,
  now: Date,
): Promise<TrialRow | undefined> {
  const target = targetOf(use, method.id);
  return challengeOf(method) === null
    ? startTrial(owner, newTrial(target, null, now), now)
    : findTrial(owner, target, now);
}

/** Spends what an answer to a method costs: a try of its trial, and where it is to be in use again one of its day. */
async function spendFor(
  use: TrialUse,
  method: ActiveMethod,
  trial: TrialRow,
  answer: string,
  owner: Owner,
  visit: Visit,
): ReturnType<typeof spend> {
  if (use === "try") return spend(trial, answer, owner, visit);
  // Its own count ended at a hundred, and the account's ends with any success of another method.
  const mayAnswer = await spendBudgets([enablingBudget(method)], visit.now);
  if (!mayAnswer.ok) return refuse("waiting", mayAnswer.details);
  const spent = await spend(trial, answer, owner, visit);
  // Nothing was compared: whoever makes an account wait keeps nobody from their method for a day by it.
  if (!spent.ok) await giveBack([enablingBudget(method)]);
  return spent;
}

async function judge(
  use: TrialUse,
  id: string,
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, TrialReason>> {
  const found = await methodFor(use, id, owner, visit.now);
  if (!found.ok) return found;
  const method = found.value;
  if (!isAnswerShaped(method.kind, answer)) return refuse("malformed", { method: method.kind });
  const challenge = await takeChallenge(method, answer, owner, visit);
  if (!challenge.ok) return challenge;
  const trial = await trialFor(use, method, owner, visit.now);
  if (trial === undefined) return refuse("gone");
  const spent = await spendFor(use, method, trial, answer, owner, visit);
  if (!spent.ok) return spent;
  const { triesLeft, judgedAt } = spent.value;

  const delivery = challengeOf(method);
  const judged = await verifyAnswer(method.kind, answer, {
    now: judgedAt,
    accountId: owner.accountId,
    data: method.data,
    counter: method.counter,
    codes: delivery === null ? [] : await listCodes(trial.id),
    recoveryCodes: [],
    isChallenge: (said) => said === challenge.value,
    isSentCode: ({ hash }, digits) =>
      delivery !== null && isCode(hash, bindingOf(use, trial, method, owner, delivery.to), digits),
  });
  if (!judged.ok)
    return triesLeft === 0 ? refuse("no-tries") : refuse(judged.reason, { method: method.kind, triesLeft });
  return settle(use, method, trial, judged.value, owner, visit);
}

/** What a right answer changes: the method is proven, and by the other use in force again; its trial is over. */
async function settle(
  use: TrialUse,
  method: ActiveMethod,
  trial: TrialRow,
  { counter, codeId, data }: Acceptance,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, TrialReason>> {
  const { accountId } = owner;
  const isEnabling = use === "enable";
  const prove = async (tx: Transaction): Promise<Result<undefined, TrialReason>> => {
    if (isEnabling && (await findProof(tx, owner.id)) === method.id) return refuse("prove-another");
    const right = {
      accountId,
      methodId: method.id,
      ownerId: trial.id,
      counter,
      codeId,
      data: data === undefined ? undefined : sealMethodData("Method", { id: method.id, accountId }, data),
    };
    if (!(await markProven(tx, right, isEnabling, visit.now))) return refuse("used", { method: method.kind });
    await finishTrial(tx, { id: trial.id, accountId }, visit.now);
    return ok(undefined);
  };
  const facts = methodEventFacts(describeMethod(method));
  if (!isEnabling)
    return inTransaction(async (tx) => {
      await holdSession(tx, owner);
      const proven = await prove(tx);
      if (proven.ok) await record(tx, accountId, "method-tried", visit, facts);
      return proven;
    });
  // In use again: a change of protection, by a session proven with another method and a code of this one.
  const done = await securityChange(
    {
      accountId,
      addresses: [owner.email],
      keepSessionId: owner.id,
      kind: "method-enabled",
      because: "methods-changed",
      visit,
      facts,
    },
    prove,
  );
  if (done.ok) await giveBack([enablingBudget(method)]);
  return done;
}

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
    findTrial(owner, recoveryCodesTarget, now),
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
  const before = await findTrial(owner, recoveryCodesTarget, visit.now);
  // Of a set that was replaced, or spent meanwhile: there is nothing to go on with.
  const isStale = before !== undefined && !codes.some(({ id }) => id === before.codeId);
  if (isStale) await dropTrial(before.id);
  await startTrial(owner, newTrial(recoveryCodesTarget, code.id, visit.now), visit.now);
  return ok(undefined);
}

/** Tries the recovery codes by three characters of one of them. The code stays good for a day when it is needed. */
export async function tryCodes(
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, CodesTrialReason>> {
  const { accountId } = owner;
  const trial = await findTrial(owner, recoveryCodesTarget, visit.now);
  const code = (await listTriableCodes(accountId)).find(({ id }) => id === trial?.codeId);
  if (trial === undefined || code === undefined) return refuse("gone");
  const method = recoveryCodesTarget;
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
