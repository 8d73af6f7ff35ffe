import "server-only";
import { record } from "@/lib/activity";
import { isCode, listCodes, type SendReason, sendCode } from "@/lib/codes";
import { inTransaction, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { type Budget, giveBack, spend as spendBudgets } from "@/lib/limits";
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
import { findTrial, finishTrial, markProven, startTrial, type TrialRow } from "./store";
import { type NoTry, newTrial, spend } from "./tries";

// "Try it": the fire drill of a way of getting in. A right answer says when it was proven and ends the wait that wrong codes
// began. No session, no fresh proof, no trusted browser and no order follow from it, and a recovery code stays unspent.
// "Take it into use again" is the same for what wrong codes disabled, and a change of protection: its page asks for a proof
// of its own (docs/decisions/0038), and a code that was sent to try a method is not good for it.

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

/** One method, what is done with it, and by whom. */
type Trying = { readonly use: TrialUse; readonly method: ActiveMethod; readonly owner: Owner };

/** Reads the method of an account for one use; no method takes itself into use again. */
async function findTrying(
  use: TrialUse,
  id: string,
  owner: Owner,
  now: Date,
): Promise<Result<Trying, UseReason>> {
  const method = await findProvable(owner.accountId, id, now);
  if (method === undefined) return refuse("gone");
  const trying = { use, method, owner };
  if (use === "try") return isDisabled(method) ? refuse("disabled") : ok(trying);
  if (!isDisabled(method)) return refuse("enabled");
  return (await readProof(owner.id)) === id ? refuse("prove-another") : ok(trying);
}

/** The trial's row: a code that was sent for one use is not there for the other. */
const targetOf = (use: TrialUse, methodId: string): string =>
  use === "try" ? methodId : `enable:${methodId}`;

const purposeOf = ({ method, owner }: Pick<Trying, "method" | "owner">): ChallengeUse => ({
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
        ? requestOptions(issueChallenge(purposeOf({ method, owner }), now), [method.data])
        : undefined,
  };
}

/** What a code of a trial does beyond the trial; undefined where it is that alone. */
const taskOf = ({ use, method }: Trying): Task | undefined =>
  use === "try" ? undefined : { name: "enable-method", subject: method.id };

const bindingOf = (trying: Trying, trial: TrialRow, number: string) => {
  const task = taskOf(trying);
  return {
    ownerId: trial.id,
    accountId: trying.owner.accountId,
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
  const found = await findTrying(use, id, owner, visit.now);
  if (!found.ok) return found;
  const { method } = found.value;
  const delivery = challengeOf(method);
  if (delivery === null) return refuse("gone");
  const trial = await startTrial(owner, newTrial(targetOf(use, method.id), null, visit.now), visit.now);
  if (trial.tries === 0) return refuse("no-tries");
  const task = taskOf(found.value);
  const sent = await sendCode(
    bindingOf(found.value, trial, delivery.to),
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
export type TrialReason = AnswerReason | NoTry | UseReason;

const enablingBudget = ({ id }: ActiveMethod): Budget => ({
  name: ["enable-method", id],
  ...numbers.trial.enablingDay,
});

/**
 * Uses up the challenge that a passkey answered: one of this page, for this passkey and session, once. Undefined for what
 * answers no challenge.
 */
async function takeChallenge(
  trying: Trying,
  answer: string,
  visit: Visit,
): Promise<Result<string | undefined, "malformed" | "expired" | "wrong" | "used">> {
  const { method } = trying;
  if (method.kind !== "passkey") return ok(undefined);
  const response = readAssertion(answer);
  const said = response && readClientData(response.response.clientDataJSON);
  if (said === undefined) return refuse("malformed", { method: method.kind });
  const goodUntil = readChallenge(said.challenge, purposeOf(trying), visit.now);
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
  const found = await findTrying(use, id, owner, visit.now);
  if (!found.ok) return found;
  const done = await judge(found.value, answer, visit);
  if (done.ok || (done.reason !== "used" && done.reason !== "gone")) return done;
  // Disabled, or taken into use by the first of two clicks, since it was read: that is what to say.
  const since = await findTrying(use, id, owner, visit.now);
  return since.ok ? done : since;
}

/**
 * The trial that an answer belongs to. An app has its code already, and a passkey was asked by the page, so their trials
 * begin with the answer; a phone's began when its code was sent.
 */
function trialFor({ use, method, owner }: Trying, now: Date): Promise<TrialRow | undefined> {
  const target = targetOf(use, method.id);
  return challengeOf(method) === null
    ? startTrial(owner, newTrial(target, null, now), now)
    : findTrial(owner, target, now);
}

/** Spends what an answer to a method costs: a try of its trial, and where it is to be in use again one of its day. */
async function spendFor(
  { use, method, owner }: Trying,
  trial: TrialRow,
  answer: string,
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

async function judge(trying: Trying, answer: string, visit: Visit): Promise<Result<undefined, TrialReason>> {
  const { method, owner } = trying;
  if (!isAnswerShaped(method.kind, answer)) return refuse("malformed", { method: method.kind });
  const challenge = await takeChallenge(trying, answer, visit);
  if (!challenge.ok) return challenge;
  const trial = await trialFor(trying, visit.now);
  if (trial === undefined) return refuse("gone");
  const spent = await spendFor(trying, trial, answer, visit);
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
      delivery !== null && isCode(hash, bindingOf(trying, trial, delivery.to), digits),
  });
  if (!judged.ok)
    return triesLeft === 0 ? refuse("no-tries") : refuse(judged.reason, { method: method.kind, triesLeft });
  return settle(trying, trial, judged.value, visit);
}

/** What a right answer changes: the method is proven, and by the other use in force again; its trial is over. */
async function settle(
  { use, method, owner }: Trying,
  trial: TrialRow,
  { counter, codeId, data }: Acceptance,
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
