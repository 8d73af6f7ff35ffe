import "server-only";
import { randomUUID } from "node:crypto";
import { emailKey, maskedEmail } from "@/lib/accounts";
import type { EventFacts } from "@/lib/activity";
import { inTransaction, inTransactionUnlessRefused, type Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash, open, randomBase32, seal } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { phonesToTell } from "@/lib/proof";
import { addSupportCheck, findCase, findRecovery, startRecoveryForSupport, stopCase } from "@/lib/recovery";
import type { AskedAtDesk } from "@/lib/sign-in";
import { type LookReason, look, requestId, spendLook, tell } from "./person";
import {
  type ApproveReason,
  approveRefusal,
  type CarryOutReason,
  type CaseReason,
  carryOutRefusal,
  caseRefusal,
  needsCase,
  passForReading,
  plainText,
  type RequestKind,
  type RequestState,
  readCaseNumber,
  requestState,
} from "./rules";
import { askForStep, type StepReason, takeStep } from "./steps";
import {
  endPassOf,
  findRequest,
  hasOpenRequest,
  holdPersonAndAgents,
  insertPass,
  insertRequest,
  isDeskSessionLive,
  isTwoStepOn,
  listAgents,
  listOpenRequests,
  markApproved,
  markCarriedOut,
  markEnded,
  type PersonRow,
  type RequestRow,
} from "./store";
import { type AtDesk, ownerKey } from "./way-in";

/** A request as agents see it. */
export type Request = {
  readonly id: string;
  readonly kind: RequestKind;
  readonly state: RequestState;
  readonly email: string;
  /** Which recovery it is for, as both agents read it; null where it is for none. */
  readonly caseNumber: string | null;
  readonly requester: string;
  readonly approver: string | null;
  /** What the requester wrote down of what they checked. */
  readonly note: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Until when the access pass that came of it can still be used; null where there is none. */
  readonly passUntil: Date | null;
};

const noteContext = (id: string, accountId: string) => ({
  table: "DeskRequest",
  row: id,
  account: accountId,
});

/** A request as agents see it. */
export const shownRequest = (row: RequestRow, now: Date): Request => ({
  id: row.id,
  kind: row.kind,
  state: requestState(row, now),
  email: maskedEmail(row.email),
  caseNumber: row.caseNumber,
  requester: row.requester,
  approver: row.approver,
  note: openNote(row),
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
  passUntil: row.passUntil !== null && row.passUntil > now ? row.passUntil : null,
});

function openNote(row: RequestRow): string {
  try {
    // In one line: what stands on others is the tool's own word, and another agent decides by it.
    return plainText(open(row.note, noteContext(row.id, row.accountId)));
  } catch {
    return ""; // moved or altered: as if nothing had been written
  }
}

/** Everything that waits for an agent, or can still be stopped by one. */
export async function listRequests(
  agent: AtDesk,
  now: Date,
): Promise<Result<readonly Request[], "not-an-agent">> {
  if (!agent.isAgent) return refuse("not-an-agent");
  return ok((await listOpenRequests(now)).map((row) => shownRequest(row, now)));
}

/** Why nothing was asked for. */
export type AskReason =
  | LookReason
  | "own-account"
  | "off"
  | "note-missing"
  | "already-asked"
  | "nobody-else"
  | "case-missing"
  | CaseReason;

/** The case that a request is for, as it is stored with it. */
type ForCase = { readonly recoveryId: string | null; readonly caseNumber: string | null };

/**
 * Whether there is anything to be done of this kind, and to which recovery: the one whose number the caller reads out,
 * never whichever is the newest. What decides is asked again when it is carried out.
 */
async function caseFor(
  kind: RequestKind,
  person: PersonRow,
  typed: string,
): Promise<Result<ForCase, AskReason>> {
  if (person.twoStepOnAt === null) return refuse("off");
  if (!needsCase(kind)) {
    const isStarted = kind === "recovery-start" && (await findRecovery(person.id))?.startedAt != null;
    return isStarted ? refuse("recovery-already") : ok({ recoveryId: null, caseNumber: null });
  }
  if (typed === "") return refuse("case-missing");
  const recovery = await findCase(readCaseNumber(typed) ?? "");
  const why = caseRefusal(kind, recovery, person.id);
  if (recovery === undefined || why !== undefined) return refuse(why ?? "no-recovery");
  return ok({ recoveryId: recovery.id, caseNumber: recovery.caseNumber });
}

