import "server-only";
import { randomUUID } from "node:crypto";
import { emailKey, maskedEmail } from "@/lib/accounts";
import { type EventFacts, type EventKind, listEvents, record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, keyedHash, open, randomBase32, seal } from "@/lib/kernel/secrets";
import { deskOwner } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { spend, spendSets } from "@/lib/limits";
import { type Loss, lockoutMap } from "@/lib/lockout";
import { type ActiveMethod, listActiveMethods } from "@/lib/methods";
import { alert, alertByText, endWorkAtDesk, phonesToTell } from "@/lib/proof";
import {
  addSupportCheck,
  findRecovery,
  type RecoveryState,
  startRecoveryForSupport,
  stopRecovery,
} from "@/lib/recovery";
import { enrolledOf, readOverview } from "@/lib/security";
import { lockAccount } from "@/lib/setup";
import {
  type AskedAtDesk,
  answerAtDesk,
  type BeginReason,
  beginAtDesk,
  type DeskRefusal,
} from "@/lib/sign-in";
import {
  type ApproveReason,
  approveRefusal,
  type CarryOutReason,
  carryOutRefusal,
  maskedAddress,
  maskedFacts,
  passForReading,
  type RequestKind,
  type RequestState,
  readCaseNumber,
  stateOf,
} from "./rules";
import {
  type AgentRow,
  dropAgent,
  endDeskSession,
  endPassOf,
  findDeskSession,
  findPerson,
  findPersonByCase,
  findPersonByKey,
  findRequest,
  hasOpenRequest,
  holdAgents,
  insertAgent,
  insertPass,
  insertRequest,
  isAtDesk,
  isSessionLive,
  isTwoStepOn,
  listAgents,
  listOpenRequests,
  markApproved,
  markCarriedOut,
  markEnded,
  type PersonRow,
  type RequestRow,
} from "./store";

const ownerKey = (): string | null => emailKey(deskOwner() ?? "") ?? null;

/** Somebody who has proven themselves at the desk: an agent, or the owner, who names the agents and is none. */
export type AtDesk = {
  readonly sessionId: string;
  readonly accountId: string;
  readonly name: string;
  readonly until: Date;
  readonly isAgent: boolean;
  readonly isOwner: boolean;
};

/** First half of the way in: e-mail and password. Refused for whoever is neither an agent nor the owner. */
export async function askAtDesk(
  input: { readonly email: string; readonly password: string },
  visit: Visit,
): Promise<Result<AskedAtDesk, BeginReason | "off" | "not-an-agent">> {
  const begun = await beginAtDesk(input, visit);
  if (!begun.ok) return begun;
  return (await isAtDesk(begun.value.accountId, ownerKey())) ? begun : refuse("not-an-agent");
}

/** Second half: a code of the app, or a recovery code. What comes back opens the desk for 15 minutes. */
export const enterDesk = (
  input: { readonly attemptToken: string; readonly answer: string },
  visit: Visit,
): Promise<Result<{ readonly token: string; readonly until: Date }, DeskRefusal>> =>
  answerAtDesk(input, visit);

/** Who holds this token; undefined for nobody, or nobody any more. Asked for every command. */
export async function readDesk(token: string | undefined, now: Date): Promise<AtDesk | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  const row = await findDeskSession(hashToken(token), ownerKey(), now);
  if (row === undefined) return undefined;
  return {
    sessionId: row.id,
    accountId: row.accountId,
    name: row.agentName ?? row.accountName,
    until: row.expiresAt,
    isAgent: row.agentName !== null && !row.isOwner,
    isOwner: row.isOwner,
  };
}

/** Leaves the desk. */
export const leaveDesk = (token: string): Promise<void> => endDeskSession(hashToken(token));

