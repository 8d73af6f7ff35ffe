import "server-only";
import { query } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** A method, or something that is being set up, still sealed. */
export type CaseMethod = {
  readonly id: string;
  readonly kind: string;
  readonly data: string;
  readonly createdAt: string;
  readonly removedAt: string | null;
};

/** A code that was sent to the account and has not run out, with what it is bound to. */
export type CaseCode = {
  readonly id: string;
  readonly ownerId: string;
  /** sign-in, proof or enrolment */
  readonly purpose: string;
  /** What a proof was asked for; null for the others. */
  readonly action: string | null;
  /** The method or the enrolment it was sent to. */
  readonly to: string;
  readonly hash: string;
};

/** Everything a wrong code of an account may have been meant for. */
export type Case = {
  readonly methods: readonly CaseMethod[];
  readonly enrolments: readonly CaseMethod[];
  readonly codes: readonly CaseCode[];
};

/** Reads what a wrong code may have been meant for, in one statement: the newest entries, bounded. */
export async function readCase(accountId: string, sessionId: string | null, now: Date): Promise<Case> {
  const [row] = await query<Case>(
    "doctor_case",
    `SELECT
       coalesce((SELECT json_agg(json_build_object('id', m."id", 'kind', m."kind", 'data', m."data",
                                                   'createdAt', m."createdAt", 'removedAt', m."removedAt"))
         FROM (SELECT * FROM "Method" WHERE "accountId" = $1 AND "disabledAt" IS NULL
                 AND "kind" IN ('app', 'phone') AND ("removedAt" IS NULL OR "removedAt" > $3)
               ORDER BY "removedAt" DESC NULLS FIRST, "createdAt" DESC LIMIT $5) m), '[]') AS "methods",
       coalesce((SELECT json_agg(json_build_object('id', e."id", 'kind', e."kind", 'data', e."data",
                                                   'createdAt', e."createdAt", 'removedAt', NULL))
         FROM "Enrolment" e WHERE e."accountId" = $1 AND e."sessionId" = $2 AND e."expiresAt" > $4), '[]') AS "enrolments",
       coalesce((SELECT json_agg(json_build_object('id', c."id", 'ownerId', c."ownerId", 'purpose', o."purpose",
                                                   'action', o."action", 'to', coalesce(c."methodId", o."id"), 'hash', c."hash"))
         FROM (SELECT "id", "purpose", "action" FROM "SignInAttempt" WHERE "accountId" = $1
               UNION ALL
               SELECT "id", 'enrolment', NULL FROM "Enrolment" WHERE "accountId" = $1 AND "sessionId" = $2) o
         JOIN "Code" c ON c."ownerId" = o."id" WHERE c."expiresAt" > $4), '[]') AS "codes"`,
    [accountId, sessionId, before(now, numbers.doctor.removedFor), now, numbers.doctor.entries],
  );
  if (row === undefined) throw new Error("a select without a table gives one row");
  return row;
}

/**
 * Makes sure that what a hint speaks of is never accepted: a time step of an entry, codes that were sent. One statement
 * whichever it is, also for nothing at all. Steps that are past anyway are dropped on the way, so the list stays short.
 */
export async function burn(
  accountId: string,
  what: {
    readonly entryId: string | null;
    readonly step: number | null;
    readonly codeIds: readonly string[];
  },
  oldestStep: number,
  now: Date,
): Promise<void> {
  const list = (table: string): string =>
    `UPDATE "${table}" SET "burntSteps" =
       ARRAY(SELECT DISTINCT s FROM unnest("burntSteps" || $3::bigint) s WHERE s >= $4::bigint OR s = $3::bigint)
     WHERE "id" = $2::uuid AND "accountId" = $1::uuid`;
  await query(
    "doctor_burn",
    `WITH method AS (${list("Method")}), enrolment AS (${list("Enrolment")})
     UPDATE "Code" SET "usedAt" = $6 WHERE "id" = ANY ($5::uuid[]) AND "usedAt" IS NULL`,
    [accountId, what.entryId, what.step, oldestStep, what.codeIds, now],
  );
}
