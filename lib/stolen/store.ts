import "server-only";
import { query, type Transaction } from "@/lib/db";

/**
 * Suspends methods of an account that are in force; returns how many. They are disabled, which is what every door looks
 * at, and stand behind all others when they come back. What nobody had said the place of is on that phone from now on.
 *
 * @param thingId the phone or device that they are kept on, itself among them.
 * @param removalId what can undo it (lib/undo); null where nothing can.
 * @param until when they are removed.
 */
export async function markSuspended(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
  {
    thingId,
    removalId,
    now,
    until,
  }: {
    readonly thingId: string;
    readonly removalId: string | null;
    readonly now: Date;
    readonly until: Date;
  },
): Promise<number> {
  return tx.$executeRaw`
    UPDATE "Method" SET "suspendedAt" = ${now}, "suspendedUntil" = ${until}, "disabledAt" = ${now}, "retiresAt" = NULL,
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

/** Accounts with something whose day has come. */
export const listOverdue = (now: Date, limit: number): Promise<{ accountId: string; email: string }[]> =>
  query<{ accountId: string; email: string }>(
    "stolen_overdue",
    `SELECT DISTINCT m."accountId", a."email" FROM "Method" m JOIN "Account" a ON a."id" = m."accountId"
     WHERE m."suspendedUntil" <= $1 AND m."removedAt" IS NULL LIMIT $2`,
    [now, limit],
  );

/**
 * Removes what of an account is due, once; of two instances one gets it. Still sealed.
 *
 * @param removalId what can put it back (lib/undo).
 */
export const removeSuspended = (
  tx: Transaction,
  accountId: string,
  removalId: string,
  now: Date,
): Promise<{ id: string; kind: string; data: string }[]> =>
  tx.$queryRaw`
    UPDATE "Method" SET "removedAt" = ${now}, "removalId" = ${removalId}::uuid
    WHERE "accountId" = ${accountId}::uuid AND "suspendedUntil" <= ${now} AND "removedAt" IS NULL
    RETURNING "id", "kind", "data"`;

/** Lets what of an account is due stay suspended for longer, once; returns how many methods that is. */
export const keepSuspended = (tx: Transaction, accountId: string, until: Date, now: Date): Promise<number> =>
  tx.$executeRaw`
    UPDATE "Method" SET "suspendedUntil" = ${until}
    WHERE "accountId" = ${accountId}::uuid AND "suspendedUntil" <= ${now} AND "removedAt" IS NULL`;
