/**
 * The parts that several statements of a sign-in are put together from: an account's methods and addresses, the browser that
 * asks, and the messages that are written along with their cause.
 */
import "server-only";

/** Where a method's row and what is sealed in it come from, as JSON of one statement. */
export type MethodJson = {
  id: string;
  kind: string;
  data: string;
  counter: string | null;
  position: number;
  label: string;
  /** Only where all of an account's are read: it goes by itself (lib/new-number). */
  isRetiring?: boolean;
  /** The same: where it is kept, as far as its owner says (lib/lockout). */
  livesOn?: string;
  /** Until then none of its codes is looked at; only where all of an account's are read. */
  waitsUntil?: string | null;
  /** Only where an answer is judged; as text, because JSON keeps no 64 bits. */
  burntSteps?: string[];
};

export type BudgetColumns = { keys: string[]; max: number[]; windows: number[] };

export const methodsJson = (account: string): string => `(
  SELECT json_agg(json_build_object('id', m."id", 'kind', m."kind", 'data', m."data", 'counter', m."counter"::text,
                                    'position', m."position", 'label', m."label",
                                    'isRetiring', m."retiresAt" IS NOT NULL, 'livesOn', m."livesOn",
                                    'waitsUntil', m."waitsUntil") ORDER BY m."position", m."createdAt")
  FROM "Method" m WHERE m."accountId" = ${account} AND m."removedAt" IS NULL AND m."disabledAt" IS NULL)`;

export const formerEmails = (account: string, now: string): string => `(
  SELECT array_agg(t."email") FILTER (WHERE t."toldUntil" > ${now}) FROM (
    SELECT f."email", f."toldUntil" FROM "FormerAddress" f WHERE f."accountId" = ${account}
    UNION ALL
    SELECT o."secondEmail", 'infinity' FROM "Account" o WHERE o."id" = ${account} AND o."secondEmail" IS NOT NULL) t)`;

// A browser is known by its token, and for a moment, at the address where it was replaced, by the one before: the answer
// may still be on its way. One that was not seen for too long is not known any more, be its row there until the next sweep.
export const knownDevice = (
  account: string,
  at: { hashes: string; successors: string; seenAfter: string; rotatedAfter: string; address: string },
): string => `
  d."accountId" = ${account} AND d."lastSeenAt" > ${at.seenAfter} AND (d."tokenHash" = ANY (${at.hashes})
    OR (d."tokenHash" = ANY (${at.successors}) AND d."rotatedAt" > ${at.rotatedAfter} AND d."address" = ${at.address}))`;

// Of a browser that is not known: a token that a trusted one had long before.
export const copiedToken = (at: {
  account: string;
  device: string;
  hashes: string;
  rotatedAfter: string;
  now: string;
}): string => `
  (SELECT f."tokenHash" FROM "FormerToken" f JOIN "Device" o ON o."id" = f."deviceId"
   WHERE ${at.device} IS NULL AND f."tokenHash" = ANY (${at.hashes}) AND f."rotatedAt" <= ${at.rotatedAfter}
     AND o."accountId" = ${at.account} AND o."trustedUntil" > ${at.now} LIMIT 1)`;

// Messages that a statement writes along with their cause: sealed before, as one JSON array.
export const messagesFrom = (source: string, json: string): string => `
    INSERT INTO "Message" ("id", "accountId", "channel", "purpose", "content", "recipient", "state", "createdAt",
                           "nextTryAt", "expiresAt")
    SELECT (m->>'id')::uuid, (m->>'accountId')::uuid, m->>'channel', m->>'purpose', m->>'content', m->>'recipient',
           'queued', (m->>'createdAt')::timestamptz, (m->>'nextTryAt')::timestamptz, (m->>'expiresAt')::timestamptz
    FROM ${source}, jsonb_array_elements(${json}::jsonb) AS m`;
