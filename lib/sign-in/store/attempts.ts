/** An attempt, between the password and the second step: opened, read for its pages, pointed at another method. */
import "server-only";
import { newestSentCode, type SentCode } from "@/lib/codes";
import { query } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { type MethodJson, methodsJson } from "./parts";

export type NewAttempt = {
  id: string;
  tokenHash: string;
  accountId: string;
  purpose: "sign-in" | "proof" | "desk";
  sessionId: string | null;
  methodId: string | null;
  reason: string;
  /** When that came about; null where no moment belongs to it. */
  reasonAt: Date | null;
  /** What a fresh proof is asked for; null for a sign-in. */
  action: string | null;
  now: Date;
  expiresAt: Date;
};

/**
 * Gives the password budgets their unit back (the password was right) and opens an attempt, in one statement. False when
 * the password was changed since it was compared, also by a change under way: that ends every attempt, and this one with
 * them. Null where no password was asked for: a step at the desk, behind a sign-in there that the change ends.
 */
export async function openAttempt(
  attempt: NewAttempt,
  passwordHash: string | null,
  giveBackKeys: string[],
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "attempt_open",
    // Held until the attempt is there: a change that is under way is waited for and looked at, and one that comes later
    // waits for this and ends it (securityChange).
    `WITH holder AS (
       SELECT "id" FROM "Account" WHERE "id" = $3 AND ($12::text IS NULL OR "passwordHash" = $12) FOR SHARE),
     opened AS (
       INSERT INTO "SignInAttempt" ("id", "tokenHash", "accountId", "purpose", "sessionId", "methodId", "reason", "tries",
                                    "createdAt", "expiresAt", "reasonAt", "action")
       SELECT $1, $2, holder."id", $4, $5, $6, $7, $8, $9, $10, $13, $14 FROM holder RETURNING 1)
     SELECT (SELECT count(*)::int FROM opened) AS "count", limit_give_back($11::text[])`,
    [
      attempt.id,
      attempt.tokenHash,
      attempt.accountId,
      attempt.purpose,
      attempt.sessionId,
      attempt.methodId,
      attempt.reason,
      numbers.attempt.tries,
      attempt.now,
      attempt.expiresAt,
      giveBackKeys,
      passwordHash,
      attempt.reasonAt,
      attempt.action,
    ],
  );
  return row?.count === 1;
}

export type AttemptView = {
  id: string;
  tokenHash: string;
  accountId: string;
  sessionId: string | null;
  methodId: string | null;
  reason: string;
  reasonAt: Date | null;
  action: string | null;
  tries: number;
  expiresAt: Date;
  lockedUntil: Date | null;
  email: string;
  methods: MethodJson[] | null;
  /** The newest one of the method that is asked. */
  code: SentCode | null;
  recoveryCodesLeft: number;
};

/** An open attempt with everything its pages show, in one statement. */
export async function findAttempt(
  tokenHash: string,
  purpose: "sign-in" | "proof",
  now: Date,
): Promise<AttemptView | undefined> {
  const [row] = await query<AttemptView>(
    "attempt_view",
    `SELECT t."id", t."tokenHash", t."accountId", t."sessionId", t."methodId", t."reason", t."reasonAt", t."action",
            t."tries", t."expiresAt", a."lockedUntil", a."email", ${methodsJson('a."id"')} AS "methods",
            ${newestSentCode('t."id"', 't."methodId"')} AS "code",
            (SELECT count(*)::int FROM "RecoveryCode" r WHERE r."accountId" = a."id" AND r."usedAt" IS NULL)
              AS "recoveryCodesLeft"
     FROM "SignInAttempt" t JOIN "Account" a ON a."id" = t."accountId"
     WHERE t."tokenHash" = $1 AND t."purpose" = $2 AND t."usedAt" IS NULL AND t."expiresAt" > $3`,
    [tokenHash, purpose, now],
  );
  return row;
}

/**
 * Points an open attempt with tries left at another method of its own account, or (null) at the recovery codes. There the
 * last answer is a new one: the same digits tell something else of another method, and are counted with it.
 */
export async function pointAttempt(
  tokenHash: string,
  purpose: "sign-in" | "proof" | "desk",
  methodId: string | null,
  now: Date,
): Promise<boolean> {
  const rows = await query(
    "attempt_point",
    `UPDATE "SignInAttempt" t SET "methodId" = $3,
       "lastAnswer" = CASE WHEN t."methodId" IS NOT DISTINCT FROM $3::uuid THEN t."lastAnswer" END
     WHERE t."tokenHash" = $1 AND t."purpose" = $2 AND t."usedAt" IS NULL AND t."expiresAt" > $4 AND t."tries" > 0
       AND ($3::uuid IS NULL OR EXISTS (SELECT 1 FROM "Method" m WHERE m."id" = $3 AND m."accountId" = t."accountId"
                                        AND m."removedAt" IS NULL AND m."disabledAt" IS NULL))
     RETURNING 1`,
    [tokenHash, purpose, methodId, now],
  );
  return rows.length === 1;
}