/** Records a step in the person's log and tells them: by mail, and of what opens something by text too. */
async function tell(
  tx: Transaction,
  person: { readonly id: string; readonly email: string },
  kind: EventKind,
  visit: Visit,
  facts: EventFacts,
  phones: readonly string[] = [],
): Promise<void> {
  await record(tx, person.id, kind, visit, facts);
  await alert(tx, { id: person.id, addresses: [person.email] }, kind, visit, factsOf(facts));
  await alertByText(tx, person.id, phones, kind, visit, factsOf(facts));
}

// A choice of an ICU message is a name without a hyphen.
const factsOf = (facts: EventFacts): EventFacts =>
  facts.what === undefined ? facts : { ...facts, what: String(facts.what).replaceAll("-", "_") };

/** Why nobody is found; "limit" is the agent's own budget of looks. */
export type LookReason = "limit" | "nobody" | "not-an-agent";

/** A person, masked: whoever calls says the rest themselves, and the agent only compares. */
export type Person = {
  readonly id: string;
  readonly email: string;
  readonly isTwoStepOn: boolean;
};

const shownPerson = (row: PersonRow): Person => ({
  id: row.id,
  email: maskedEmail(row.email),
  isTwoStepOn: row.twoStepOnAt !== null,
});

/** A recovery as agents see it: where it stands, and never what evidence is still lacking. */
export type Case = {
  readonly caseNumber: string;
  readonly state: RecoveryState;
  readonly readyAt: Date | null;
};

/** By a whole address, a request about them or the case of their recovery. There is no other search, and none by a part. */
async function personOf(who: string): Promise<PersonRow | undefined> {
  if (who.includes("@")) {
    const key = emailKey(who);
    return key === undefined ? undefined : findPersonByKey(key);
  }
  const request = await findRequest(requestId(who));
  if (request !== undefined) return findPerson(request.accountId);
  const caseNumber = readCaseNumber(who);
  return caseNumber === undefined ? undefined : findPersonByCase(caseNumber);
}

const requestId = (text: string): string => text.trim().toUpperCase().slice(0, 20);

/**
 * Looks somebody up. Each look is spent of the agent's budget before anybody is found, stands in the person's log with
 * the agent's name, and is told by mail: once an hour of one agent, because three commands are one look.
 */
async function look(agent: AtDesk, who: string, visit: Visit): Promise<Result<PersonRow, LookReason>> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const { lookUps, lookTold } = numbers.desk;
  const mayLook = await spend([{ name: ["desk-look", agent.accountId], ...lookUps }], visit.now);
  if (!mayLook.ok) return mayLook;
  const person = await personOf(who);
  if (person === undefined) return refuse("nobody");
  const isThere = await inTransaction(async (tx) => {
    if (!(await isSessionLive(tx, agent.sessionId, visit.now))) return false;
    if (!(await holdAgents(tx, [agent.accountId], ownerKey())).includes(agent.accountId)) return false;
    const facts = { agent: agent.name };
    await record(tx, person.id, "desk-looked-up", visit, facts);
    const budget = { name: ["desk-look-told", agent.accountId, person.id], ...lookTold };
    const [isFirst] = await spendSets(tx, [[budget]], visit.now);
    if (isFirst === true)
      await alert(tx, { id: person.id, addresses: [person.email] }, "desk-looked-up", visit, facts);
    return true;
  });
  return isThere ? ok(person) : refuse("not-an-agent");
}

/** A person, and what is under way for them. */
export async function findAtDesk(
  agent: AtDesk,
  who: string,
  visit: Visit,
): Promise<
  Result<
    {
      readonly person: Person;
      readonly requests: readonly Request[];
      readonly recovery: Case | undefined;
    },
    LookReason
  >
> {
  const found = await look(agent, who, visit);
  if (!found.ok) return found;
  const [open, recovery] = await Promise.all([listOpenRequests(visit.now), findRecovery(found.value.id)]);
  const requests = open.filter(({ accountId }) => accountId === found.value.id);
  return ok({
    person: shownPerson(found.value),
    requests: requests.map((row) => shownRequest(row, visit.now)),
    recovery: recovery && {
      caseNumber: recovery.caseNumber,
      state: recovery.state,
      readyAt: recovery.readyAt,
    },
  });
}