/** Whether the case of a request is still there for it; undefined where it is, and for what has none. */
async function caseOver({
  kind,
  accountId,
  caseNumber,
  recoveryId,
}: RequestRow): Promise<CaseReason | undefined> {
  if (!needsCase(kind)) return undefined;
  const recovery = await findCase(caseNumber ?? "");
  return caseRefusal(kind, recovery?.id === recoveryId ? recovery : undefined, accountId);
}

/** What every event and mail about a request names. */
const factsOf = ({
  kind,
  caseNumber,
}: { readonly kind: RequestKind } & Pick<ForCase, "caseNumber">): EventFacts => ({
  what: kind,
  ...(caseNumber === null ? {} : { case: caseNumber }),
});

/**
 * Asks for something to be done for a person. Nothing is done by it but that the person is told: a second agent approves
 * within a day, and then the first may carry it out.
 */
export async function request(
  agent: AtDesk,
  wanted: {
    readonly kind: RequestKind;
    readonly who: string;
    readonly note: string;
    /** As the caller reads it out; may be left out where `who` is a case number already. */
    readonly caseNumber?: string;
  },
  visit: Visit,
): Promise<Result<Request, AskReason>> {
  const note = wanted.note.trim().slice(0, numbers.desk.noteCharacters);
  if (note === "") return refuse("note-missing");
  const found = await look(agent, wanted.who, visit);
  if (!found.ok) return found;
  const person = found.value;
  if (person.id === agent.accountId) return refuse("own-account");
  const others = (await listAgents()).filter(
    ({ accountId, isOn }) => isOn && accountId !== agent.accountId && accountId !== person.id,
  );
  if (others.length === 0) return refuse("nobody-else");
  const { kind, who } = wanted;
  const typed = wanted.caseNumber ?? (readCaseNumber(who) === undefined ? "" : who);
  const named = await caseFor(kind, person, typed);
  if (!named.ok) return named;
  const mayAsk = await spend(
    [{ name: ["desk-request", agent.accountId], ...numbers.desk.requests }],
    visit.now,
  );
  if (!mayAsk.ok) return mayAsk;
  const id = randomBase32(numbers.desk.requestIdCharacters);
  const asked = await inTransaction(async (tx): Promise<Result<undefined, AskReason>> => {
    const agents = await holdPersonAndAgents(tx, person.id, [agent.accountId], ownerKey());
    if (!agents.includes(agent.accountId)) return refuse("not-an-agent");
    if (!(await isDeskSessionLive(tx, agent.sessionId, visit.now))) return refuse("not-an-agent");
    const { recoveryId } = named.value;
    if (await hasOpenRequest(tx, { accountId: person.id, kind, recoveryId }, visit.now))
      return refuse("already-asked");
    await insertRequest(tx, {
      id,
      kind,
      ...named.value,
      accountId: person.id,
      requesterId: agent.accountId,
      requester: agent.name,
      note: seal(note, noteContext(id, person.id)),
      createdAt: visit.now,
      expiresAt: after(visit.now, numbers.desk.request),
    });
    const facts = { agent: agent.name, ...factsOf({ kind, ...named.value }) };
    await tell(tx, person, "desk-requested", visit, facts);
    return ok(undefined);
  });
  if (!asked.ok) return asked;
  const row = await findRequest(id);
  return row === undefined ? refuse("nobody") : ok(shownRequest(row, visit.now));
}

/** A code that is asked for, and the request that it is for: agents read what they are about to do. */
export type AskedStep = AskedAtDesk & { readonly request: Request };

/**
 * Asks for the code that this one approval takes; refused at once where there is nothing to approve. The agent types the
 * whole address, as the person says it: what both agents see is masked, and behind the same mask the first could have asked
 * for somebody else than whom the second one spoke with. A wrong one is a look, so that none is found by trying.
 */
export async function askToApprove(
  agent: AtDesk,
  id: string,
  email: string,
  visit: Visit,
): Promise<Result<AskedStep, ApproveReason | CaseReason | StepReason>> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const request = await findRequest(requestId(id));
  const why = approveRefusal(request, agent.accountId, visit.now) ?? (request && (await caseOver(request)));
  if (request === undefined || why !== undefined) return refuse(why ?? "no-request");
  const mayLook = await spendLook(agent, visit.now);
  if (!mayLook.ok) return mayLook;
  if (emailKey(email) === undefined || emailKey(email) !== emailKey(request.email))
    return refuse("not-this-person");
  const asked = await askForStep(agent, "approve", request.id, visit);
  return asked.ok ? ok({ ...asked.value, request: shownRequest(request, visit.now) }) : asked;
}

