/** "Start the waiting time". */
import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { hours } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { lockAccount } from "@/lib/sessions";
import { countedFor, isProofKind, judgeEvidence } from "./rules";
import { expireOfAccount, findOfAccount, hasActive, holdCollecting, listProofs, markStarted } from "./store";
import { tellEverybody } from "./told";
import { findCollecting } from "./view";

/** Why a recovery was not started; "already": one of this account waits, and another beside it shortens nothing. */
export type StartReason = "over" | "not-enough" | "already" | "limit";

/**
 * "Start the waiting time": judges the evidence under the account's lock and tells everybody at once. The wait itself
 * begins when the first notice was handed over (notices/flow.ts). At most one of an account is under way.
 */
export async function startWaiting(
  token: string | undefined,
  visit: Visit,
): Promise<Result<{ readonly wait: number }, StartReason>> {
  const row = await findCollecting(token);
  if (row === undefined) return refuse("over");
  if (!judgeEvidence(row.proofs.filter(isProofKind)).ok) return refuse("not-enough");
  if (await isUnderWay(row.accountId)) return refuse("already");
  const spent = await spend(
    [{ name: ["recovery-start", ...countedFor(row)], ...numbers.recovery.start }],
    visit.now,
  );
  if (!spent.ok) return spent;
  return inTransaction(async (tx) => {
    await lockAccount(tx, row.accountId);
    await expireOfAccount(tx, row.accountId);
    if (await hasActive(tx, row.accountId)) return refuse("already");
    if (!(await holdCollecting(tx, row.id))) return refuse("over");
    const verdict = judgeEvidence((await listProofs(tx, row.id)).filter(isProofKind));
    if (!verdict.ok) return refuse("not-enough");
    const { wait } = verdict;
    const facts = { hours: wait / hours(1) };
    const noticeIds = await tellEverybody(tx, row, "recovery-started", facts);
    if (!(await markStarted(tx, row.id, wait, noticeIds))) throw new Error("a recovery ended under its lock");
    await record(tx, row.accountId, "recovery-started", visit, {
      case: row.caseNumber,
      ...facts,
      proofs: verdict.counted.join(" "),
    });
    return ok({ wait });
  });
}

const isUnderWay = async (accountId: string): Promise<boolean> =>
  (await findOfAccount(accountId))?.startedAt != null;
