import "server-only";
import { emailKey } from "@/lib/accounts";
import { type Ask, inTransaction, query, within } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { listActiveMethods } from "@/lib/methods";
import { alert, dropAgent, endWorkAtDesk } from "@/lib/proof";
import { lockAccountIfThere } from "@/lib/sessions";
import type { AskedAtDesk } from "@/lib/sign-in";
import { tell } from "./person";
import { askForStep, type StepReason, takeStep } from "./steps";
import {
  type AgentRow,
  findPerson,
  findPersonByKey,
  insertAgent,
  isDeskSessionLive,
  listAgents,
  type PersonRow,
  standingAtDesk,
} from "./store";
import type { AtDesk } from "./way-in";

/** Why the list of agents stayed as it is. */
export type AgentReason =
  | "not-the-owner"
  | "nobody"
  | "off"
  | "held"
  | "needs-app"
  | "owner-is-no-agent"
  | "already"
  | "not-there"
  | "no-step";

/** Everybody who works at the desk; the owner and every agent may see it. */
export const agentsAtDesk = (): Promise<AgentRow[]> => listAgents();

/** Whether somebody may become an agent; whoever a way back in let in a short while ago is as good as unknown. */
async function candidate(
  owner: AtDesk,
  email: string,
  visit: Visit,
  ask: Ask = query,
): Promise<Result<PersonRow, Exclude<AgentReason, "not-there" | "no-step">>> {
  if (!owner.isOwner) return refuse("not-the-owner");
  const person = await findPersonByKey(emailKey(email) ?? "", ask);
  if (person === undefined) return refuse("nobody");
  if (person.id === owner.accountId) return refuse("owner-is-no-agent");
  if (person.twoStepOnAt === null) return refuse("off");
  const { methods } = await listActiveMethods(person.id, ask);
  if (!methods.some(({ kind }) => kind === "app")) return refuse("needs-app");
  // As the owner's would be looked at: whether they are an agent yet is another question.
  const standing = await standingAtDesk(person.id, emailKey(person.email) ?? null, visit.now, ask);
  return standing?.heldUntil == null ? ok(person) : refuse("held", { retryAt: standing.heldUntil });
}

/** Asks the owner for the code that this one new agent takes. */
export async function askToAddAgent(
  owner: AtDesk,
  email: string,
  visit: Visit,
): Promise<Result<AskedAtDesk, AgentReason | StepReason>> {
  const found = await candidate(owner, email, visit);
  return found.ok ? askForStep(owner, "add-agent", found.value.id, visit) : found;
}

/**
 * Makes somebody an agent, with a code that was given for it a moment ago. Only the owner may, who proves themselves at
 * the desk as agents do, and who is none: whoever chooses the eyes is not one of them. An agent has Two-Step Verification
 * with an app, because nothing is sent here.
 */
export async function addAgent(
  owner: AtDesk,
  wanted: { readonly email: string; readonly name: string },
  visit: Visit,
): Promise<Result<AgentRow, AgentReason>> {
  const found = await candidate(owner, wanted.email, visit);
  if (!found.ok) return found;
  const { id } = found.value;
  const self = await findPerson(owner.accountId);
  return inTransaction(async (tx): Promise<Result<AgentRow, AgentReason>> => {
    if ((await lockAccountIfThere(tx, id)) === undefined) return refuse("nobody");
    if (!(await isDeskSessionLive(tx, owner.sessionId, visit.now))) return refuse("not-the-owner");
    // What was true of them may not be any more: recovered, without their app, or another's is the address by now.
    const still = await candidate(owner, wanted.email, visit, within(tx));
    if (!still.ok) return still;
    const person = still.value;
    if (person.id !== id) return refuse("nobody");
    const name = wanted.name.trim().slice(0, numbers.fields.nameCharacters) || person.name;
    // Everybody else who works there reads of it, so that nobody becomes a second pair of eyes unseen.
    const agents = await listAgents(within(tx));
    const readers = new Map(agents.map(({ accountId, email }) => [accountId, email]));
    if (self !== undefined) readers.set(self.id, self.email);
    readers.delete(person.id);
    if (!(await takeStep(tx, owner, "add-agent", person.id, visit))) return refuse("no-step");
    if (!(await insertAgent(tx, { accountId: person.id, name, addedAt: visit.now })))
      return refuse("already");
    await tell(tx, person, "desk-agent-added", visit, {});
    for (const [reader, email] of readers)
      await alert(tx, { id: reader, addresses: [email] }, "desk-colleague-added", visit, { agent: name });
    return ok({ accountId: person.id, name, email: person.email, addedAt: visit.now, isOn: true });
  });
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
    if ((await lockAccountIfThere(tx, person.id)) === undefined) return refuse("nobody");
    if (!(await isDeskSessionLive(tx, owner.sessionId, visit.now))) return refuse("not-the-owner");
    if (!(await dropAgent(tx, person.id))) return refuse("not-there");
    await endWorkAtDesk(tx, person.id, visit.now);
    await tell(tx, person, "desk-agent-removed", visit, {});
    return ok(undefined);
  });
}
