import "server-only";
import { query, type Transaction } from "@/lib/db";

/**
 * Suspends methods of an account that are in force; returns how many. They are disabled, which is what every door looks
 * at, and stand behind all others when they come back. What nobody had said the place of is on that phone from now on.
 *
 * @param thingId the phone or device that they are kept on, itself among them.
 * @param removalId what can undo it (lib/undo); null where nothing can.
 */
export async function markSuspended(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
  {
    thingId,
    removalId,
    now,
  }: { readonly thingId: string; readonly removalId: string | null; readonly now: Date },
): Promise<number> {
  return tx.$executeRaw`
    UPDATE "Method" SET "suspendedAt" = ${now}, "disabledAt" = ${now}, "retiresAt" = NULL,
      "removalId" = ${removalId}::uuid,
      "livesOn" = CASE WHEN "id" = ${thingId}::uuid THEN "livesOn" ELSE ${thingId} END,
      "position" = "position" + (SELECT max("position") + 1 FROM "Method" WHERE "accountId" = ${accountId}::uuid)
    WHERE "accountId" = ${accountId}::uuid AND "id" = ANY (${[...ids]}::uuid[]) AND "removedAt" IS NULL
      AND "disabledAt" IS NULL`;
}

/** What was suspended with a phone or device and is still there, as this transaction sees it. */
export const listSuspendedWith = (
  tx: Transaction,
  accountId: string,
  thingId: string,
): Promise<{ id: string; identity: string | null }[]> =>
  tx.method.findMany({
    where: {
      accountId,
      removedAt: null,
      suspendedAt: { not: null },
      OR: [{ id: thingId }, { livesOn: thingId }],
    },
    select: { id: true, identity: true },
  });

/** Accounts with something that was suspended too long ago. */
export const listOverdue = (overdue: Date, limit: number): Promise<{ accountId: string; email: string }[]> =>
  query<{ accountId: string; email: string }>(
    "stolen_overdue",
    `SELECT DISTINCT m."accountId", a."email" FROM "Method" m JOIN "Account" a ON a."id" = m."accountId"
     WHERE m."suspendedAt" <= $1 AND m."removedAt" IS NULL LIMIT $2`,
    [overdue, limit],
  );

/** Removes what of an account was suspended too long ago, once; of two instances one gets it. Still sealed. */
export const removeSuspended = (
  tx: Transaction,
  accountId: string,
  overdue: Date,
  now: Date,
): Promise<{ id: string; kind: string; data: string }[]> =>
  tx.$queryRaw`
    UPDATE "Method" SET "removedAt" = ${now}, "removalId" = NULL
    WHERE "accountId" = ${accountId}::uuid AND "suspendedAt" <= ${overdue} AND "removedAt" IS NULL
    RETURNING "id", "kind", "data"`;
