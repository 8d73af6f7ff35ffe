import "server-only";
import { inTransaction, within } from "@/lib/db";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { stateOf } from "../rules";
import { findBy, type RecoveryRow } from "../store";
import { tellEverybody } from "../told";
import {
  addNotices,
  beginWaits,
  claimEnd,
  claimNotice,
  deferNotice,
  expireOverdue,
  giveUpEnd,
} from "./store";

/**
 * One round: waits begin whose first notice is on its way, what is overdue ends, the notices of the day go out, and
 * everybody is told of what ended. Each is claimed in the database, so several instances do each once. All of it goes by
 * the database's clock; returns how many notices were written.
 */
export async function lookAtRecoveries(): Promise<number> {
  await beginWaits();
  await expireOverdue();
  return (await upToBatch(tellNext)) + (await upToBatch(tellNextEnd));
}

/** Each of the two has a batch of its own: while many notices are due, whoever was stopped is told of it all the same. */
async function upToBatch(tell: () => Promise<boolean>): Promise<number> {
  let told = 0;
  while (told < numbers.recovery.batch && (await tell())) told += 1;
  return told;
}

/** One notice. A recovery whose notice cannot be written is in no other one's way, and does not end meanwhile. */
async function tellNext(): Promise<boolean> {
  let id: string | undefined;
  try {
    return await inTransaction(async (tx) => {
      const claimed = await claimNotice(tx);
      id = claimed?.id;
      const row = claimed && (await findBy("link", claimed.linkHash, within(tx)));
      if (row === undefined) return false;
      const at = { ...row, ...claimed };
      const isReady = stateOf(at, row.now) === "ready";
      const kind = isReady ? "recovery-ready" : "recovery-waiting";
      const ids = await tellEverybody(tx, at, kind, factsOf(at), at.isFirstOfReady);
      await addNotices(tx, row.id, ids);
      return true;
    });
  } catch (error) {
    if (id === undefined) throw error;
    await deferNotice(id);
    logUntold(id, error);
    return true;
  }
}

const logUntold = (id: string, error: unknown): void =>
  log.warn({ recovery: id, err: error }, "the notice of a recovery could not be written");

const factsOf = ({ readyAt }: RecoveryRow): Record<string, string | Date> =>
  readyAt === null ? { waits: "no" } : { waits: "yes", ready: readyAt };

async function tellNextEnd(): Promise<boolean> {
  let id: string | undefined;
  try {
    return await inTransaction(async (tx) => {
      const claimed = await claimEnd(tx);
      id = claimed?.id;
      const row = claimed && (await findBy("link", claimed.linkHash, within(tx)));
      if (row === undefined) return false;
      const because = row.endedBecause ?? "";
      // What only ran out is nobody's doing, and nothing to be woken for.
      await tellEverybody(
        tx,
        row,
        "recovery-over",
        { because: because.replaceAll("-", "_") },
        because !== "expired",
      );
      return true;
    });
  } catch (error) {
    if (id === undefined) throw error;
    await giveUpEnd(id);
    logUntold(id, error);
    return true;
  }
}