/** One line of a timeline; addresses and numbers masked. */
export type TimelineRow = {
  readonly at: Date;
  readonly kind: EventKind;
  readonly facts: EventFacts;
  readonly browser: string;
  readonly address: string;
};

/** What happened to an account, newest first. */
export async function timelineAtDesk(
  agent: AtDesk,
  who: string,
  limit: number,
  visit: Visit,
): Promise<Result<{ readonly person: Person; readonly events: readonly TimelineRow[] }, LookReason>> {
  const found = await look(agent, who, visit);
  if (!found.ok) return found;
  const events = await listEvents(found.value.id, Math.min(limit, numbers.desk.timeline.max));
  return ok({
    person: shownPerson(found.value),
    events: events.map(({ at, kind, facts, browser, address }) => ({
      at,
      kind,
      facts: maskedFacts(facts, maskedEmail),
      browser,
      address: maskedAddress(address),
    })),
  });
}

/** How a person would still get in if they lost one thing. */
export async function lockoutAtDesk(
  agent: AtDesk,
  who: string,
  visit: Visit,
): Promise<
  Result<
    { readonly person: Person; readonly losses: readonly Loss[]; readonly methods: readonly ActiveMethod[] },
    LookReason
  >
> {
  const found = await look(agent, who, visit);
  if (!found.ok) return found;
  const { methods, codesLeft } = await readOverview(found.value.id, visit.now);
  const losses = lockoutMap(enrolledOf(methods, codesLeft));
  return ok({ person: shownPerson(found.value), losses, methods });
}

/** A request as agents see it. */
export type Request = {
  readonly id: string;
  readonly kind: RequestKind;
  readonly state: RequestState;
  readonly email: string;
  readonly requester: string;
  readonly approver: string | null;
  /** What the requester wrote down of what they checked. */
  readonly note: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
};

const noteContext = (id: string, accountId: string) => ({
  table: "DeskRequest",
  row: id,
  account: accountId,
});

const shownRequest = (row: RequestRow, now: Date): Request => ({
  id: row.id,
  kind: row.kind,
  state: stateOf(row, now),
  email: maskedEmail(row.email),
  requester: row.requester,
  approver: row.approver,
  note: openNote(row),
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
});

function openNote(row: RequestRow): string {
  try {
    return open(row.note, noteContext(row.id, row.accountId));
  } catch {
    return ""; // moved or altered: as if nothing had been written
  }
}

/** Everything that waits for an agent. */
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
  | "no-recovery"
  | "recovery-already";

/** Whether there is anything to be done of this kind; what decides is asked again when it is carried out. */
async function isPointless(
  kind: RequestKind,
  person: PersonRow,
): Promise<"off" | "no-recovery" | "recovery-already" | undefined> {
  if (person.twoStepOnAt === null) return "off";
  if (kind === "access-pass") return undefined;
  const recovery = await findRecovery(person.id);
  const isStarted = recovery !== undefined && recovery.startedAt !== null;
  if (kind === "recovery-start") return isStarted ? "recovery-already" : undefined;
  if (kind === "support-check" && isStarted) return "recovery-already";
  return recovery === undefined ? "no-recovery" : undefined;
}

/**
 * Asks for something to be done for a person. Nothing is done by it but that the person is told: a second agent approves
 * within a day, and then the first may carry it out.
 */
