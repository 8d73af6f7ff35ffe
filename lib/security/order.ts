/** Which method is asked first, and in which order the others follow. */
import "server-only";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { securityChange } from "@/lib/proof";
import { holdSession } from "@/lib/sessions";
import { keepRetiringLast, listMethodRows, type Owner } from "@/lib/setup";
import { changeOf } from "./change";
import { askedFirst, movedUp } from "./rules";
import { forgetLastUsed, readOverview, writeOrder } from "./store";

/**
 * Moves a method one place up; what shall come later is what others are moved above. A new first one is a security
 * change, as by `askFirst`; among the others it only is recorded. Refused when it is not this account's, or there is no
 * such place.
 */
export async function moveUp(
  id: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, "not-there">> {
  const { accountId } = owner;
  const { methods } = await readOverview(accountId, visit.now);
  const place = methods.findIndex((method) => method.id === id);
  const changesFirst = place === 1;
  const work = async (tx: Transaction): Promise<Result<undefined, "not-there">> => {
    const ids = (await listMethodRows(tx, accountId)).map((row) => row.id);
    const order = movedUp(ids, id);
    // What was first when the page was asked for may not be any more: then nothing is done by the smaller recipe.
    if (order === undefined || (order[0] !== ids[0] && !changesFirst)) return refuse("not-there");
    await writeOrder(tx, accountId, order);
    await keepRetiringLast(tx, accountId);
    if (changesFirst) await forgetLastUsed(tx, accountId);
    else await record(tx, accountId, "methods-moved", visit);
    return ok(undefined);
  };
  return changesFirst
    ? securityChange(
        { ...changeOf(owner, visit), kind: "methods-reordered", because: "methods-changed" },
        work,
      )
    : inTransaction(async (tx) => {
        await holdSession(tx, owner);
        return work(tx);
      });
}

/**
 * Makes a method the one that is asked for first, on every browser. Refused when it is not one of this account's, or is
 * the first already.
 */
export function askFirst(id: string, owner: Owner, visit: Visit): Promise<Result<undefined, "not-there">> {
  const { accountId } = owner;
  return securityChange(
    { ...changeOf(owner, visit), kind: "methods-reordered", because: "methods-changed" },
    async (tx) => {
      const rows = await listMethodRows(tx, accountId);
      const ids = rows.map((row) => row.id);
      // The first one is first already: a double click changes nothing a second time.
      if (!ids.includes(id) || ids[0] === id) return refuse("not-there");
      await writeOrder(tx, accountId, askedFirst(ids, id));
      await keepRetiringLast(tx, accountId);
      await forgetLastUsed(tx, accountId);
      return ok(undefined);
    },
  );
}
