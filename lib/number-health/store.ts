import "server-only";
import { query, type Transaction } from "@/lib/db";

/** A phone of an account whose messages did or did not arrive lately; still sealed. */
export type WatchedMethod = {
  id: string;
  accountId: string;
  kind: string;
  data: string;
  warnedAt: Date | null;
  email: string;
  /** In which messages to its owner are written. */
  language: string | null;
};

/**
 * Phones worth a look: of accounts with a text or call that failed since then, where the owner was not told yet; and
 * those that were told of, where one arrived since then. Only where Two-Step Verification is on. In no order: when a
 * carrier is down there are more of them than one look takes, and the same ones must not always be the first. Begins at the
 * messages, and asks for the phones of each account by itself (OFFSET 0): joined, every look reads everybody's methods.
 */
export async function listWatched(since: Date, limit: number): Promise<WatchedMethod[]> {
  return query<WatchedMethod>(
    "number_health_watched",
    `SELECT m.* FROM (
       SELECT "accountId", FALSE AS "isWarned" FROM "Message" WHERE "failedAt" > $1 AND "channel" <> 'email'
       UNION
       SELECT "accountId", TRUE FROM "Message" WHERE "createdAt" > $1 AND "channel" <> 'email'
         AND ("state" = 'delivered' OR "confirmedAt" IS NOT NULL)) g
     CROSS JOIN LATERAL (
       SELECT p."id", p."accountId", p."kind", p."data", p."warnedAt", a."email", a."language"
       FROM "Account" a JOIN "Method" p ON p."accountId" = a."id"
       WHERE a."id" = g."accountId" AND a."twoStepOnAt" IS NOT NULL
         AND p."kind" = 'phone' AND p."removedAt" IS NULL AND p."disabledAt" IS NULL
         AND (p."warnedAt" IS NOT NULL) = g."isWarned" OFFSET 0) m
     ORDER BY random() LIMIT $2`,
    [since, limit],
  );
}

/** Marks a method as told of, once: false when another instance was faster, or the method is gone. */
export async function markWarned(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.method.updateMany({
    where: { id, warnedAt: null, removedAt: null },
    data: { warnedAt: now },
  });
  return count === 1;
}

/** Takes the mark away. */
export async function clearWarned(id: string): Promise<void> {
  await query("number_health_clear", `UPDATE "Method" SET "warnedAt" = NULL WHERE "id" = $1`, [id]);
}
