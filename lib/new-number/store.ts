import "server-only";
import { query, type Transaction } from "@/lib/db";

/**
 * Says when a number of this account goes by itself, and what can undo that; false when it is not there (any more), or
 * goes already.
 */
export async function markRetiring(
  tx: Transaction,
  method: { readonly id: string; readonly accountId: string; readonly removalId: string },
  retiresAt: Date,
): Promise<boolean> {
  const { count } = await tx.method.updateMany({
    where: {
      id: method.id,
      accountId: method.accountId,
      kind: "phone",
      removedAt: null,
      disabledAt: null,
      retiresAt: null,
    },
    data: { retiresAt, removalId: method.removalId },
  });
  return count === 1;
}

/** A number stays after all; false when it is not there or stays already. */
export async function markKept(tx: Transaction, accountId: string, id: string): Promise<boolean> {
  const { count } = await tx.method.updateMany({
    where: { id, accountId, removedAt: null, retiresAt: { not: null } },
    data: { retiresAt: null, removalId: null },
  });
  return count === 1;
}

/** What was said to be kept on the phone with the old number is on the one with the new number: it is the same phone. */
export async function moveWhatIsKept(
  tx: Transaction,
  accountId: string,
  change: { readonly oldId: string; readonly newId: string },
): Promise<void> {
  await tx.method.updateMany({
    where: { accountId, livesOn: change.oldId, removedAt: null },
    data: { livesOn: change.newId },
  });
}

/** A number whose time is over, still sealed. */
export type DueNumber = { id: string; accountId: string; kind: string; data: string; email: string };

/** Numbers whose thirty days are over, the longest first. A suspended one waits: its own end comes before. */
export const listDue = (now: Date, limit: number): Promise<DueNumber[]> =>
  query<DueNumber>(
    "new_number_due",
    `SELECT m."id", m."accountId", m."kind", m."data", a."email"
     FROM "Method" m JOIN "Account" a ON a."id" = m."accountId"
     WHERE m."retiresAt" <= $1 AND m."removedAt" IS NULL AND m."suspendedAt" IS NULL
     ORDER BY m."retiresAt" LIMIT $2`,
    [now, limit],
  );

/** Takes a number out of use whose time is over, once: false when another instance was faster, or it stays since. */
export async function markRetired(
  tx: Transaction,
  id: string,
  removalId: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.method.updateMany({
    where: { id, removedAt: null, suspendedAt: null, retiresAt: { lte: now } },
    data: { removedAt: now, removalId },
  });
  return count === 1;
}
