import "server-only";
import { query, type Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { type Channel, isChannel } from "./channels";
import type { Cost } from "./provider";
import type { MessageState, ReportedState } from "./rules";

/** A message as it is written, its words sealed. */
export type NewMessage = {
  readonly id: string;
  readonly accountId: string | null;
  readonly channel: string;
  readonly purpose: string;
  readonly content: string;
  readonly country: string | null;
  readonly recipient: string;
  readonly createdAt: Date;
  readonly nextTryAt: Date;
  readonly expiresAt: Date;
  readonly keptUntil: Date | null;
  readonly notBy: string[];
};

/** Writes a message in the transaction of its cause. */
export async function insertMessage(tx: Transaction, message: NewMessage): Promise<void> {
  await tx.message.create({ data: { ...message, state: "queued" } });
}

/** The language in which messages to an account are written; null while none is known. */
export async function findLanguage(tx: Transaction, accountId: string): Promise<string | null> {
  const row = await tx.account.findUnique({ where: { id: accountId }, select: { language: true } });
  return row?.language ?? null;
}

/** A claimed message as its row has it. */
type StoredMessage = Omit<ClaimedMessage, "channel"> & { channel: string };

/** A message that this process has for itself for a while, its words still sealed. */
export type ClaimedMessage = {
  id: string;
  accountId: string | null;
  /** Undefined for one that this version does not know. */
  channel: Channel | undefined;
  purpose: string;
  content: string | null;
  tries: number;
  expiresAt: Date;
  notBy: string[];
};

/** A row as it was read, its channel only where it is one. */
const read = <Row extends { readonly channel: string }>(
  row: Row,
): Omit<Row, "channel"> & { channel: Channel | undefined } => ({
  ...row,
  channel: isChannel(row.channel) ? row.channel : undefined,
});

/** Claims one message for this process until `until`, if nobody else has it. */
export async function claimMessage(id: string, now: Date, until: Date): Promise<ClaimedMessage | undefined> {
  const [row] = await query<StoredMessage>(
    "message_claim",
    `UPDATE "Message" SET "tries" = "tries" + 1, "nextTryAt" = $3
     WHERE "id" = $1 AND "state" = 'queued' AND ("tries" = 0 OR "nextTryAt" <= $2)
     RETURNING "id", "accountId", "channel", "purpose", "content", "tries", "expiresAt", "notBy"`,
    [id, now, until],
  );
  return row && read(row);
}

/**
 * Claims messages of one channel that are due, oldest first; instances never claim the same one (SKIP LOCKED). An alert
 * waits while an older one to the same recipient is still here, so that a person reads what happened in order. An array,
 * and no join: it is made once, where a join may read the queue anew for each message.
 */
export async function claimDueMessages(
  channel: Channel,
  now: Date,
  until: Date,
  limit: number,
): Promise<ClaimedMessage[]> {
  const rows = await query<StoredMessage>(
    "message_claim_due",
    `UPDATE "Message" m SET "tries" = m."tries" + 1, "nextTryAt" = $3
     WHERE m."id" = ANY (ARRAY(SELECT d."id" FROM "Message" d WHERE d."channel" = $1 AND d."nextTryAt" <= $2
             AND (d."purpose" <> 'alert' OR NOT EXISTS (
               SELECT 1 FROM "Message" o WHERE o."recipient" = d."recipient" AND o."createdAt" < d."createdAt"
                 AND o."state" = 'queued' AND o."purpose" = 'alert'))
           ORDER BY d."nextTryAt" LIMIT $4 FOR UPDATE OF d SKIP LOCKED))
     RETURNING m."id", m."accountId", m."channel", m."purpose", m."content", m."tries", m."expiresAt", m."notBy"`,
    [channel, now, until, limit],
  );
  return rows.map(read);
}

const isTaken = (error: unknown): boolean => (error as { code?: unknown }).code === "23505";

// While the next provider may still need them, a message that was taken keeps its words; an end wipes them.
const keptContent = (state: string, now: string): string =>
  `CASE WHEN "keptUntil" > ${now}::timestamptz AND ${state} IN ('handed-over', 'accepted') THEN "content" END`;
const keptUntil = (state: string): string =>
  `CASE WHEN ${state} IN ('handed-over', 'accepted') THEN "keptUntil" END`;

/**
 * The message reached the provider; what it said is no longer ours to keep, but for the next provider (`keptUntil`). A
 * report may have been faster: then nothing changes.
 */
export async function markHandedOver(
  id: string,
  said: {
    readonly state: "handed-over" | "accepted" | "delivered";
    readonly provider: string;
    readonly providerId: string | undefined;
    readonly cost: Cost | undefined;
    /** When to ask what it cost, where the provider tells that later. */
    readonly costAskAt: Date | undefined;
  },
  now: Date,
): Promise<void> {
  const mark = (providerId: string | null) =>
    query(
      "message_handed_over",
      `UPDATE "Message" SET "state" = $2, "provider" = $3, "providerId" = $4, "handedOverAt" = $5,
         "acceptedAt" = CASE WHEN $2 = 'accepted' THEN $5::timestamptz END,
         "deliveredAt" = CASE WHEN $2 = 'delivered' THEN $5::timestamptz END,
         "cost" = $6, "currency" = $7, "reason" = NULL, "nextTryAt" = NULL, "costAskAt" = $8,
         "content" = ${keptContent("$2", "$5")}, "keptUntil" = ${keptUntil("$2")}
       WHERE "id" = $1 AND "state" = 'queued'`,
      [
        id,
        said.state,
        said.provider,
        providerId,
        now,
        said.cost?.amount ?? null,
        said.cost?.currency ?? null,
        said.cost === undefined && providerId !== null ? (said.costAskAt ?? null) : null,
      ],
    );
  try {
    await mark(said.providerId ?? null);
  } catch (error) {
    // A provider that gives two messages one id is believed that it took this one, and its id is of no use.
    if (!isTaken(error)) throw error;
    await mark(null);
  }
}

/** The message will not be tried again. */
export async function markEnded(
  id: string,
  state: "failed" | "expired",
  reason: string,
  provider: string | null,
  now: Date,
): Promise<void> {
  await query(
    "message_ended",
    `UPDATE "Message" SET "state" = $2, "reason" = $3, "provider" = $4, "failedAt" = $5, "nextTryAt" = NULL,
       "content" = NULL, "keptUntil" = NULL
     WHERE "id" = $1 AND "state" = 'queued'`,
    [id, state, reason, provider, now],
  );
}

/** The message is tried again after `wait` milliseconds. */
export async function markForRetry(id: string, reason: string, now: Date, wait: number): Promise<void> {
  await query(
    "message_retry",
    `UPDATE "Message" SET "reason" = $2, "nextTryAt" = $3 WHERE "id" = $1 AND "state" = 'queued'`,
    [id, reason, after(now, wait)],
  );
}

/** Nobody could be asked: the message waits, and the claim does not count as a try. */
export async function markPostponed(id: string, now: Date, wait: number): Promise<void> {
  await query(
    "message_postponed",
    `UPDATE "Message" SET "tries" = "tries" - 1, "nextTryAt" = $2 WHERE "id" = $1 AND "state" = 'queued'`,
    [id, after(now, wait)],
  );
}

/** A report as it is stored: by our id or the provider's. */
export type StoredReport = {
  readonly state: ReportedState;
  readonly messageId: string | undefined;
  readonly providerId: string | undefined;
  readonly reason: string | undefined;
  readonly cost: Cost | undefined;
  /** When to ask what it cost, where the provider tells that later. */
  readonly costAskAt: Date | undefined;
};

// Another provider's message is never touched.
const reported = `(($2::uuid IS NOT NULL AND "id" = $2) OR ($2::uuid IS NULL AND "provider" = $1 AND "providerId" = $3))
       AND ("provider" IS NULL OR "provider" = $1)`;

const reportSql = `UPDATE "Message" SET "state" = $4, "provider" = $1, "providerId" = coalesce("providerId", $3),
       "handedOverAt" = coalesce("handedOverAt", $6),
       "acceptedAt" = CASE WHEN $4 = 'accepted' THEN $6 ELSE "acceptedAt" END,
       "deliveredAt" = CASE WHEN $4 = 'delivered' THEN $6 ELSE "deliveredAt" END,
       "failedAt" = CASE WHEN $4 = 'failed' THEN $6 ELSE "failedAt" END,
       "reason" = CASE WHEN $4 = 'failed' THEN $5 END,
       "cost" = coalesce($8::numeric, "cost"), "currency" = coalesce($9, "currency"),
       "costAskAt" = CASE WHEN $8::numeric IS NOT NULL OR "cost" IS NOT NULL OR coalesce("providerId", $3) IS NULL THEN NULL
                          WHEN "costAsks" = 0 THEN coalesce("costAskAt", $10) ELSE "costAskAt" END,
       "nextTryAt" = NULL, "content" = ${keptContent("$4", "$6")}, "keptUntil" = ${keptUntil("$4")}
     WHERE ${reported} AND "state" = ANY($7)
     RETURNING "id"`;

const reportValues = (
  provider: string,
  report: StoredReport,
  from: readonly MessageState[],
  now: Date,
): unknown[] => [
  provider,
  report.messageId ?? null,
  report.providerId ?? null,
  report.state,
  report.reason ?? null,
  now,
  from,
  report.cost?.amount ?? null,
  report.cost?.currency ?? null,
  report.costAskAt ?? null,
];

/**
 * Moves a message on by a report, if it is in one of the states `from`; else it comes late and changes nothing. Returns
 * whether it moved.
 */
export async function applyReport(
  provider: string,
  report: StoredReport,
  from: readonly MessageState[],
  now: Date,
): Promise<boolean> {
  const rows = await query<{ id: string }>(
    "message_report",
    reportSql,
    reportValues(provider, report, from, now),
  );
  return rows.length > 0;
}

/** A message that was taken and still has its words. */
export type KeptMessage = ClaimedMessage & { keptUntil: Date };

/**
 * The message of a report while it still has its words and carries a code that nobody has used. That is asked of the one
 * message: joined, all codes would be read while the table is planned for as an empty one.
 */
export async function findKept(
  provider: string,
  report: Pick<StoredReport, "messageId" | "providerId">,
  from: readonly MessageState[],
  now: Date,
): Promise<KeptMessage | undefined> {
  const [row] = await query<StoredMessage & { keptUntil: Date }>(
    "message_kept",
    `SELECT "id", "accountId", "channel", "purpose", "content", "tries", "expiresAt", "notBy", "keptUntil"
     FROM "Message" m
     WHERE ${reported} AND "state" = ANY($4) AND "content" IS NOT NULL AND "keptUntil" > $5 AND "expiresAt" > $5
       AND (SELECT TRUE FROM "Code" c WHERE c."messageId" = m."id" AND c."usedAt" IS NULL LIMIT 1)`,
    [provider, report.messageId ?? null, report.providerId ?? null, from, now],
  );
  return row && read(row);
}

/**
 * Marks a message as failed by a report, and `next` carries its code from now on; nothing of that happens when the report
 * comes late or the code was used. Returns whether it did.
 */
export async function replaceFailed(
  tx: Transaction,
  failed: {
    readonly id: string;
    readonly provider: string;
    readonly report: StoredReport;
    readonly from: readonly MessageState[];
  },
  next: NewMessage,
  now: Date,
): Promise<boolean> {
  // The code first, as its use locks both.
  const codes = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Code" WHERE "messageId" = ${failed.id}::uuid AND "usedAt" IS NULL FOR UPDATE`;
  if (codes.length === 0) return false;
  const report = { ...failed.report, messageId: failed.id };
  const values = reportValues(failed.provider, report, failed.from, now);
  const moved = await tx.$queryRawUnsafe<{ id: string }[]>(reportSql, ...values);
  if (moved.length === 0) return false;
  await insertMessage(tx, next);
  await tx.code.updateMany({
    where: { id: { in: codes.map(({ id }) => id) } },
    data: { messageId: next.id },
  });
  return true;
}

/**
 * Wipes the words of at most `limit` messages that were kept for a next provider, when that is no longer of use, and
 * returns how many those were; of one that a request holds, the next time. Waiting for it with others in hand, it would
 * be waited for by whoever uses up several codes.
 */
export async function wipeKept(now: Date, limit: number): Promise<number> {
  const wiped = await query<{ id: string }>(
    "message_wipe",
    `UPDATE "Message" SET "keptUntil" = NULL, "content" = CASE WHEN "state" = 'queued' THEN "content" END
     WHERE "id" = ANY (ARRAY(SELECT "id" FROM "Message" WHERE "keptUntil" <= $1
                             ORDER BY "keptUntil" LIMIT $2 FOR UPDATE SKIP LOCKED))
     RETURNING "id"`,
    [now, limit],
  );
  return wiped.length;
}

/** A message whose provider has not said yet what it cost. */
export type CostlyMessage = { id: string; channel: string; provider: string; providerId: string };

/**
 * Messages whose cost is to be asked for now, a few; each is asked about again after the next of the waits `again`
 * (milliseconds), and not any more after the last. Instances never get the same one.
 */
export async function claimCostly(
  now: Date,
  again: readonly number[],
  limit: number,
): Promise<CostlyMessage[]> {
  return query<CostlyMessage>(
    "message_claim_costly",
    `UPDATE "Message" m SET "costAsks" = m."costAsks" + 1,
       "costAskAt" = $1::timestamptz + make_interval(secs => ($2::float8[])[m."costAsks" + 1] / 1000)
     WHERE m."id" = ANY (ARRAY(SELECT d."id" FROM "Message" d WHERE d."costAskAt" <= $1 ORDER BY d."costAskAt" LIMIT $3
           FOR UPDATE SKIP LOCKED)) RETURNING m."id", m."channel", m."provider", m."providerId"`,
    [now, again, limit],
  );
}

/** Notes what a message cost. */
export async function noteCost(id: string, cost: Cost): Promise<void> {
  await query(
    "message_cost",
    `UPDATE "Message" SET "cost" = $2, "currency" = $3, "costAskAt" = NULL WHERE "id" = $1`,
    [id, cost.amount, cost.currency],
  );
}

/**
 * How many codes to a number a provider took since then, by text or call, and how many of them were used; an alert holds
 * none, and says nothing about whether they are. And how many messages failed since the last one that arrived, but for the
 * reasons `notCounted`; what several providers failed is one.
 */
export async function countOfRecipient(
  recipients: readonly string[],
  since: Date,
  notCounted: readonly string[],
): Promise<{ sent: number; confirmed: number; failedInRow: number }> {
  const [row] = await query<{ sent: number; confirmed: number; failedInRow: number }>(
    "message_recipient",
    `WITH his AS (SELECT "purpose", "state", "reason", "notBy", "handedOverAt", "confirmedAt", "createdAt" FROM "Message"
                  WHERE "recipient" = ANY($1) AND "createdAt" > $2 AND "channel" <> 'email')
     SELECT count("handedOverAt") FILTER (WHERE "purpose" <> 'alert')::int AS "sent",
       count("confirmedAt")::int AS "confirmed",
       (SELECT count(*)::int FROM his WHERE "state" = 'failed' AND "notBy" = '{}' AND coalesce("reason", '') <> ALL ($3)
          AND "createdAt" > coalesce(
          (SELECT max("createdAt") FROM his WHERE "state" = 'delivered' OR "confirmedAt" IS NOT NULL), '-infinity'))
         AS "failedInRow"
     FROM his`,
    [recipients, since, notCounted],
  );
  return row ?? { sent: 0, confirmed: 0, failedInRow: 0 };
}

/** What went to a country in the last day, and in the days of the average before it. */
export async function countOfCountry(
  country: string,
  dayAgo: Date,
  since: Date,
): Promise<{ today: number; unconfirmed: number; earlier: number }> {
  const [row] = await query<{ today: number; unconfirmed: number; earlier: number }>(
    "message_country",
    `SELECT count(*) FILTER (WHERE "createdAt" > $2)::int AS "today",
            count(*) FILTER (WHERE "createdAt" > $2 AND "confirmedAt" IS NULL AND "purpose" <> 'alert')::int
              AS "unconfirmed",
            count(*) FILTER (WHERE "createdAt" <= $2)::int AS "earlier"
     FROM "Message" WHERE "country" = $1 AND "createdAt" > $3`,
    [country, dayAgo, since],
  );
  return row ?? { today: 0, unconfirmed: 0, earlier: 0 };
}

/** What became of the messages of one channel, country and provider. */
export type FigureRow = {
  channel: string;
  country: string | null;
  provider: string | null;
  sent: number;
  delivered: number;
  confirmed: number;
  waiting: number;
  failed: Record<string, number>;
  cost: Record<string, string>;
};

/** What happened to the messages since then, by channel, country and provider. */
export async function countMessages(since: Date): Promise<FigureRow[]> {
  return query<FigureRow>(
    "message_figures",
    `WITH part AS (
       SELECT "channel", "country", "provider", "state", "reason", "currency", count(*)::int AS "count",
         count("handedOverAt")::int AS "sent", count("deliveredAt")::int AS "delivered",
         count("confirmedAt")::int AS "confirmed", sum("cost") AS "cost"
       FROM "Message" WHERE "createdAt" > $1 GROUP BY 1, 2, 3, 4, 5, 6),
     failed AS (
       SELECT "channel", "country", "provider", jsonb_object_agg("reason", "count") AS "failed" FROM (
         SELECT "channel", "country", "provider", coalesce("reason", 'expired') AS "reason", sum("count")::int AS "count"
         FROM part WHERE "state" IN ('failed', 'expired') GROUP BY 1, 2, 3, 4) f GROUP BY 1, 2, 3),
     paid AS (
       SELECT "channel", "country", "provider", jsonb_object_agg("currency", "cost"::text) AS "cost" FROM (
         SELECT "channel", "country", "provider", "currency", sum("cost") AS "cost"
         FROM part WHERE "cost" IS NOT NULL AND "currency" IS NOT NULL GROUP BY 1, 2, 3, 4) c GROUP BY 1, 2, 3)
     SELECT p."channel", p."country", p."provider", sum(p."sent")::int AS "sent", sum(p."delivered")::int AS "delivered",
       sum(p."confirmed")::int AS "confirmed",
       coalesce(sum(p."count") FILTER (WHERE p."state" = 'queued'), 0)::int AS "waiting",
       coalesce((SELECT f."failed" FROM failed f WHERE (f."channel", f."country", f."provider")
         IS NOT DISTINCT FROM (p."channel", p."country", p."provider")), '{}') AS "failed",
       coalesce((SELECT c."cost" FROM paid c WHERE (c."channel", c."country", c."provider")
         IS NOT DISTINCT FROM (p."channel", p."country", p."provider")), '{}') AS "cost"
     FROM part p GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS LAST, 3 NULLS LAST`,
    [since],
  );
}

/** How many messages wait, and for how long the oldest of them has lain here. */
export async function countWaiting(now: Date): Promise<{ waiting: number; oldestSeconds: number }> {
  const [row] = await query<{ waiting: number; oldestSeconds: number }>(
    "message_waiting",
    `SELECT count(*)::int AS "waiting",
       greatest(0, coalesce(extract(epoch FROM $1::timestamptz - min("createdAt")), 0))::int AS "oldestSeconds"
     FROM "Message" WHERE "nextTryAt" IS NOT NULL`,
    [now],
  );
  return row ?? { waiting: 0, oldestSeconds: 0 };
}