/**
 * The second pair of eyes, with a code that was given for this request a moment ago. One conditional update says who
 * approved; two at once, the requester in another desk session, or an agent who was taken from the desk a moment before
 * gain nothing by it.
 */
export async function approve(
  agent: AtDesk,
  id: string,
  visit: Visit,
): Promise<Result<Request, ApproveReason | CaseReason | "not-an-agent" | "no-step">> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const before = await findRequest(requestId(id));
  const why = approveRefusal(before, agent.accountId, visit.now) ?? (before && (await caseOver(before)));
  if (before === undefined || why !== undefined) return refuse(why ?? "no-request");
  const phones = await phonesToTell(before.accountId);
  const approved = await inTransaction(
    async (tx): Promise<Result<undefined, ApproveReason | "not-an-agent" | "no-step">> => {
      const both = [agent.accountId, before.requesterId];
      const agents = await holdPersonAndAgents(tx, before.accountId, both, ownerKey());
      if (!agents.includes(agent.accountId)) return refuse("not-an-agent");
      if (!agents.includes(before.requesterId)) return refuse("requester-gone");
      if (!(await isDeskSessionLive(tx, agent.sessionId, visit.now))) return refuse("not-an-agent");
      if (!(await takeStep(tx, agent, "approve", before.id, visit))) return refuse("no-step");
      if (!(await markApproved(tx, before.id, { id: agent.accountId, name: agent.name }, visit.now)))
        return refuse("already-approved");
      const facts = { agent: agent.name, requester: before.requester, ...factsOf(before) };
      await tell(tx, { id: before.accountId, email: before.email }, "desk-approved", visit, facts, phones);
      return ok(undefined);
    },
  );
  const row = await findRequest(before.id);
  if (approved.ok) return row === undefined ? refuse("no-request") : ok(shownRequest(row, visit.now));
  if (approved.reason !== "already-approved") return approved;
  // Somebody was faster: what they did says why.
  return refuse(approveRefusal(row, agent.accountId, visit.now) ?? "already-approved");
}

/** Why a request was not refused. */
export type RefuseReason = "no-request" | "not-an-agent" | Exclude<RequestState, "waiting" | "approved">;

/**
 * Says no to a request, or takes one's own back: also one that is approved, and the pass that came of it as long as
 * nothing was added by it.
 */
export async function refuseRequest(
  agent: AtDesk,
  id: string,
  visit: Visit,
): Promise<Result<Request, RefuseReason>> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const before = await findRequest(requestId(id));
  if (before === undefined) return refuse("no-request");
  const isEnded = await inTransaction(async (tx) => {
    const agents = await holdPersonAndAgents(tx, before.accountId, [agent.accountId], ownerKey());
    if (!agents.includes(agent.accountId)) return undefined;
    if (!(await isDeskSessionLive(tx, agent.sessionId, visit.now))) return undefined;
    const isOver = (await markEnded(tx, before.id, visit.now)) || (await endPassOf(tx, before.id, visit.now));
    if (!isOver) return false;
    const facts = { agent: agent.name, requester: before.requester, ...factsOf(before) };
    await tell(tx, { id: before.accountId, email: before.email }, "desk-refused", visit, facts);
    return true;
  });
  if (isEnded === undefined) return refuse("not-an-agent");
  const row = await findRequest(before.id);
  if (row === undefined) return refuse("no-request");
  if (isEnded) return ok(shownRequest(row, visit.now));
  const state = requestState(row, visit.now);
  return refuse(state === "waiting" || state === "approved" ? "ended" : state);
}

/** What came of a request that was carried out: a pass, which is shown this once, or the case of a recovery. */
export type Done = {
  readonly request: Request;
  readonly pass?: { readonly text: string; readonly until: Date };
  readonly caseNumber?: string;
};

/** Asks for the code that carrying this one request out takes; refused at once where it is not to be carried out. */
export async function askToCarryOut(
  agent: AtDesk,
  id: string,
  visit: Visit,
): Promise<Result<AskedStep, CarryOutReason | StepReason>> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const request = await findRequest(requestId(id));
  const why = carryOutRefusal(request, agent.accountId, visit.now) ?? (request && (await caseOver(request)));
  if (request === undefined || why !== undefined) return refuse(why ?? "no-request");
  const asked = await askForStep(agent, "carry-out", request.id, visit);
  return asked.ok ? ok({ ...asked.value, request: shownRequest(request, visit.now) }) : asked;
}

