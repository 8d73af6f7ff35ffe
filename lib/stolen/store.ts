import "server-only";
import { type Ask, query, type Transaction } from "@/lib/db";

/**
 * Suspends methods of an account, those that wrong codes disabled among them; returns how many. They are disabled, which
 * is what every door looks at, and stand behind all others when they come back. What nobody had said the place of is on
 * that phone from now on.
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
      AND "suspendedAt" IS NULL`;
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

/** The old number of a change that its link can still undo. */
export type NumberChange = { readonly oldId: string; readonly changedAt: Date; readonly until: Date };

/**
 * The changes of a number that are no older than a proof: whoever made one must not take its way back away with what came
 * after.
 *
 * @param provenWith the method of the fresh proof; null where it was a recovery code.
 * @param ask by the transaction that changes something; else for a page that only looks.
 */
export const listChangesBefore = (
  accountId: string,
  provenWith: string | null,
  now: Date,
  ask: Ask = query,
): Promise<NumberChange[]> =>
  ask<NumberChange>(
    "number_changes_before",
    `SELECT m."id" AS "oldId", r."createdAt" AS "changedAt", r."expiresAt" AS "until"
     FROM "Method" m JOIN "Removal" r ON r."id" = m."removalId"
     WHERE m."accountId" = $1::uuid AND m."removedAt" IS NULL AND m."suspendedAt" IS NULL
       AND m."retiresAt" IS NOT NULL
       AND r."kind" = 'number-changed' AND r."usedAt" IS NULL AND r."expiresAt" > $3::timestamptz
       AND r."createdAt" <= CASE WHEN $2::uuid IS NULL
         THEN (SELECT max(c."createdAt") FROM "RecoveryCode" c WHERE c."accountId" = $1::uuid)
         ELSE (SELECT p."createdAt" FROM "Method" p WHERE p."id" = $2::uuid) END
     ORDER BY r."expiresAt" DESC`,
    [accountId, provenWith, now],
  );

/** Accounts with something whose day has come; in no order, so that some that cannot be done are not always the first. */
export const listOverdue = (now: Date, limit: number): Promise<{ accountId: string; email: string }[]> =>
  query<{ accountId: string; email: string }>(
    "stolen_overdue",
    `SELECT m."accountId", a."email" FROM "Method" m JOIN "Account" a ON a."id" = m."accountId"
     WHERE m."suspendedUntil" <= $1 AND m."removedAt" IS NULL
     GROUP BY m."accountId", a."email" ORDER BY random() LIMIT $2`,
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
