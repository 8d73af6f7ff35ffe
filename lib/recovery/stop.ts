/** How a recovery is stopped: on its owner's page, by the desk, by the link of a mail, or by the browser that began it. */
import "server-only";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { lockAccount } from "@/lib/sessions";
import {
  findNamedCase,
  findOfAccount,
  markEnded,
  type NamedCase,
  type RecoveryRow,
  type TokenKind,
} from "./store";
import { rowOf } from "./view";

/** Who stops a recovery, for the log: its owner on a page, or an agent of the desk by name. */
type Stopper = { readonly by: "owner" } | { readonly by: "desk"; readonly agent: string };

/**
 * Its owner stops the recovery of an account, whether it collects evidence or waits; everybody is told of one that was
 * started. "gone": there is none (any more).
 */
export async function stopRecovery(
  accountId: string,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  const row = await findOfAccount(accountId);
  return row === undefined ? refuse("gone") : stop(row, { by: "owner" }, visit);
}

/** The desk stops one case, in the transaction of its request. "gone": it has ended, or is another account's. */
export async function stopCase(
  tx: Transaction,
  named: NamedCase,
  agent: string,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  if ((await findNamedCase(tx, named)) === undefined) return refuse("gone");
  return stopIn(tx, named, { by: "desk", agent }, visit);
}

/** The same with the link of a mail, or by the browser that began it. */
export async function stopByToken(
  kind: TokenKind,
  token: string | undefined,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  const row = await rowOf(kind, token);
  return row === undefined ? refuse("gone") : stop(row, { by: "owner" }, visit);
}

const stop = (
  row: RecoveryRow,
  stopper: Stopper,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> =>
  inTransaction((tx) => stopIn(tx, row, stopper, visit));

async function stopIn(
  tx: Transaction,
  { id, accountId }: NamedCase,
  stopper: Stopper,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  await lockAccount(tx, accountId);
  const ended = await markEnded(tx, id, stopper.by === "desk" ? "desk" : "stopped");
  if (ended === undefined) return refuse("gone");
  await record(tx, accountId, "recovery-stopped", visit, {
    case: ended.caseNumber,
    by: stopper.by,
    ...(stopper.by === "desk" ? { agent: stopper.agent } : {}),
  });
  return ok({ caseNumber: ended.caseNumber });
}