/**
 * Carries an approved request out, once, by who asked for it, with a code that was given for it a moment ago. Both agents
 * must still be agents. That the request is used up, what it is for, and that the person is told by mail and at their
 * phones, are one transaction: whatever happens in the middle, and what a recovery refuses, leaves all of it undone.
 */
export async function carryOut(
  agent: AtDesk,
  id: string,
  visit: Visit,
): Promise<Result<Done, CarryOutReason | "not-an-agent" | "no-step">> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const before = await findRequest(requestId(id));
  const why = carryOutRefusal(before, agent.accountId, visit.now);
  if (before === undefined || why !== undefined) return refuse(why ?? "no-request");
  const phones = await phonesToTell(before.accountId);
  const done = await inTransactionUnlessRefused<Outcome, CarryOutReason | "not-an-agent" | "no-step">(
    async (tx) => {
      const why = await spendRequest(tx, agent, before, visit);
      if (why !== undefined) return refuse(why);
      const done = await doForPerson(tx, before, visit);
      if (!done.ok) return done;
      const { accountId, email, requester, approver } = before;
      const facts = { agent: requester, approver: approver ?? "", ...factsOf(before) };
      await tell(tx, { id: accountId, email }, "desk-carried-out", visit, facts, phones);
      return done;
    },
  );
  const row = await findRequest(before.id);
  if (!done.ok && done.reason === "ended")
    return refuse(carryOutRefusal(row, agent.accountId, visit.now) ?? "ended");
  if (!done.ok) return done;
  return row === undefined
    ? refuse("no-request")
    : ok({ request: shownRequest(row, visit.now), ...done.value });
}

/** What a request is for, as it was done. */
type Outcome = Omit<Done, "request">;

/** Uses an approved request up, with the code that was given for it; why not, where it is not. */
async function spendRequest(
  tx: Transaction,
  agent: AtDesk,
  { id, accountId, approverId, requesterId }: RequestRow,
  visit: Visit,
): Promise<CarryOutReason | "not-an-agent" | "no-step" | undefined> {
  const { now } = visit;
  const both = [requesterId, ...(approverId === null ? [] : [approverId])];
  const agents = await holdPersonAndAgents(tx, accountId, both, ownerKey());
  if (!agents.includes(requesterId)) return "not-an-agent";
  if (approverId === null || !agents.includes(approverId)) return "approver-gone";
  if (!(await isTwoStepOn(tx, accountId))) return "off";
  if (!(await isDeskSessionLive(tx, agent.sessionId, now))) return "not-an-agent";
  if (!(await takeStep(tx, agent, "carry-out", id, visit))) return "no-step";
  return (await markCarriedOut(tx, id, agent.accountId, now)) ? undefined : "ended";
}

/** What two agents do for a person, in the transaction that uses up their request. */
async function doForPerson(
  tx: Transaction,
  request: RequestRow,
  visit: Visit,
): Promise<Result<Outcome, CarryOutReason>> {
  const { kind, accountId, recoveryId, requester, approver } = request;
  const agents = [requester, approver ?? ""].join(", ");
  if (kind === "access-pass") return ok({ pass: await makePass(tx, request, visit) });
  if (kind === "recovery-start") {
    const begun = await startRecoveryForSupport(tx, accountId, agents, visit);
    if (begun.ok) return begun;
    if (begun.reason === "already") return refuse("recovery-already");
    return begun.reason === "not-needed" ? refuse("off") : refuse("limit", begun.details);
  }
  if (recoveryId === null) return refuse("no-recovery");
  const act = kind === "support-check" ? addSupportCheck : stopCase;
  const done = await act(tx, { id: recoveryId, accountId }, agents, visit);
  if (done.ok) return done;
  return refuse(done.reason === "already" ? "recovery-already" : "no-recovery");
}

/** Makes the pass of a request; what is read out is in nothing that is kept. */
async function makePass(
  tx: Transaction,
  { id, accountId }: RequestRow,
  { now }: Visit,
): Promise<{ readonly text: string; readonly until: Date }> {
  const text = randomBase32(numbers.desk.pass.characters);
  const until = after(now, numbers.desk.pass.lifetime);
  await insertPass(tx, {
    id: randomUUID(),
    accountId,
    requestId: id,
    hash: keyedHash("access pass", [accountId, text]),
    tries: numbers.desk.pass.tries,
    createdAt: now,
    expiresAt: until,
  });
  return { text: passForReading(text), until };
}
