/** A try of the second step: spent before anything is compared, and what a wrong answer writes. */
import "server-only";
import { query } from "@/lib/db";
import type { NewMessage } from "@/lib/delivery";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { repeated } from "@/lib/limits";
import { guessableKinds } from "@/lib/methods";
import type { PresentedTokens } from "@/lib/trusted-devices";
import { formerEmails, knownDevice, type MethodJson, messagesFrom } from "./parts";

export type SpentTry = {
  id: string;
  accountId: string;
  sessionId: string | null;
  methodId: string | null;
  reason: string;
  reasonAt: Date | null;
  action: string | null;
  triesLeft: number;
  /** False for the same answer again, which spent nothing. */
  isNew: boolean;
  /** The moment at which the answer is judged: the first time it was given, when it was sent twice. */
  judgedAt: Date;
  /** Whether the answer may be compared: neither the account's second step nor the method that is asked waits. */
  mayBeJudged: boolean;
  lockedUntil: Date | null;
  /** Until when the method that is asked waits, by this very try or since before. */
  methodWaitsUntil: Date | null;
  /** Wrong answers of the method that is asked, in a row, with this one; null where no method is asked. */
  methodFailures: number | null;
  email: string;
  formerEmails: string[] | null;
  language: string | null;
  method: MethodJson | null;
  codes: {
    id: string;
    methodId: string | null;
    letter: string;
    hash: string;
    sentAt: string;
    expiresAt: string;
    usedAt: string | null;
  }[];
  recoveryCodes: { id: string; lookup: string; hash: string; usedAt: string | null }[];
  deviceId: string | null;
  deviceTokenHash: string | null;
};

/**
 * Spends a try of the attempt, of its account and of the method that is asked before anything is compared, by conditional
 * updates, and returns what the answer is to be compared with: one statement. The account's count ends with any success,
 * the method's with its own alone (docs/decisions/0037). Nothing comes back when the attempt is used, over, another
 * session's or has no tries left. The same answer again within 30 s (a double click, a reload) is judged as of its first
 * time and spends nothing: it can tell nobody anything new. What is the account's is compared with subqueries and not joined,
 * as in `consumption`.
 */