export async function request(
  agent: AtDesk,
  wanted: { readonly kind: RequestKind; readonly who: string; readonly note: string },
  visit: Visit,
): Promise<Result<Request, AskReason>> {
  const note = wanted.note.trim().slice(0, numbers.desk.noteCharacters);
  if (note === "") return refuse("note-missing");
  const found = await look(agent, wanted.who, visit);
  if (!found.ok) return found;
  const person = found.value;
  if (person.id === agent.accountId) return refuse("own-account");
  const pointless = await isPointless(wanted.kind, person);
  if (pointless !== undefined) return refuse(pointless);
  const mayAsk = await spend(
    [{ name: ["desk-request", agent.accountId], ...numbers.desk.requests }],
    visit.now,
  );
  if (!mayAsk.ok) return mayAsk;
  const id = randomBase32(numbers.desk.requestIdCharacters);
  const asked = await inTransaction(async (tx): Promise<Result<undefined, AskReason>> => {
    await lockAccount(tx, person.id);
    if (!(await isSessionLive(tx, agent.sessionId, visit.now))) return refuse("not-an-agent");
    if (!(await holdAgents(tx, [agent.accountId], ownerKey())).includes(agent.accountId))
      return refuse("not-an-agent");
    if (await hasOpenRequest(tx, person.id, wanted.kind, visit.now)) return refuse("already-asked");
    await insertRequest(tx, {
      id,
      kind: wanted.kind,
      accountId: person.id,
      requesterId: agent.accountId,
      requester: agent.name,
      note: seal(note, noteContext(id, person.id)),
      createdAt: visit.now,
      expiresAt: after(visit.now, numbers.desk.request),
    });
    await tell(tx, person, "desk-requested", visit, { agent: agent.name, what: wanted.kind });
    return ok(undefined);
  });
  if (!asked.ok) return asked;
  const row = await findRequest(id);
  return row === undefined ? refuse("nobody") : ok(shownRequest(row, visit.now));
}

/**
 * The second pair of eyes. One conditional update says who approved; two at once, the requester in another desk session,
 * or an agent who was taken from the desk a moment before gain nothing by it.
 */
export async function approve(
  agent: AtDesk,
  id: string,
  visit: Visit,
): Promise<Result<Request, ApproveReason | "not-an-agent">> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const before = await findRequest(requestId(id));
  const why = approveRefusal(before, agent.accountId, visit.now);
  if (before === undefined || why !== undefined) return refuse(why ?? "no-request");
  const phones = await phonesToTell(before.accountId);
  const approved = await inTransaction(
    async (tx): Promise<Result<undefined, ApproveReason | "not-an-agent">> => {
      await lockAccount(tx, before.accountId);
      if (!(await isSessionLive(tx, agent.sessionId, visit.now))) return refuse("not-an-agent");
      const agents = await holdAgents(tx, [agent.accountId, before.requesterId], ownerKey());
      if (!agents.includes(agent.accountId)) return refuse("not-an-agent");
      if (!agents.includes(before.requesterId)) return refuse("requester-gone");
      if (!(await markApproved(tx, before.id, { id: agent.accountId, name: agent.name }, visit.now)))
        return refuse("already-approved");
      const facts = { agent: agent.name, requester: before.requester, what: before.kind };
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
    await lockAccount(tx, before.accountId);
    if (!(await isSessionLive(tx, agent.sessionId, visit.now))) return undefined;
    if (!(await holdAgents(tx, [agent.accountId], ownerKey())).includes(agent.accountId)) return undefined;
    const isOver = (await markEnded(tx, before.id, visit.now)) || (await endPassOf(tx, before.id, visit.now));
    if (!isOver) return false;
    const facts = { agent: agent.name, requester: before.requester, what: before.kind };
    await tell(tx, { id: before.accountId, email: before.email }, "desk-refused", visit, facts);
    return true;
  });
  if (isEnded === undefined) return refuse("not-an-agent");
  const row = await findRequest(before.id);
  if (row === undefined) return refuse("no-request");
  if (isEnded) return ok(shownRequest(row, visit.now));
  const state = stateOf(row, visit.now);
  return refuse(state === "waiting" || state === "approved" ? "ended" : state);
}

