import "server-only";
import { emailKey, maskedEmail } from "@/lib/accounts";
import { type EventFacts, type EventKind, record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { spend, spendSets } from "@/lib/limits";
import { alert, alertByPhone, type PhoneToTell } from "@/lib/proof";
import { findCase } from "@/lib/recovery";
import { readCaseNumber } from "./rules";
import {
  findPerson,
  findPersonByKey,
  findRequest,
  holdPersonAndAgents,
  isDeskSessionLive,
  type PersonRow,
} from "./store";
import { type AtDesk, ownerKey } from "./way-in";

/** Records a step in the person's log and tells them: by mail, and of what opens something at their phones too. */
export async function tell(
  tx: Transaction,
  person: { readonly id: string; readonly email: string },
  kind: EventKind,
  visit: Visit,
  facts: EventFacts,
  phones: readonly PhoneToTell[] = [],
): Promise<void> {
  await record(tx, person.id, kind, visit, facts);
  await alert(tx, { id: person.id, addresses: [person.email] }, kind, visit, factsOf(facts));
  await alertByPhone(tx, person.id, phones, kind, visit, factsOf(facts));
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

/** A person as agents see them. */
export const shownPerson = (row: PersonRow): Person => ({
  id: row.id,
  email: maskedEmail(row.email),
  isTwoStepOn: row.twoStepOnAt !== null,
});

/** The number of a request as it was typed. */
export const requestId = (text: string): string => text.trim().toUpperCase().slice(0, 20);

/** By a whole address, a request about them or the case of their recovery. There is no other search, and none by a part. */
async function personOf(who: string): Promise<PersonRow | undefined> {
  if (who.includes("@")) {
    const key = emailKey(who);
    return key === undefined ? undefined : findPersonByKey(key);
  }
  const request = await findRequest(requestId(who));
  if (request !== undefined) return findPerson(request.accountId);
  const caseNumber = readCaseNumber(who);
  const recovery = caseNumber === undefined ? undefined : await findCase(caseNumber);
  return recovery === undefined ? undefined : findPerson(recovery.accountId);
}

/** Spends one look of an agent's own budget. */
export const spendLook = (agent: AtDesk, now: Date): Promise<Result<undefined, "limit">> =>
  spend([{ name: ["desk-look", agent.accountId], ...numbers.desk.lookUps }], now);

/**
 * Looks somebody up. Each look is spent of the agent's budget before anybody is found, stands in the person's log with
 * the agent's name, and is told by mail: once an hour of one agent, because three commands are one look.
 */
export async function look(agent: AtDesk, who: string, visit: Visit): Promise<Result<PersonRow, LookReason>> {
  if (!agent.isAgent) return refuse("not-an-agent");
  const { lookTold } = numbers.desk;
  const mayLook = await spendLook(agent, visit.now);
  if (!mayLook.ok) return mayLook;
  const person = await personOf(who);
  if (person === undefined) return refuse("nobody");
  const isThere = await inTransaction(async (tx) => {
    const agents = await holdPersonAndAgents(tx, person.id, [agent.accountId], ownerKey());
    if (!agents.includes(agent.accountId)) return false;
    if (!(await isDeskSessionLive(tx, agent.sessionId, visit.now))) return false;
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