export async function spendAttemptTry(input: {
  tokenHash: string;
  purpose: "sign-in" | "proof" | "desk";
  sessionId: string | null;
  answerHash: string;
  deviceTokens: PresentedTokens;
  now: Date;
  address: string;
}): Promise<SpentTry | undefined> {
  const [row] = await query<SpentTry>(
    "attempt_spend_try",
    `WITH answered AS (
       -- What it was before, held: once it is changed, its moment does not tell the first answer from its repetition.
       SELECT t."id", coalesce(t."lastAnswer" IN ($4, ${repeated("$4")}) AND t."lastAnswerAt" > $6, FALSE) AS "isRepeated"
       FROM "SignInAttempt" t WHERE t."tokenHash" = $1 FOR NO KEY UPDATE),
     attempt AS (
       UPDATE "SignInAttempt" t
       SET "tries" = CASE WHEN b."isRepeated" THEN t."tries" ELSE t."tries" - 1 END,
           "lastAnswerAt" = CASE WHEN b."isRepeated" THEN t."lastAnswerAt" ELSE $5 END,
           "lastAnswer" = CASE WHEN b."isRepeated" THEN ${repeated("$4")} ELSE $4 END
       FROM answered b
       WHERE t."id" = (SELECT "id" FROM answered) AND t."purpose" = $2 AND t."sessionId" IS NOT DISTINCT FROM $3::uuid
         AND t."usedAt" IS NULL AND t."expiresAt" > $5 AND (t."tries" > 0 OR b."isRepeated")
       RETURNING t."id", t."accountId", t."sessionId", t."methodId", t."reason", t."reasonAt", t."action", t."tries",
                 t."lastAnswerAt", NOT b."isRepeated" AS "isNew"),
     account AS (
       UPDATE "Account" a
       SET "failuresInRow" = a."failuresInRow" + CASE WHEN attempt."isNew" THEN 1 ELSE 0 END,
           "lockedUntil" = CASE WHEN attempt."isNew"
             THEN $5 + failure_wait_ms(a."failuresInRow" + 1, $7, $8::bigint[]) * interval '1 millisecond' END
       FROM attempt
       WHERE a."id" = (SELECT "accountId" FROM attempt) AND (a."lockedUntil" IS NULL OR a."lockedUntil" <= $5)
         -- What is not looked at counts for nothing.
         AND NOT EXISTS (SELECT 1 FROM "Method" m WHERE m."id" = (SELECT "methodId" FROM attempt) AND m."waitsUntil" > $5)
       RETURNING a."id", a."lockedUntil"),
     method AS (
       UPDATE "Method" m
       SET "failures" = m."failures" + 1,
           "waitsUntil" = $5 + failure_wait_ms(m."failures" + 1, $7, $8::bigint[]) * interval '1 millisecond'
       FROM attempt, account
       WHERE m."id" = (SELECT "methodId" FROM attempt) AND attempt."isNew" AND m."kind" = ANY ($13::text[])
         AND m."removedAt" IS NULL AND m."disabledAt" IS NULL AND (m."waitsUntil" IS NULL OR m."waitsUntil" <= $5)
       RETURNING m."id", m."waitsUntil", m."failures")
     SELECT attempt."id", attempt."accountId", attempt."sessionId", attempt."methodId", attempt."reason",
            attempt."reasonAt", attempt."action", attempt."tries" AS "triesLeft", attempt."isNew", attempt."lastAnswerAt" AS "judgedAt",
            account."id" IS NOT NULL AND (NOT attempt."isNew" OR asked."id" IS NULL OR asked."kind" <> ALL ($13::text[])
              OR method."id" IS NOT NULL) AS "mayBeJudged",
            coalesce(account."lockedUntil", before."lockedUntil") AS "lockedUntil",
            coalesce(method."waitsUntil", asked."waitsUntil") AS "methodWaitsUntil",
            coalesce(method."failures", asked."failures") AS "methodFailures", before."email", before."language",
            ${formerEmails('before."id"', "$5")} AS "formerEmails",
            CASE WHEN asked."id" IS NOT NULL THEN
              json_build_object('id', asked."id", 'kind', asked."kind", 'data', asked."data", 'counter', asked."counter"::text,
                                'position', asked."position", 'label', asked."label",
                                'burntSteps', asked."burntSteps"::text[]) END AS "method",
            coalesce((SELECT json_agg(json_build_object('id', c."id", 'methodId', c."methodId", 'letter', c."letter",
                        'hash', c."hash", 'sentAt', c."sentAt", 'expiresAt', c."expiresAt", 'usedAt', c."usedAt")
                        ORDER BY c."sentAt" DESC, c."letter" DESC)
                      FROM "Code" c WHERE c."ownerId" = attempt."id"), '[]') AS "codes",
            coalesce((SELECT json_agg(json_build_object('id', r."id", 'lookup', r."lookup", 'hash', r."hash", 'usedAt', r."usedAt"))
                      FROM "RecoveryCode" r
                      WHERE attempt."methodId" IS NULL AND r."accountId" = attempt."accountId"), '[]') AS "recoveryCodes",
            d."id" AS "deviceId", d."tokenHash" AS "deviceTokenHash"
     FROM attempt
     JOIN "Account" before ON before."id" = (SELECT "accountId" FROM attempt)
     LEFT JOIN account ON TRUE
     LEFT JOIN method ON TRUE
     LEFT JOIN "Method" asked ON asked."id" = (SELECT "methodId" FROM attempt) AND asked."accountId" = before."id"
       AND asked."removedAt" IS NULL AND asked."disabledAt" IS NULL
     LEFT JOIN LATERAL (
       SELECT d."id", d."tokenHash" FROM "Device" d
       WHERE ${knownDevice('attempt."accountId"', { hashes: "$9", successors: "$10", seenAfter: "$14", rotatedAfter: "$11", address: "$12" })}
       LIMIT 1) d ON TRUE`,
    [
      input.tokenHash,
      input.purpose,
      input.sessionId,
      input.answerHash,
      input.now,
      before(input.now, numbers.attempt.repeatWindow),
      numbers.failuresInRow.step,
      numbers.failuresInRow.waits,
      input.deviceTokens.hashes,
      input.deviceTokens.successorHashes,
      before(input.now, numbers.trustedDevice.rotationGrace),
      input.address,
      guessableKinds(),
      before(input.now, numbers.trustedDevice.knownFor),
    ],
  );
  return row;
}