/** What came of a request that was carried out: a pass, which is shown this once, or the case of a recovery. */
export type Done = {
  readonly request: Request;
  readonly pass?: { readonly text: string; readonly until: Date };
  readonly caseNumber?: string;
};

/**
 * Carries an approved request out, once, by who asked for it. Both agents must still be agents, and the person is told
 * by mail and text at once. What a recovery refuses then is not done, and the request is spent all the same.
 */
export async function carryOut(
  agent: AtDesk,
  id: string,
  visit: Visit,
): Promise<Result<Done, CarryOutReason | "not-an-agent">> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const before = await findRequest(requestId(id));
  const why = carryOutRefusal(before, agent.accountId, visit.now);
  if (before === undefined || why !== undefined) return refuse(why ?? "no-request");
  const pass = before.kind === "access-pass" ? newPass(before, visit) : undefined;
  const phones = await phonesToTell(before.accountId);
  const spent = await spendRequest(agent, before, pass, phones, visit);
  const row = await findRequest(before.id);
  if (!spent.ok && spent.reason === "ended")
    return refuse(carryOutRefusal(row, agent.accountId, visit.now) ?? "ended");
  if (!spent.ok) return spent;
  if (row === undefined) return refuse("no-request");
  const shown = shownRequest(row, visit.now);
  if (pass !== undefined)
    return ok({ request: shown, pass: { text: passForReading(pass.text), until: pass.row.expiresAt } });
  const done = await carryOutOfRecovery(before, visit);
  if (!done.ok) return done;
  await inTransaction((tx) => tellCarriedOut(tx, before, phones, visit));
  return ok({ request: shown, caseNumber: done.value.caseNumber });
}

function newPass({ id, accountId }: RequestRow, visit: Visit) {
  const text = randomBase32(numbers.desk.pass.characters);
  const row = {
    id: randomUUID(),
    accountId,
    requestId: id,
    hash: keyedHash("access pass", [accountId, text]),
    tries: numbers.desk.pass.tries,
    createdAt: visit.now,
    expiresAt: after(visit.now, numbers.desk.pass.lifetime),
  };
  return { text, row };
}

/** Uses an approved request up, and with it makes the pass that it is for. */
function spendRequest(
  agent: AtDesk,
  request: RequestRow,
  pass: ReturnType<typeof newPass> | undefined,
  phones: readonly string[],
  visit: Visit,
): Promise<Result<undefined, CarryOutReason | "not-an-agent">> {
  const { accountId, approverId, requesterId } = request;
  return inTransaction(async (tx): Promise<Result<undefined, CarryOutReason | "not-an-agent">> => {
    await lockAccount(tx, accountId);
    if (!(await isSessionLive(tx, agent.sessionId, visit.now))) return refuse("not-an-agent");
    const agents = await holdAgents(
      tx,
      [requesterId, ...(approverId === null ? [] : [approverId])],
      ownerKey(),
    );
    if (!agents.includes(requesterId)) return refuse("not-an-agent");
    if (approverId === null || !agents.includes(approverId)) return refuse("approver-gone");
    if (!(await isTwoStepOn(tx, accountId))) return refuse("off");
    if (!(await markCarriedOut(tx, request.id, agent.accountId, visit.now))) return refuse("ended");
    if (pass === undefined) return ok(undefined);
    await insertPass(tx, pass.row);
    await tellCarriedOut(tx, request, phones, visit);
    return ok(undefined);
  });
}

function tellCarriedOut(
  tx: Transaction,
  request: RequestRow,
  phones: readonly string[],
  visit: Visit,
): Promise<void> {
  const { accountId, email, requester, approver, kind } = request;
  const facts = { agent: requester, approver: approver ?? "", what: kind };
  return tell(tx, { id: accountId, email }, "desk-carried-out", visit, facts, phones);
}

