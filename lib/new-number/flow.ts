import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import {
  type ActiveMethod,
  describeMethod,
  listActiveMethods,
  type MethodFacts,
  openMethodData,
  openMethods,
} from "@/lib/methods";
import { alert, heldUntil, readHold, securityChange } from "@/lib/proof";
import { forgetLastUsed, writeOrder } from "@/lib/security";
import { lockAccount } from "@/lib/sessions";
import {
  type BeginSetupReason,
  beginSetup,
  type ConfirmReason,
  confirmReplacement,
  keepRetiringLast,
  listMethodRows,
  methodEventFacts,
  type Owner,
  type Pending,
  pendingPhone,
} from "@/lib/setup";
import { keepWayBack, newWayBack } from "@/lib/undo";
import { orderWith, retirement } from "./rules";
import { type DueNumber, listDue, markKept, markRetired, markRetiring, moveWhatIsKept } from "./store";

type Phone = Extract<ActiveMethod, { kind: "phone" }>;

const isPhone = (method: ActiveMethod): method is Phone => method.kind === "phone";

const digitsOf = (facts: MethodFacts): string => (facts.kind === "phone" ? facts.lastDigits : "");

/** The numbers of an account that could change: those that stay. */
export async function changeableNumbers(owner: Owner): Promise<readonly Phone[]> {
  const { methods } = await listActiveMethods(owner.accountId);
  return methods.filter(isPhone).filter(({ retiresAt }) => retiresAt === null);
}

/** The new number that this session is confirming in the place of that one; undefined when there is none. Writes nothing. */
export async function pendingNumber(id: string, owner: Owner, now: Date): Promise<Pending | undefined> {
  const pending = await pendingPhone(owner, now);
  return pending?.replaces === id ? pending : undefined;
}

/**
 * Why a new number was not begun; "not-there": the one that it would take the place of is none of theirs, or goes
 * already; "held": the proof came by a way back in and takes nothing away yet.
 */
export type NewNumberReason = BeginSetupReason | "not-there" | "held";

/** "My number will change": sends a code to the new number. The old one stays what it is until that is confirmed. */
export async function beginNewNumber(
  id: string,
  input: unknown,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, NewNumberReason>> {
  const phones = await changeableNumbers(owner);
  if (!phones.some((phone) => phone.id === id)) return refuse("not-there");
  const held = await readHold(owner, visit.now);
  if (held !== undefined) return refuse("held", { retryAt: held });
  return beginSetup("phone", input, owner, visit, { replaces: id });
}

/**
 * Confirms the new number. From then on it is asked for where the old one was, and the old one is the last backup for
 * thirty days, after which it goes by itself. Both are told by text, every address by mail, and for seven days the mail
 * can undo it with a code of the old number.
 *
 * Refused with "gone" when there is nothing to confirm (any more): confirmed a moment ago, begun for another number.
 */
export async function confirmNewNumber(
  id: string,
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<MethodFacts, ConfirmReason>> {
  const { accountId } = owner;
  const old = (await changeableNumbers(owner)).find((phone) => phone.id === id);
  if (old === undefined) return refuse("gone");
  const back = newWayBack();
  const retiresAt = after(visit.now, numbers.newNumber.keepOldFor);
  return confirmReplacement(answer, owner, visit, {
    replaces: id,
    kind: "number-changed",
    facts: { oldDigits: digitsOf(describeMethod(old)) },
    mailFacts: { until: retiresAt, link: back.url },
    work: async (tx, newId) => {
      const change = { oldId: id, newId };
      if ((await heldUntil(tx, owner, visit.now)) !== undefined) return refuse("gone");
      if (!(await markRetiring(tx, { id, accountId, removalId: back.id }, retiresAt))) return refuse("gone");
      const ids = (await listMethodRows(tx, accountId)).map((row) => row.id);
      await writeOrder(tx, accountId, orderWith(ids, change));
      await moveWhatIsKept(tx, accountId, change);
      await forgetLastUsed(tx, accountId);
      await keepWayBack(tx, back, { accountId, email: owner.email, kind: "number-changed" }, visit.now);
      return ok(undefined);
    },
  });
}

/** "Keep this number": it does not go by itself any more. Refused when it is not theirs, or stays already. */
export async function keepNumber(
  id: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, "not-there">> {
  const { accountId } = owner;
  const { methods } = await listActiveMethods(accountId);
  const phone = methods.filter(isPhone).find((candidate) => candidate.id === id);
  if (phone === undefined) return refuse("not-there");
  return securityChange(
    {
      accountId,
      addresses: [owner.email],
      keepSessionId: owner.id,
      kind: "number-kept",
      because: "methods-changed",
      visit,
      facts: { ...methodEventFacts(describeMethod(phone)), isLast: "no" },
    },
    async (tx) => {
      if (!(await markKept(tx, accountId, id))) return refuse("not-there");
      await keepRetiringLast(tx, accountId);
      return ok(undefined);
    },
  );
}

/**
 * Retires the numbers whose thirty days are over. Any number of instances may look at once: each number goes once. Nobody
 * is signed out by it, because it was announced. Returns how many went.
 */
export async function retireDue(now: Date): Promise<number> {
  let retired = 0;
  for (const due of await listDue(now, numbers.newNumber.batch)) {
    // One that cannot be done must not hold up everybody's after it.
    const done = await retireOrKeep(due, now).catch((error) => {
      log.warn({ err: error }, "a number could not be retired");
    });
    if (done === "retire") retired += 1;
  }
  return retired;
}

async function retireOrKeep(due: DueNumber, now: Date): Promise<"retire" | "keep" | undefined> {
  const { id, accountId, email } = due;
  const opened = openMethodData("Method", due);
  const facts = opened === undefined ? undefined : methodEventFacts(describeMethod(opened));
  // Nobody's browser had a part in it, so neither the log nor the mail names one.
  const visit: Visit = { now, address: "", browser: "" };
  const back = newWayBack();
  return inTransaction(async (tx) => {
    await lockAccount(tx, accountId);
    const { methods } = openMethods(accountId, await listMethodRows(tx, accountId));
    const others = methods.filter((method) => method.id !== id && method.retiresAt === null);
    const what = retirement(others.length);
    const isDone =
      what === "keep" ? await markKept(tx, accountId, id) : await markRetired(tx, id, back.id, now);
    if (!isDone) return undefined;
    const kind = what === "keep" ? "number-kept" : "number-retired";
    const shown = { ...(facts ?? methodEventFacts({ kind: "recovery-codes" })), isLast: "yes" };
    if (what === "retire") await keepWayBack(tx, back, { accountId, email, kind: "number-retired" }, now);
    await record(tx, accountId, kind, visit, shown);
    await alert(tx, { id: accountId, addresses: [email] }, kind, visit, { ...shown, link: back.url });
    return what;
  });
}
