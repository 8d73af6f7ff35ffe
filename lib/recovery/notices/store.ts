import "server-only";
import { query, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";

/**
 * Begins the wait of every recovery whose first notice was handed over, and records it: one statement, by the
 * database's clock. Any number of instances may do it at once; returns how many began. One that a request holds, or whose
 * account it holds, begins at the next look: the event refers to the account, which would be locked after its recovery and
 * so in another order than a request locks them (`lockAccount`).
 */
export async function beginWaits(): Promise<number> {
  const { finishWithin, noticeEvery } = numbers.recovery;
  const [row] = await query<{ count: number }>(
    "recovery_begin_waits",
    `WITH noticed AS MATERIALIZED (
       SELECT r."id" FROM "Recovery" r JOIN "Account" a ON a."id" = r."accountId"
       WHERE r."startedAt" IS NOT NULL AND r."noticedAt" IS NULL AND r."endedAt" IS NULL AND r."expiresAt" > now()
         AND EXISTS (SELECT 1 FROM "Message" m WHERE m."id" = ANY (r."noticeIds") AND m."handedOverAt" IS NOT NULL)
       FOR NO KEY UPDATE SKIP LOCKED),
     begun AS (
       UPDATE "Recovery" r
       SET "noticedAt" = now(), "readyAt" = now() + r."waitMs" * interval '1 millisecond',
           "expiresAt" = now() + (r."waitMs" + $1::bigint) * interval '1 millisecond',
           "nextNoticeAt" = now() + least(r."waitMs", $2::bigint) * interval '1 millisecond'
       FROM noticed WHERE r."id" = noticed."id"
       RETURNING r."accountId", r."caseNumber"),
     event AS (
       INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
       SELECT "accountId", 'recovery-waits', now(), '', '', jsonb_build_object('case', "caseNumber") FROM begun)
     SELECT count(*)::int AS "count" FROM begun`,
    [finishWithin, noticeEvery],
  );
  return row?.count ?? 0;
}

/** Ends what nobody finished in time. */
export async function expireOverdue(): Promise<void> {
  await query(
    "recovery_expire",
    `UPDATE "Recovery" SET "endedAt" = now(), "endedBecause" = 'expired'
     WHERE "startedAt" IS NOT NULL AND "endedAt" IS NULL AND "expiresAt" <= now()`,
    [],
  );
}

type DueNotice = {
  id: string;
  linkHash: string;
  readyAt: Date | null;
  expiresAt: Date;
  isFirstOfReady: boolean;
};

/**
 * The hash of the link of one recovery whose notice is due, claimed until the transaction ends; another instance takes
 * the next one. Its next notice is a day later, or at the end of the wait. When no notice of the last round was handed
 * over, the wait is a day longer: its owner could not know of that one.
 * `isFirstOfReady`: no other has been due since the wait was over.
 */
export async function claimNotice(tx: Transaction): Promise<DueNotice | undefined> {
  const { noticeEvery } = numbers.recovery;
  const [row] = await tx.$queryRaw<DueNotice[]>`
    WITH due AS MATERIALIZED (
      SELECT d."id", d."readyAt" + l."later" AS "readyAt", l."later", d."nextNoticeAt" AS "dueAt"
      FROM "Recovery" d, LATERAL (
        SELECT CASE WHEN d."readyAt" IS NULL OR EXISTS (
            SELECT 1 FROM "Message" m WHERE m."id" = ANY (d."noticeIds") AND m."handedOverAt" IS NOT NULL)
          THEN interval '0'
          ELSE ${noticeEvery}::float8 * interval '1 millisecond' END AS "later") l
      WHERE d."startedAt" IS NOT NULL AND d."endedAt" IS NULL AND d."nextNoticeAt" <= now() AND d."expiresAt" > now()
      ORDER BY d."nextNoticeAt" LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
    UPDATE "Recovery" r
    SET "nextNoticeAt" = CASE WHEN due."readyAt" > now()
          THEN least(now() + ${noticeEvery}::float8 * interval '1 millisecond', due."readyAt")
          ELSE now() + ${noticeEvery}::float8 * interval '1 millisecond' END,
        "readyAt" = due."readyAt", "expiresAt" = r."expiresAt" + due."later"
    FROM due
    WHERE r."id" = due."id" RETURNING r."id", r."linkHash", r."readyAt", r."expiresAt",
      coalesce(due."dueAt" <= due."readyAt", false) AS "isFirstOfReady"`;
  return row;
}

/**
 * Notices that are on their way: among those whose hand-over begins the wait, or those of the last round, by which it
 * goes on. Once it is over none is needed any more, and it rests on the last one before.
 */
export async function addNotices(tx: Transaction, id: string, noticeIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Recovery"
    SET "noticeIds" = CASE WHEN "noticedAt" IS NULL THEN "noticeIds" || ${[...noticeIds]}::uuid[]
                      ELSE ${[...noticeIds]}::uuid[] END
    WHERE "id" = ${id}::uuid AND ("noticedAt" IS NULL OR "readyAt" > now())`;
}

/** A notice that could not be written: tried again in a day, and until then this wait does not end. */
export async function deferNotice(id: string): Promise<void> {
  await query(
    "recovery_defer_notice",
    `UPDATE "Recovery"
     SET "noticeIds" = CASE WHEN "noticedAt" IS NULL THEN "noticeIds" ELSE '{}' END,
         "readyAt" = CASE WHEN "readyAt" IS NOT NULL
           THEN greatest("readyAt", now() + $2::float8 * interval '1 millisecond') END,
         "expiresAt" = "expiresAt" + $2::float8 * interval '1 millisecond',
         "nextNoticeAt" = now() + $2::float8 * interval '1 millisecond'
     WHERE "id" = $1 AND "endedAt" IS NULL`,
    [id, numbers.recovery.noticeEvery],
  );
}

/** One recovery that ended and whose end nobody was told of, claimed as told. */
export async function claimEnd(tx: Transaction): Promise<{ id: string; linkHash: string } | undefined> {
  const [row] = await tx.$queryRaw<{ id: string; linkHash: string }[]>`
    WITH due AS MATERIALIZED (
      SELECT d."id" FROM "Recovery" d
      WHERE d."startedAt" IS NOT NULL AND d."endedAt" IS NOT NULL AND d."endToldAt" IS NULL
      LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE "Recovery" r SET "endToldAt" = now() FROM due
    WHERE r."id" = due."id" RETURNING r."id", r."linkHash"`;
  return row;
}

/** Of an end that could not be told nobody is told: it opened nothing. */
export async function giveUpEnd(id: string): Promise<void> {
  await query("recovery_end_untold", `UPDATE "Recovery" SET "endToldAt" = now() WHERE "id" = $1`, [id]);
}
