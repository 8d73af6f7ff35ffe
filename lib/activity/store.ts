import "server-only";
import { query, type Transaction } from "@/lib/db";
import type { Visit } from "@/lib/kernel/visit";
import type { EventFacts, EventKind } from "./kinds";

/**
 * Writes an event in the transaction of its cause. `sessionId` is the session in which it happened, so that its owner
 * can end just that one when it was not them.
 */
export async function record(
  tx: Transaction,
  accountId: string,
  kind: EventKind,
  visit: Visit,
  facts: EventFacts = {},
  sessionId?: string,
): Promise<void> {
  await tx.event.create({
    data: {
      accountId,
      kind,
      at: visit.now,
      address: visit.address,
      browser: visit.browser,
      facts,
      sessionId,
    },
  });
}

/**
 * Writes an event of an account that may not exist: nothing is written then, by the same statement and in the same time,
 * so that the answer tells a stranger nothing.
 */
export async function recordIfThere(
  tx: Transaction,
  accountId: string,
  kind: EventKind,
  visit: Visit,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
    SELECT a."id", ${kind}, ${visit.now}, ${visit.address}, ${visit.browser}, '{}'
    FROM "Account" a WHERE a."id" = ${accountId}::uuid`;
}

export type EventRow = {
  id: string;
  at: Date;
  kind: EventKind;
  address: string;
  browser: string;
  facts: EventFacts;
};

// A bare "id" in ORDER BY would be the text of the output, where 9 comes after 10.
const columns = `e."id"::text, e."at", e."kind", e."address", e."browser", e."facts"`;

/** The newest events of an account. */
export const listEvents = (accountId: string, limit: number): Promise<EventRow[]> =>
  listEventsBefore(accountId, { limit });

/** Later than every event. */
export const NEWEST = "9223372036854775807";

/**
 * $1 account, $2 how many, $3 the event before which. The bounds are rows, not equalities: only the index of the whole
 * row is in the order that is asked for, so no statistics can talk the planner into reading all of an account's events.
 */
export const pageSql = `SELECT ${columns} FROM "Event" e
  WHERE (e."accountId", e."id") < ($1::uuid, $3::bigint) AND (e."accountId", e."id") >= ($1::uuid, 0)
  ORDER BY e."accountId" DESC, e."id" DESC LIMIT $2`;

/** The same for the kinds in $4: the newest of each, merged. */
export const kindsSql = `SELECT ${columns} FROM unnest($4::text[]) AS wanted("kind") CROSS JOIN LATERAL (
    SELECT o."id", o."at", o."kind", o."address", o."browser", o."facts" FROM "Event" o
    WHERE (o."accountId", o."kind", o."id") < ($1::uuid, wanted."kind", $3::bigint)
      AND (o."accountId", o."kind", o."id") >= ($1::uuid, wanted."kind", 0)
    ORDER BY o."accountId" DESC, o."kind" DESC, o."id" DESC LIMIT $2) e
  ORDER BY e."id" DESC LIMIT $2`;

/**
 * Events of an account that are older than the event `before`, newest first: a seek in an index, whatever came before.
 * With `kinds` the newest of each kind are read and merged, so a rare kind costs no more than a common one.
 */
export async function listEventsBefore(
  accountId: string,
  page: { readonly limit: number; readonly before?: string; readonly kinds?: readonly EventKind[] },
): Promise<EventRow[]> {
  const { limit, before = NEWEST, kinds } = page;
  return kinds === undefined
    ? query<EventRow>("event_list", pageSql, [accountId, limit, before])
    : query<EventRow>("event_list_kinds", kindsSql, [accountId, limit, before, kinds]);
}

/** What became of the browser in which an event happened. */
export type EventOfAccount = EventRow & {
  /** The session in which it happened; null where none is known. */
  sessionId: string | null;
  isSessionThere: boolean;
  hasOtherSessions: boolean;
  passwordChangedAt: Date;
  isTwoStepOn: boolean;
};

/** One event of this account, with what its owner may still do about it; undefined for anybody else's. */
export async function findEvent(
  accountId: string,
  id: string,
  asking: { readonly sessionId: string; readonly seenAfter: Date; readonly createdAfter: Date },
): Promise<EventOfAccount | undefined> {
  const [row] = await query<EventOfAccount>(
    "event_find",
    `SELECT ${columns}, e."sessionId", a."passwordChangedAt", a."twoStepOnAt" IS NOT NULL AS "isTwoStepOn",
            -- No EXISTS: planned on a new site, it would read everybody's sessions (lib/sign-in/plans.flow.test.ts).
            coalesce((SELECT s."accountId" = a."id" AND s."lastSeenAt" > $4 AND s."createdAt" > $5
                      FROM "Session" s WHERE s."id" = e."sessionId"), FALSE) AS "isSessionThere",
            coalesce((SELECT bool_or(s."id" <> $3 AND s."lastSeenAt" > $4 AND s."createdAt" > $5)
                      FROM "Session" s WHERE s."accountId" = a."id"), FALSE) AS "hasOtherSessions"
     FROM "Event" e JOIN "Account" a ON a."id" = e."accountId"
     WHERE e."id" = $2::bigint AND e."accountId" = $1`,
    [accountId, id, asking.sessionId, asking.seenAfter, asking.createdAfter],
  );
  return row;
}

/** Counts a wrong password and writes an event where the budgets allow it: see wrong_password_note in the migrations. */
export async function noteWrongPasswordRow(note: {
  accountId: string | null;
  sessionId: string | null;
  tally: { keys: string[]; windows: number[] };
  budgets: { keys: string[]; max: number[]; windows: number[] };
  facts: EventFacts;
  visit: Visit;
}): Promise<void> {
  const { tally, budgets, visit } = note;
  await query(
    "wrong_password_note",
    `SELECT wrong_password_note($1::uuid, $2::uuid, $3, $4::bigint, $5::text[], $6::int[], $7::bigint[], $8, $9, $10, $11::jsonb)`,
    [
      note.accountId,
      note.sessionId,
      tally.keys[0],
      tally.windows[0],
      budgets.keys,
      budgets.max,
      budgets.windows,
      visit.now,
      visit.address,
      visit.browser,
      note.facts,
    ],
  );
}
