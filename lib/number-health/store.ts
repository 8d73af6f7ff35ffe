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
 * carrier is down there are more of them than one look takes, and the same ones must not always be the first.
 */
export async function listWatched(since: Date, limit: number): Promise<WatchedMethod[]> {
  return query<WatchedMethod>(
    "number_health_watched",
    `SELECT m."id", m."accountId", m."kind", m."data", m."warnedAt", a."email", a."language"
     FROM "Method" m JOIN "Account" a ON a."id" = m."accountId"
     WHERE m."kind" = 'phone' AND m."removedAt" IS NULL AND m."disabledAt" IS NULL AND a."twoStepOnAt" IS NOT NULL
       AND ((m."warnedAt" IS NULL AND m."accountId" IN (
               SELECT g."accountId" FROM "Message" g WHERE g."failedAt" > $1 AND g."channel" <> 'email'))
         OR (m."warnedAt" IS NOT NULL AND m."accountId" IN (
               SELECT g."accountId" FROM "Message" g WHERE g."createdAt" > $1 AND g."channel" <> 'email'
                 AND (g."state" = 'delivered' OR g."confirmedAt" IS NOT NULL))))
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