async function carryOutOfRecovery(
  { kind, accountId, requester, approver, createdAt }: RequestRow,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, CarryOutReason>> {
  const agents = [requester, approver ?? ""].join(", ");
  if (kind === "recovery-stop") {
    const stopped = await stopRecovery(accountId, { by: "desk", agent: agents }, visit);
    return stopped.ok ? stopped : refuse("no-recovery");
  }
  const done = await (kind === "support-check"
    ? addSupportCheck(accountId, agents, visit, createdAt)
    : startRecoveryForSupport(accountId, agents, visit));
  if (done.ok) return done;
  if (done.reason === "already") return refuse("recovery-already");
  if (done.reason === "not-needed") return refuse("off");
  return done.reason === "limit" ? refuse("limit", done.details) : refuse("no-recovery");
}

/** Why the list of agents stayed as it is. */
export type AgentReason =
  | "not-the-owner"
  | "nobody"
  | "off"
  | "needs-app"
  | "owner-is-no-agent"
  | "already"
  | "not-there";

/** Everybody who works at the desk; the owner and every agent may see it. */
export const agentsAtDesk = (): Promise<AgentRow[]> => listAgents();

/**
 * Makes somebody an agent. Only the owner may, who proves themselves at the desk as agents do, and who is none: whoever
 * chooses the eyes is not one of them. An agent has Two-Step Verification with an app, because nothing is sent here.
 */
export async function addAgent(
  owner: AtDesk,
  wanted: { readonly email: string; readonly name: string },
  visit: Visit,
): Promise<Result<AgentRow, AgentReason>> {
  if (!owner.isOwner) return refuse("not-the-owner");
  const person = await findPersonByKey(emailKey(wanted.email) ?? "");
  if (person === undefined) return refuse("nobody");
  if (person.id === owner.accountId) return refuse("owner-is-no-agent");
  if (person.twoStepOnAt === null) return refuse("off");
  const { methods } = await listActiveMethods(person.id);
  if (!methods.some(({ kind }) => kind === "app")) return refuse("needs-app");
  const name = wanted.name.trim().slice(0, numbers.fields.nameCharacters) || person.name;
  // Everybody else who works there reads of it, so that nobody becomes a second pair of eyes unseen.
  const [agents, self] = await Promise.all([listAgents(), findPerson(owner.accountId)]);
  const readers = new Map(agents.map(({ accountId, email }) => [accountId, email]));
  if (self !== undefined) readers.set(self.id, self.email);
  readers.delete(person.id);
  const isNew = await inTransaction(async (tx) => {
    if (!(await isSessionLive(tx, owner.sessionId, visit.now))) return undefined;
    if (!(await insertAgent(tx, { accountId: person.id, name, addedAt: visit.now }))) return false;
    await tell(tx, person, "desk-agent-added", visit, {});
    for (const [id, email] of readers)
      await alert(tx, { id, addresses: [email] }, "desk-colleague-added", visit, { agent: name });
    return true;
  });
  if (isNew === undefined) return refuse("not-the-owner");
  if (!isNew) return refuse("already");
  return ok({ accountId: person.id, name, email: person.email, addedAt: visit.now, isOn: true });
}

/** Takes somebody from the desk, at once and with everything that they had begun. */
export async function removeAgent(
  owner: AtDesk,
  email: string,
  visit: Visit,
): Promise<Result<undefined, AgentReason>> {
  if (!owner.isOwner) return refuse("not-the-owner");
  const person = await findPersonByKey(emailKey(email) ?? "");
  if (person === undefined) return refuse("nobody");
  return inTransaction(async (tx) => {
    if (!(await isSessionLive(tx, owner.sessionId, visit.now))) return refuse("not-the-owner");
    if (!(await dropAgent(tx, person.id))) return refuse("not-there");
    await endWorkAtDesk(tx, person.id, visit.now);
    await tell(tx, person, "desk-agent-removed", visit, {});
    return ok(undefined);
  });
}
