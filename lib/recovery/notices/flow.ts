import "server-only";
import { inTransaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { stateOf } from "../rules";
import { findByToken, type RecoveryRow } from "../store";
import { tellEverybody } from "../told";
import { addNotices, beginWaits, claimEnd, claimNotice, expireOverdue } from "./store";

/**
 * One round: waits begin whose first notice is on its way, what is overdue ends, the notices of the day go out, and
 * everybody is told of what ended. Each is claimed in the database, so several instances do each once. All of it goes by
 * the database's clock; returns how many notices were written.
 */
export async function lookAtRecoveries(): Promise<number> {
  await beginWaits();
  await expireOverdue();
  let told = 0;
  while (told < numbers.recovery.batch && (await tellNext())) told += 1;
  while (told < numbers.recovery.batch && (await tellNextEnd())) told += 1;
  return told;
}

const tellNext = (): Promise<boolean> =>
  inTransaction(async (tx) => {
    const claimed = await claimNotice(tx);
    const row = claimed && (await findByToken("link", claimed.linkHash));
    if (row === undefined) return false;
    const isReady = stateOf(row, row.now) === "ready";
    const ids = await tellEverybody(tx, row, isReady ? "recovery-ready" : "recovery-waiting", factsOf(row));
    await addNotices(tx, row.id, ids);
    return true;
  });

const factsOf = ({ readyAt }: RecoveryRow): Record<string, string | Date> =>
  readyAt === null ? { waits: "no" } : { waits: "yes", ready: readyAt };

const tellNextEnd = (): Promise<boolean> =>
  inTransaction(async (tx) => {
    const claimed = await claimEnd(tx);
    const row = claimed && (await findByToken("link", claimed.linkHash));
    if (row === undefined) return false;
    await tellEverybody(tx, row, "recovery-over", {
      because: (row.endedBecause ?? "").replaceAll("-", "_"),
    });
    return true;
  });

/**
 * Looks in this process every few seconds. A database that is gone is tried again; nothing is lost, because what is due
 * stays due.
 */
export function startRecoveryNotices(): { stop(): Promise<void> } {
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const work = async (): Promise<void> => {
    try {
      await lookAtRecoveries();
    } catch {
      // Due again at the next round.
    }
    if (!isStopping) schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      round = work();
    }, numbers.recovery.lookEvery);
    timer.unref();
  };
  schedule();

  return {
    stop: async () => {
      isStopping = true;
      clearTimeout(timer);
      await round;
    },
  };
}