/** What is recorded and told of a method that wrong answers disabled. */
export type MethodEnd = {
  readonly facts: Readonly<Record<string, string>>;
  readonly messages: readonly NewMessage[];
};

/**
 * After a wrong answer: the end of its method at the upper bound of NIST 3.2.2, the events, and what its owner is told.
 * One statement, so that nothing of it stands without the rest.
 */
export async function recordFailure(input: {
  /** Null for a passkey used alone, which has no attempt: `messages` are not sent. */
  attemptId: string | null;
  sessionId: string | null;
  /** Written when nobody was told of this attempt before. */
  messages: readonly NewMessage[];
  /** Of a wait that begins with this answer; written unless the method ends, which is told in its place. */
  ofWait?: readonly NewMessage[];
  accountId: string;
  methodId: string | null;
  /** Given where the method may end by this answer; without it, it does not. */
  end?: MethodEnd | undefined;
  kind: "second-step-failed" | "second-step-waits";
  facts: Record<string, string | number>;
  now: Date;
  address: string;
  browser: string;
}): Promise<{ isMethodDisabled: boolean }> {
  // Attempt, account, method: the order of `lockAccount`. A part of WITH that nothing reads is not carried out, so each of
  // them reads the one before; `held` with a condition that always holds. The account is held as the event holds it, which
  // comes too late where a method ends.
  const [row] = await query<{ isMethodDisabled: boolean }>(
    "attempt_failure",
    `WITH held AS MATERIALIZED (SELECT 1 FROM "SignInAttempt" WHERE "id" = $10 FOR UPDATE),
     owner AS MATERIALIZED (
       SELECT a."id" FROM "Account" a
       WHERE (SELECT count(*) FROM held) >= 0 AND a."id" = $1 AND $12::jsonb IS NOT NULL FOR KEY SHARE),
     method AS (
       UPDATE "Method" m SET "disabledAt" = $4, "waitsUntil" = NULL
       WHERE m."id" = $2 AND m."accountId" = (SELECT "id" FROM owner) AND m."failures" >= $3
         AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
       RETURNING 1),
     event AS (
       INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
       SELECT $1::uuid, $5, $4::timestamptz, $6, $7, $8::jsonb, $9::uuid
       UNION ALL SELECT $1::uuid, 'method-disabled', $4::timestamptz, $6, $7, $12::jsonb, NULL FROM method),
     first AS (
       UPDATE "SignInAttempt" SET "toldAt" = $4
       WHERE "id" = $10 AND "toldAt" IS NULL AND jsonb_array_length($11::jsonb) > 0 RETURNING 1),
     "waits" AS (SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM method)),
     "told" AS (${messagesFrom("first", "$11")}),
     "toldOfEnd" AS (${messagesFrom("method", "$13")}),
     "toldOfWait" AS (${messagesFrom('"waits"', "$14")})
     SELECT EXISTS (SELECT 1 FROM method) AS "isMethodDisabled"`,
    [
      input.accountId,
      input.methodId,
      numbers.failuresInRow.methodDisabledAt,
      input.now,
      input.kind,
      input.address,
      input.browser,
      input.facts,
      input.sessionId,
      input.attemptId,
      JSON.stringify(input.messages),
      input.end?.facts ?? null,
      JSON.stringify(input.end?.messages ?? []),
      JSON.stringify(input.ofWait ?? []),
    ],
  );
  return row ?? { isMethodDisabled: false };
}
