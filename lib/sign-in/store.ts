import "server-only";
import { query } from "@/lib/db";
import type { NewMessage } from "@/lib/delivery";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { guessableKinds } from "@/lib/methods";
import type { PresentedTokens } from "@/lib/trusted-devices";

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

export type Candidate = {
  accountId: string | null;
  email: string | null;
  /** What is told besides the address: a second one, and former ones for a while. */
  formerEmails: string[] | null;
  /** In which messages to its owner are written; null while that is not known. */
  language: string | null;
  passwordHash: string | null;
  twoStepOnAt: Date | null;
  trustEndedAt: Date | null;
  lockedUntil: Date | null;
  deviceId: string | null;
  deviceTokenHash: string | null;
  trustedUntil: Date | null;
  /** When the trust of this browser was ended before its time, and by what. */
  deviceTrustEndedAt: Date | null;
  deviceTrustEndedBecause: string | null;
  /** The hash of a token that this browser presented and a trusted browser had long before. */
  copiedTokenHash: string | null;
  /** The method that was used last on this browser. */
  lastMethodId: string | null;
  methods: MethodJson[] | null;
  refused: string | null;
  retryAt: Date | null;
};

type BudgetColumns = { keys: string[]; max: number[]; windows: number[] };

const methodsJson = (account: string): string => `(
  SELECT json_agg(json_build_object('id', m."id", 'kind', m."kind", 'data', m."data", 'counter', m."counter"::text,
                                    'position', m."position", 'label', m."label",
                                    'isRetiring', m."retiresAt" IS NOT NULL, 'livesOn', m."livesOn",
                                    'waitsUntil', m."waitsUntil") ORDER BY m."position", m."createdAt")
  FROM "Method" m WHERE m."accountId" = ${account} AND m."removedAt" IS NULL AND m."disabledAt" IS NULL)`;

const formerEmails = (account: string, now: string): string => `(
  SELECT array_agg(t."email") FROM (
    SELECT f."email" FROM "FormerAddress" f WHERE f."accountId" = ${account} AND f."toldUntil" > ${now}
    UNION ALL
    SELECT o."secondEmail" FROM "Account" o WHERE o."id" = ${account} AND o."secondEmail" IS NOT NULL) t)`;

// A browser is known by its token, and for a moment, at the address where it was replaced, by the one before: the answer
// may still be on its way.
const knownDevice = (
  account: string,
  at: { hashes: string; successors: string; rotatedAfter: string; address: string },
): string => `
  d."accountId" = ${account} AND (d."tokenHash" = ANY (${at.hashes})
    OR (d."tokenHash" = ANY (${at.successors}) AND d."rotatedAt" > ${at.rotatedAfter} AND d."address" = ${at.address}))`;

// Of a browser that is not known: a token that a trusted one had long before.
const copiedToken = (at: {
  account: string;
  device: string;
  hashes: string;
  rotatedAfter: string;
  now: string;
}): string => `
  (SELECT f."tokenHash" FROM "FormerToken" f JOIN "Device" o ON o."id" = f."deviceId"
   WHERE ${at.device} IS NULL AND f."tokenHash" = ANY (${at.hashes}) AND f."rotatedAt" <= ${at.rotatedAfter}
     AND o."accountId" = ${at.account} AND o."trustedUntil" > ${at.now} LIMIT 1)`;

/**
 * Spends the password budgets and reads the account in one statement. A browser that the account knows has a budget of
 * its own (`known` plus its device), so that a stranger's guesses never keep the owner out (AT-024); whether it is known
 * is decided here, from its token, not from what it says.
 */
export async function spendPasswordTry(input: {
  emailKey: string;
  tokens: PresentedTokens;
  known: BudgetColumns;
  unknown: BudgetColumns;
  now: Date;
  address: string;
}): Promise<Candidate> {
  const { known, unknown } = input;
  const [row] = await query<Candidate>(
    "sign_in_candidate",
    `WITH who AS (
       SELECT a."id", a."email", a."language", a."passwordHash", a."twoStepOnAt", a."trustEndedAt", a."lockedUntil",
              d."id" AS "deviceId", d."tokenHash" AS "deviceTokenHash", d."trustedUntil",
              d."trustEndedAt" AS "deviceTrustEndedAt", d."trustEndedBecause" AS "deviceTrustEndedBecause", d."lastMethodId"
       FROM "Account" a
       LEFT JOIN LATERAL (
         SELECT d."id", d."tokenHash", d."trustedUntil", d."trustEndedAt", d."trustEndedBecause", d."lastMethodId" FROM "Device" d
         WHERE ${knownDevice('a."id"', { hashes: "$2", successors: "$11", rotatedAfter: "$12", address: "$13" })}
           AND d."lastSeenAt" > $9 LIMIT 1
       ) d ON TRUE
       WHERE a."emailKey" = $1)
     SELECT who."id" AS "accountId", who."email", who."language", ${formerEmails('who."id"', "$10")} AS "formerEmails",
            ${copiedToken({ account: 'who."id"', device: 'who."deviceId"', hashes: "$2", rotatedAfter: "$12", now: "$10" })} AS "copiedTokenHash",
            who."passwordHash", who."twoStepOnAt", who."trustEndedAt", who."lastMethodId",
            who."deviceTrustEndedAt", who."deviceTrustEndedBecause", who."lockedUntil", who."deviceId", who."deviceTokenHash", who."trustedUntil",
            ${methodsJson('who."id"')} AS "methods", l.refused, l.retry_at AS "retryAt"
     FROM (SELECT 1) one
     LEFT JOIN who ON TRUE
     LEFT JOIN LATERAL limit_spend(
       CASE WHEN who."deviceId" IS NULL THEN $3::text[] ELSE $6::text[] || ('password:device:' || who."deviceId") END,
       CASE WHEN who."deviceId" IS NULL THEN $4::int[] ELSE $7::int[] END,
       CASE WHEN who."deviceId" IS NULL THEN $5::bigint[] ELSE $8::bigint[] END, $10) l ON TRUE`,
    [
      input.emailKey,
      input.tokens.hashes,
      unknown.keys,
      unknown.max,
      unknown.windows,
      known.keys,
      known.max,
      known.windows,
      before(input.now, numbers.trustedDevice.knownFor),
      input.now,
      input.tokens.successorHashes,
      before(input.now, numbers.trustedDevice.rotationGrace),
      input.address,
    ],
  );
  if (row === undefined) throw new Error("a select without a table gives one row");
  return row;
}

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
 * the password was changed since it was compared: that change ended every attempt, and this one with them. Null where no
 * password was asked for: a step at the desk, behind a sign-in there that the change ends.
 */
export async function openAttempt(
  attempt: NewAttempt,
  passwordHash: string | null,
  giveBackKeys: string[],
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "attempt_open",
    `WITH holder AS (SELECT "id" FROM "Account" WHERE "id" = $3 AND ($12::text IS NULL OR "passwordHash" = $12)),
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

/** A code of an attempt with what became of its newest message, null once that was swept. */
export type AttemptCode = {
  letter: string;
  sentAt: string;
  expiresAt: string;
  methodId: string | null;
  state: string | null;
  channel: string | null;
  reason: string | null;
  messageAt: string | null;
  deliveredAt: string | null;
};

export type AttemptView = {
  id: string;
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
  codes: AttemptCode[] | null;
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
    `SELECT t."id", t."accountId", t."sessionId", t."methodId", t."reason", t."reasonAt", t."action", t."tries", t."expiresAt",
            a."lockedUntil", a."email", ${methodsJson('a."id"')} AS "methods",
            (SELECT json_agg(json_build_object('letter', c."letter", 'sentAt', c."sentAt", 'methodId', c."methodId",
                             'expiresAt', c."expiresAt", 'state', g."state", 'channel', g."channel",
                             'reason', g."reason", 'messageAt', g."createdAt", 'deliveredAt', g."deliveredAt")
                             ORDER BY c."sentAt" DESC, c."letter" DESC)
             FROM "Code" c LEFT JOIN "Message" g ON g."id" = c."messageId" WHERE c."ownerId" = t."id") AS "codes",
            (SELECT count(*)::int FROM "RecoveryCode" r WHERE r."accountId" = a."id" AND r."usedAt" IS NULL)
              AS "recoveryCodesLeft"
     FROM "SignInAttempt" t JOIN "Account" a ON a."id" = t."accountId"
     WHERE t."tokenHash" = $1 AND t."purpose" = $2 AND t."usedAt" IS NULL AND t."expiresAt" > $3`,
    [tokenHash, purpose, now],
  );
  return row;
}

/**
 * The method that a fresh proof is about, for the words of its message alone: it may be suspended, so it is no method
 * that anything is asked of.
 */
export async function findSubject(accountId: string, id: string): Promise<MethodJson | undefined> {
  const [row] = await query<MethodJson>(
    "proof_subject",
    `SELECT m."id", m."kind", m."data", m."counter"::text AS "counter", m."position", m."label" FROM "Method" m
     WHERE m."id"::text = $2 AND m."accountId" = $1 AND m."removedAt" IS NULL`,
    [accountId, id],
  );
  return row;
}

/** Whether an account has a recovery code that was not used. */
export async function hasRecoveryCode(accountId: string): Promise<boolean> {
  const rows = await query(
    "proof_has_code",
    `SELECT 1 FROM "RecoveryCode" WHERE "accountId" = $1 AND "usedAt" IS NULL LIMIT 1`,
    [accountId],
  );
  return rows.length === 1;
}

/**
 * Points an open attempt at another method of its own account, or (null) at the recovery codes. There the last answer is
 * a new one: the same digits tell something else of another method, and are counted with it.
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
     WHERE t."tokenHash" = $1 AND t."purpose" = $2 AND t."usedAt" IS NULL AND t."expiresAt" > $4
       AND ($3::uuid IS NULL OR EXISTS (SELECT 1 FROM "Method" m WHERE m."id" = $3 AND m."accountId" = t."accountId"
                                        AND m."removedAt" IS NULL AND m."disabledAt" IS NULL))
     RETURNING 1`,
    [tokenHash, purpose, methodId, now],
  );
  return rows.length === 1;
}

export type SpentTry = {
  id: string;
  accountId: string;
  sessionId: string | null;
  methodId: string | null;
  reason: string;
  reasonAt: Date | null;
  action: string | null;
  triesLeft: number;
  /** The moment at which the answer is judged: the first time it was given, when it was sent twice. */
  judgedAt: Date;
  /** Whether the answer may be compared: neither the account's second step nor the method that is asked waits. */
  mayBeJudged: boolean;
  lockedUntil: Date | null;
  /** Until when the method that is asked waits, by this very try or since before. */
  methodWaitsUntil: Date | null;
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
 * time and spends nothing: it can tell nobody anything new.
 */
export async function spendTry(input: {
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
       SELECT t."id", coalesce(t."lastAnswer" = $4 AND t."lastAnswerAt" > $6, FALSE) AS "isRepeated"
       FROM "SignInAttempt" t WHERE t."tokenHash" = $1 FOR NO KEY UPDATE),
     attempt AS (
       UPDATE "SignInAttempt" t
       SET "tries" = CASE WHEN b."isRepeated" THEN t."tries" ELSE t."tries" - 1 END,
           "lastAnswerAt" = CASE WHEN b."isRepeated" THEN t."lastAnswerAt" ELSE $5 END,
           "lastAnswer" = $4
       FROM answered b
       WHERE t."id" = b."id" AND t."purpose" = $2 AND t."sessionId" IS NOT DISTINCT FROM $3::uuid
         AND t."usedAt" IS NULL AND t."expiresAt" > $5 AND (t."tries" > 0 OR b."isRepeated")
       RETURNING t."id", t."accountId", t."sessionId", t."methodId", t."reason", t."reasonAt", t."action", t."tries",
                 t."lastAnswerAt", NOT b."isRepeated" AS "isNew"),
     account AS (
       UPDATE "Account" a
       SET "failuresInRow" = a."failuresInRow" + CASE WHEN attempt."isNew" THEN 1 ELSE 0 END,
           "lockedUntil" = CASE WHEN attempt."isNew"
             THEN $5 + failure_wait_ms(a."failuresInRow" + 1, $7, $8::bigint[]) * interval '1 millisecond' END
       FROM attempt
       WHERE a."id" = attempt."accountId" AND (a."lockedUntil" IS NULL OR a."lockedUntil" <= $5)
         -- What is not looked at counts for nothing.
         AND NOT EXISTS (SELECT 1 FROM "Method" m WHERE m."id" = attempt."methodId" AND m."waitsUntil" > $5)
       RETURNING a."id", a."lockedUntil"),
     method AS (
       UPDATE "Method" m
       SET "failures" = m."failures" + 1,
           "waitsUntil" = $5 + failure_wait_ms(m."failures" + 1, $7, $8::bigint[]) * interval '1 millisecond'
       FROM attempt, account
       WHERE m."id" = attempt."methodId" AND attempt."isNew" AND m."kind" = ANY ($13::text[])
         AND m."removedAt" IS NULL AND m."disabledAt" IS NULL AND (m."waitsUntil" IS NULL OR m."waitsUntil" <= $5)
       RETURNING m."id", m."waitsUntil")
     SELECT attempt."id", attempt."accountId", attempt."sessionId", attempt."methodId", attempt."reason",
            attempt."reasonAt", attempt."action", attempt."tries" AS "triesLeft", attempt."lastAnswerAt" AS "judgedAt",
            account."id" IS NOT NULL AND (NOT attempt."isNew" OR asked."id" IS NULL OR asked."kind" <> ALL ($13::text[])
              OR method."id" IS NOT NULL) AS "mayBeJudged",
            coalesce(account."lockedUntil", before."lockedUntil") AS "lockedUntil",
            coalesce(method."waitsUntil", asked."waitsUntil") AS "methodWaitsUntil", before."email", before."language",
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
     JOIN "Account" before ON before."id" = attempt."accountId"
     LEFT JOIN account ON TRUE
     LEFT JOIN method ON TRUE
     LEFT JOIN "Method" asked ON asked."id" = attempt."methodId" AND asked."accountId" = attempt."accountId"
       AND asked."removedAt" IS NULL AND asked."disabledAt" IS NULL
     LEFT JOIN LATERAL (
       SELECT d."id", d."tokenHash" FROM "Device" d
       WHERE ${knownDevice('attempt."accountId"', { hashes: "$9", successors: "$10", rotatedAfter: "$11", address: "$12" })}
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
    ],
  );
  return row;
}

// Messages that a statement writes along with their cause: sealed before, as one JSON array.
const messagesFrom = (source: string, json: string): string => `
    INSERT INTO "Message" ("id", "accountId", "channel", "purpose", "content", "recipient", "state", "createdAt",
                           "nextTryAt", "expiresAt")
    SELECT (m->>'id')::uuid, (m->>'accountId')::uuid, m->>'channel', m->>'purpose', m->>'content', m->>'recipient',
           'queued', (m->>'createdAt')::timestamptz, (m->>'nextTryAt')::timestamptz, (m->>'expiresAt')::timestamptz
    FROM ${source}, jsonb_array_elements(${json}::jsonb) AS m`;

/**
 * After a wrong answer: the end of its method at the upper bound of NIST 3.2.2, the event, and once an attempt what its
 * owner is told. One statement.
 */
export async function recordFailure(input: {
  /** Null for a passkey that is both steps at once and has no attempt; then nobody is told twice by itself. */
  attemptId: string | null;
  sessionId: string | null;
  /** Written when nobody was told of this attempt before. */
  messages: readonly NewMessage[];
  accountId: string;
  methodId: string | null;
  kind: "second-step-failed" | "second-step-waits";
  facts: Record<string, string | number>;
  now: Date;
  address: string;
  browser: string;
}): Promise<{ isMethodDisabled: boolean }> {
  const [row] = await query<{ isMethodDisabled: boolean }>(
    "attempt_failure",
    `WITH held AS MATERIALIZED (SELECT 1 FROM "SignInAttempt" WHERE "id" = $10 FOR UPDATE),
     method AS (
       UPDATE "Method" SET "disabledAt" = $4, "waitsUntil" = NULL
       WHERE (SELECT count(*) FROM held) >= 0 AND "id" = $2 AND "accountId" = $1 AND "failures" >= $3 AND "removedAt" IS NULL AND "disabledAt" IS NULL
       RETURNING 1),
     event AS (
       INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
       VALUES ($1, $5, $4, $6, $7, $8, $9)),
     first AS (
       UPDATE "SignInAttempt" SET "toldAt" = $4
       WHERE "id" = $10 AND "toldAt" IS NULL AND jsonb_array_length($11::jsonb) > 0 RETURNING 1),
     told AS (${messagesFrom("first", "$11")})
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
    ],
  );
  return row ?? { isMethodDisabled: false };
}

export type DeviceChange = {
  /** Null: this browser is new to the account and gets a row. */
  knownId: string | null;
  newId: string;
  tokenHash: string;
  /** Null: whatever trust it had stays as it was. */
  trustedUntil: Date | null;
};

type SessionFacts = {
  sessionId: string;
  sessionTokenHash: string;
  formerTokenHash: string | null;
  methodKind: string | null;
  eventFacts: Record<string, string | number>;
  device: DeviceChange;
  /** What its owner is told of it. */
  messages: readonly NewMessage[];
  now: Date;
  address: string;
  browser: string;
};

// What every finished sign-in writes, whichever way it was let in: `go` is the account, or no row at all. The values
// $1 to $12 are `sessionValues`; `messages` is where those of the facts stand, and `method` the value that holds the
// method which let them in, for this browser to ask first from now on (null, a recovery code, leaves what it remembers).
// `provenAt` is when the session counts as freshly proven: a sign-in does not, but for the last recovery code below.
const sessionTail = (messages: string, method: string, provenAt = "NULL::timestamptz"): string => `
  ended AS (DELETE FROM "Session" WHERE "tokenHash" = $3 AND EXISTS (SELECT 1 FROM go)),
  session AS (
    INSERT INTO "Session" ("id", "tokenHash", "accountId", "createdAt", "lastSeenAt", "provenAt", "methodKind", "address", "browser",
                           "provenMethodId")
    SELECT $1, $2, go."accountId", $10, $10, ${provenAt}, $4, $11, $12, ${method}::uuid FROM go RETURNING "id"),
  event AS (
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
    SELECT go."accountId", e."kind", $10, $11, $12, e."facts", $1
    FROM go, (VALUES (1, 'signed-in', $5::jsonb), (2, 'device-trusted', '{}')) AS e("place", "kind", "facts")
    WHERE e."place" = 1 OR $9::timestamptz IS NOT NULL ORDER BY e."place"),
  told_of_it AS (${messagesFrom("go", messages)}),
  device_new AS (
    INSERT INTO "Device" ("id", "accountId", "tokenHash", "browser", "address", "createdAt", "lastSeenAt", "trustedAt",
                          "trustedUntil", "lastMethodId", "secondStepAt")
    SELECT $7, go."accountId", $8, $12, $11, $10, $10, CASE WHEN $9::timestamptz IS NULL THEN NULL ELSE $10 END, $9,
           ${method}::uuid, CASE WHEN $4::text IS NOT NULL THEN $10 END
    FROM go WHERE $6::uuid IS NULL),
  device_known AS (
    UPDATE "Device" d SET "tokenHash" = $8, "lastSeenAt" = $10, "address" = $11, "browser" = $12,
      "trustedAt" = CASE WHEN $9::timestamptz IS NULL THEN d."trustedAt" ELSE $10 END,
      "trustedUntil" = coalesce($9, d."trustedUntil"), "lastMethodId" = coalesce(${method}::uuid, d."lastMethodId"),
      "secondStepAt" = CASE WHEN $4::text IS NULL THEN d."secondStepAt" ELSE coalesce(d."secondStepAt", $10) END,
      "trustEndedAt" = CASE WHEN $9::timestamptz IS NULL THEN d."trustEndedAt" END,
      "trustEndedBecause" = CASE WHEN $9::timestamptz IS NULL THEN d."trustEndedBecause" END
    FROM go WHERE d."id" = $6 AND d."accountId" = go."accountId"
      -- A request that was long on its way must not bring a token back that was replaced meanwhile.
      AND NOT EXISTS (SELECT 1 FROM "FormerToken" f WHERE f."tokenHash" = $8))
  SELECT count(*)::int AS "count" FROM session`;

const sessionValues = (facts: SessionFacts): unknown[] => [
  facts.sessionId,
  facts.sessionTokenHash,
  facts.formerTokenHash,
  facts.methodKind,
  facts.eventFacts,
  facts.device.knownId,
  facts.device.newId,
  facts.device.tokenHash,
  facts.device.trustedUntil,
  facts.now,
  facts.address,
  facts.browser,
];

/** What the verdict "no second step" was made from; a sign-in by it counts only while all of it still holds. */
export type Judged = {
  accountId: string;
  passwordHash: string;
  twoStepOnAt: Date | null;
  trustEndedAt: Date | null;
};

/**
 * A sign-in that needs no second step: budgets given back, session, device and event, in one statement. False when the
 * password, Two-Step Verification or the trust of this browser changed since they were read: a hash lies in between, and
 * in a storm a whole waiting line of them (AT-048, AT-058).
 */
export async function admitWithoutSecondStep(
  facts: SessionFacts,
  judged: Judged,
  giveBackKeys: string[],
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit",
    // Columns of the locked row are looked at again when another statement changed it first; a trust that ended without
    // a trace in that row (one forgotten device) is seen as of the start of this statement.
    `WITH back AS MATERIALIZED (SELECT limit_give_back($15::text[])),
     go AS (SELECT a."id" AS "accountId" FROM "Account" a, back
            WHERE a."id" = $13 AND a."passwordHash" = $14
              AND a."twoStepOnAt" IS NOT DISTINCT FROM $16 AND a."trustEndedAt" IS NOT DISTINCT FROM $17
              AND (a."twoStepOnAt" IS NULL OR EXISTS (
                SELECT 1 FROM "Device" d WHERE d."id" = $6 AND d."accountId" = a."id" AND d."trustedUntil" > $10))
            FOR SHARE OF a),
     ${sessionTail("$18", "NULL")}`,
    [
      ...sessionValues(facts),
      judged.accountId,
      judged.passwordHash,
      giveBackKeys,
      judged.twoStepOnAt,
      judged.trustEndedAt,
      JSON.stringify(facts.messages),
    ],
  );
  return row?.count === 1;
}

export type UsedUp = {
  counter?: bigint;
  /** A passkey's data as it is from now on, sealed for its row. */
  data?: string;
  codeId?: string;
  recoveryCodeId?: string;
  /** What is recorded and told along with it: a spent recovery code is the one proof nobody notices missing. */
  note?: { facts: Record<string, string | number>; messages: readonly NewMessage[] };
};

// A sign counter goes on, or there is none and it stays 0 (WebAuthn L3 6.1.1).
const isCounterOn = (counter: string): string =>
  `(coalesce("counter", 0) < ${counter}::bigint OR (coalesce("counter", 0) = 0 AND ${counter}::bigint = 0))`;

// What an accepted answer uses up, and only then the attempt; each by a condition that a second request cannot meet, so
// two answers at once give one success. $13 attempt, $14 method, $15 counter, $16 code, $17 recovery code, $18 and $19
// what is recorded and told, $20 a passkey's data. What a passkey uses up is the attempt with its challenge.
// Locked in the order of every statement: attempt, account, method.
const consumption = `
  held AS MATERIALIZED (
    SELECT "accountId" FROM "SignInAttempt" WHERE "id" = $13 AND "usedAt" IS NULL FOR UPDATE),
  owner AS MATERIALIZED (
    SELECT a."id" FROM held JOIN "Account" a ON a."id" = held."accountId" FOR UPDATE OF a),
  code AS (
    UPDATE "Code" SET "usedAt" = $10 FROM owner
    WHERE "Code"."id" = $16::uuid AND "usedAt" IS NULL AND "ownerId" = $13 RETURNING 1),
  method AS (
    UPDATE "Method" SET "counter" = coalesce($15::bigint, "counter"), "lastUsedAt" = $10, "provenAt" = $10, "failures" = 0,
      "waitsUntil" = NULL, "warnedAt" = NULL, "data" = coalesce($20::text, "data")
    FROM owner
    WHERE "Method"."id" = $14::uuid AND "accountId" = owner."id" AND "removedAt" IS NULL AND "disabledAt" IS NULL
      AND (CASE WHEN $15::bigint IS NULL THEN EXISTS (SELECT 1 FROM code)
           WHEN $20::text IS NOT NULL THEN ${isCounterOn("$15")}
           ELSE ("counter" IS NULL OR "counter" < $15::bigint) AND NOT ($15::bigint = ANY ("burntSteps")) END)
    RETURNING 1),
  recovery AS (
    UPDATE "RecoveryCode" SET "usedAt" = $10 FROM owner
    WHERE "RecoveryCode"."id" = $17::uuid AND "accountId" = owner."id" AND $14::uuid IS NULL AND "usedAt" IS NULL RETURNING 1),
  attempt AS (
    UPDATE "SignInAttempt" SET "usedAt" = $10
    WHERE "id" = $13 AND "usedAt" IS NULL AND (EXISTS (SELECT 1 FROM method) OR EXISTS (SELECT 1 FROM recovery))
    RETURNING "accountId", "sessionId", "action"),
  calm AS (
    UPDATE "Account" a SET "failuresInRow" = 0, "lockedUntil" = NULL FROM attempt WHERE a."id" = attempt."accountId"),
  noted AS (
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
    SELECT "accountId", 'recovery-code-used', $10, $11, $12, $18::jsonb FROM attempt WHERE $18::jsonb IS NOT NULL),
  told AS (${messagesFrom("attempt", "coalesce($19::jsonb, '[]')")})`;

const consumptionValues = (attemptId: string, methodId: string | null, used: UsedUp): unknown[] => [
  attemptId,
  methodId,
  used.counter?.toString() ?? null,
  used.codeId ?? null,
  used.recoveryCodeId ?? null,
  used.note === undefined ? null : used.note.facts,
  used.note === undefined ? null : JSON.stringify(used.note.messages),
  used.data ?? null,
];

// Whoever signs in with their last recovery code may have nothing left to prove it is them a second time: without this
// they could not add a method before the session ends, and would be out for good. The ten minutes are those of any proof.
const provenByTheLastCode = `CASE WHEN EXISTS (SELECT 1 FROM recovery) AND NOT EXISTS (
    SELECT 1 FROM "RecoveryCode" c WHERE c."accountId" = go."accountId" AND c."usedAt" IS NULL AND c."id" <> $17::uuid)
  THEN $10::timestamptz END`;

/** Finishes a sign-in: the proof and the attempt used up, session, device and event; all in one statement, or nothing. */
export async function admitWithSecondStep(
  facts: SessionFacts,
  attemptId: string,
  methodId: string | null,
  used: UsedUp,
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit_second",
    `WITH ${consumption}, go AS (SELECT "accountId" FROM attempt), ${sessionTail("$21", "$14", provenByTheLastCode)}`,
    [
      ...sessionValues(facts),
      ...consumptionValues(attemptId, methodId, used),
      JSON.stringify(facts.messages),
    ],
  );
  return row?.count === 1;
}

/** Whose passkey answered, with everything that is compared with it; null where the credential is nobody's. */
export type PasskeyCandidate = {
  /** Whether the challenge was spent by this very answer. */
  isSpent: boolean;
  refused: string | null;
  retryAt: Date | null;
  accountId: string | null;
  email: string | null;
  formerEmails: string[] | null;
  language: string | null;
  twoStepOnAt: Date | null;
  lockedUntil: Date | null;
  deviceId: string | null;
  deviceTokenHash: string | null;
  /** As of a Candidate. */
  copiedTokenHash: string | null;
  method: MethodJson | null;
  /**
   * It is suspended (lib/stolen), or was removed and can be put back (lib/undo): it opens nothing, and whatever keeps it
   * is not told to throw it away.
   */
  mayComeBack: boolean;
};

/**
 * Spends the budgets of an address and the challenge before anything is compared, and reads whose passkey it is: one
 * statement. Of two answers to one challenge at the same moment one finds it spent. A method of an account whose
 * Two-Step Verification is not on is nobody's: pending is not active.
 */
export async function spendChallenge(input: {
  credentialKey: string;
  challengeHash: string;
  expiresAt: Date;
  budgets: BudgetColumns;
  tokens: PresentedTokens;
  now: Date;
  address: string;
}): Promise<PasskeyCandidate> {
  const [row] = await query<PasskeyCandidate>(
    "passkey_spend",
    `WITH budget AS MATERIALIZED (
       SELECT l.refused, l.retry_at FROM (SELECT 1) one
       LEFT JOIN LATERAL limit_spend($4::text[], $5::int[], $6::bigint[], $8) l ON TRUE),
     spent AS (
       INSERT INTO "SpentChallenge" ("hash", "expiresAt")
       SELECT $2, $3::timestamptz FROM budget WHERE budget.refused IS NULL ON CONFLICT DO NOTHING RETURNING 1)
     SELECT EXISTS (SELECT 1 FROM spent) AS "isSpent", budget.refused, budget.retry_at AS "retryAt",
            EXISTS (SELECT 1 FROM "Method" s WHERE s."credential" = $1
                    AND CASE WHEN s."removedAt" IS NULL THEN s."suspendedAt" IS NOT NULL
                        ELSE EXISTS (SELECT 1 FROM "Removal" r WHERE r."id" = s."removalId" AND r."usedAt" IS NULL
                                     AND r."expiresAt" > $8) END) AS "mayComeBack",
            who.*, d."id" AS "deviceId", d."tokenHash" AS "deviceTokenHash",
            ${copiedToken({ account: 'who."accountId"', device: 'd."id"', hashes: "$7", rotatedAfter: "$10", now: "$8" })} AS "copiedTokenHash"
     FROM budget
     LEFT JOIN LATERAL (
       SELECT a."id" AS "accountId", a."email", a."language", ${formerEmails('a."id"', "$8")} AS "formerEmails", a."twoStepOnAt", a."lockedUntil",
              json_build_object('id', m."id", 'kind', m."kind", 'data', m."data", 'counter', m."counter"::text,
                                'position', m."position", 'label', m."label") AS "method"
       FROM "Method" m JOIN "Account" a ON a."id" = m."accountId"
       WHERE m."credential" = $1 AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
         AND a."twoStepOnAt" IS NOT NULL) who ON TRUE
     LEFT JOIN LATERAL (
       SELECT d."id", d."tokenHash" FROM "Device" d
       WHERE ${knownDevice('who."accountId"', { hashes: "$7", successors: "$9", rotatedAfter: "$10", address: "$11" })}
       LIMIT 1) d ON TRUE`,
    [
      input.credentialKey,
      input.challengeHash,
      input.expiresAt,
      input.budgets.keys,
      input.budgets.max,
      input.budgets.windows,
      input.tokens.hashes,
      input.now,
      input.tokens.successorHashes,
      before(input.now, numbers.trustedDevice.rotationGrace),
      input.address,
    ],
  );
  if (row === undefined) throw new Error("a select without a table gives one row");
  return row;
}

/** A passkey that proved both steps, as it is stored from now on. */
export type UsedPasskey = { methodId: string; accountId: string; counter: bigint; data: string };

// Nothing is let in by a passkey that was removed or counted on meanwhile, or while the account waits. $13 method, $14
// account, $15 counter, $16 data.
const passkeyUse = `
  open AS (
    SELECT a."id" FROM "Account" a WHERE a."id" = $14 AND a."twoStepOnAt" IS NOT NULL
      AND (a."lockedUntil" IS NULL OR a."lockedUntil" <= $10) FOR UPDATE),
  method AS (
    UPDATE "Method" m SET "counter" = $15::bigint, "data" = $16, "lastUsedAt" = $10, "provenAt" = $10, "failures" = 0
    FROM open WHERE m."id" = $13 AND m."accountId" = open."id" AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
      AND ${isCounterOn("$15")}
    RETURNING m."accountId"),
  calm AS (
    UPDATE "Account" a SET "failuresInRow" = 0, "lockedUntil" = NULL FROM method WHERE a."id" = method."accountId")`;

const passkeyValues = (used: UsedPasskey): unknown[] => [
  used.methodId,
  used.accountId,
  used.counter.toString(),
  used.data,
];

/** A sign-in by a passkey alone: the passkey's use, session, device and event, in one statement, or nothing. */
export async function admitWithPasskey(facts: SessionFacts, used: UsedPasskey): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit_passkey",
    `WITH ${passkeyUse}, go AS (SELECT "accountId" FROM method), ${sessionTail("$17", "$13")}`,
    [...sessionValues(facts), ...passkeyValues(used), JSON.stringify(facts.messages)],
  );
  return row?.count === 1;
}

/** Marks a session as freshly proven and gives it a new token; with an attempt, only if that is used up by it. */
export async function proveSession(input: {
  sessionId: string;
  accountId: string;
  newTokenHash: string;
  attempt: { id: string; methodId: string | null; used: UsedUp } | undefined;
  /** A passkey that proved both steps at once, in the place of an attempt. */
  passkey?: UsedPasskey;
  /** What it is good for: null for every action (lib/proof/actions.ts). */
  provenFor: string | null;
  giveBackKeys: string[];
  eventFacts: Record<string, string | number>;
  now: Date;
  address: string;
  browser: string;
}): Promise<boolean> {
  const { attempt } = input;
  const values: unknown[] = [
    input.sessionId,
    input.newTokenHash,
    input.accountId,
    input.eventFacts,
    input.giveBackKeys,
    input.provenFor,
    null,
    null,
    null,
    input.now,
    input.address,
    input.browser,
  ];
  const tail = (method: string): string => `
    back AS MATERIALIZED (SELECT limit_give_back($5::text[])),
    session AS (
      UPDATE "Session" s SET "provenAt" = $10, "provenFor" = $6, "tokenHash" = $2, "provenMethodId" = ${method}::uuid,
        "avoidMethodId" = NULL FROM go, back
      WHERE s."id" = $1 AND s."accountId" = $3 RETURNING s."accountId"),
    event AS (
      INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
      SELECT "accountId", 'proof-given', $10, $11, $12, $4, $1 FROM session)
    SELECT count(*)::int AS "count" FROM session`;
  if (input.passkey !== undefined) {
    const [proven] = await query<{ count: number }>(
      "proof_passkey",
      `WITH unused AS (SELECT $7::text, $8::text, $9::text), ${passkeyUse},
       go AS (SELECT 1 FROM method), ${tail("$13")}`,
      [...values, ...passkeyValues(input.passkey)],
    );
    return proven?.count === 1;
  }
  const [row] =
    attempt === undefined
      ? await query<{ count: number }>(
          "proof_password",
          `WITH unused AS (SELECT $7::text, $8::text, $9::text), go AS (SELECT 1), ${tail("NULL")}`,
          values,
        )
      : await query<{ count: number }>(
          "proof_second",
          `WITH unused AS (SELECT $7::text, $8::text, $9::text), ${consumption},
           go AS (SELECT 1 FROM attempt WHERE "sessionId" = $1), ${tail("$14")}`,
          [...values, ...consumptionValues(attempt.id, attempt.methodId, attempt.used)],
        );
  return row?.count === 1;
}

// Who may work at the desk with the proof that was just used up: an agent or the owner ($4 the owner's address), none
// within a week after a recovery ($5), and while a way back in holds the account, by an older method only. $14 method.
const atDesk = `
  SELECT a."id" AS "accountId", attempt."sessionId", attempt."action" FROM attempt JOIN "Account" a ON a."id" = attempt."accountId"
  WHERE a."twoStepOnAt" IS NOT NULL AND (a."recoveredAt" IS NULL OR a."recoveredAt" <= $5::timestamptz)
    AND (a."emailKey" = $4 OR EXISTS (SELECT 1 FROM "DeskAgent" g WHERE g."accountId" = a."id"))
    AND (NOT EXISTS (SELECT 1 FROM "Method" h WHERE h."accountId" = a."id" AND h."removedAt" IS NULL
                     AND h."cannotRemoveOthersUntil" > $10)
         OR EXISTS (SELECT 1 FROM "Method" p WHERE p."id" = $14::uuid
                    AND (p."cannotRemoveOthersUntil" IS NULL OR p."cannotRemoveOthersUntil" <= $10)))`;

/**
 * The app that is asked at the desk: the first one; one that came by a way back in, or waits after wrong codes, only
 * where there is no other.
 */
export async function findAppAtDesk(accountId: string, now: Date): Promise<MethodJson | undefined> {
  const [row] = await query<MethodJson>(
    "desk_app",
    `SELECT m."id", m."kind", m."data", m."counter"::text AS "counter", m."position", m."label" FROM "Method" m
     WHERE m."accountId" = $1 AND m."kind" = 'app' AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
     ORDER BY coalesce(m."cannotRemoveOthersUntil" > $2, FALSE), coalesce(m."waitsUntil" > $2, FALSE), m."position"
     LIMIT 1`,
    [accountId, now],
  );
  return row;
}

/** What both statements of the desk take. */
type DeskFacts = {
  readonly sessionId: string;
  /** The owner's address, as it is compared; null: there is no owner. */
  readonly ownerKey: string | null;
  readonly now: Date;
  readonly address: string;
  readonly browser: string;
};

/**
 * Finishes a sign-in at the support desk: the proof and the attempt used up, the desk session and the event; all in one
 * statement, or nothing. It is never a session of the site. False when somebody was faster, or the account is neither an
 * agent's nor the owner's any more, or has turned Two-Step Verification off.
 */
export async function admitAtDesk(
  facts: DeskFacts & {
    readonly sessionTokenHash: string;
    readonly callerHash: string;
    readonly expiresAt: Date;
    readonly messages: readonly NewMessage[];
  },
  attemptId: string,
  methodId: string | null,
  used: UsedUp,
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit_desk",
    `WITH unused AS (SELECT $7::text, $8::text, $9::text), ${consumption}, go AS (${atDesk}),
     session AS (
       INSERT INTO "DeskSession" ("id", "tokenHash", "accountId", "createdAt", "expiresAt", "callerHash")
       SELECT $1, $2, go."accountId", $10, $3, $6 FROM go RETURNING "id"),
     event AS (
       INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
       SELECT go."accountId", 'desk-signed-in', $10, $11, $12, '{}' FROM go),
     told_of_it AS (${messagesFrom("go", "$21")})
     SELECT count(*)::int AS "count" FROM session`,
    [
      facts.sessionId,
      facts.sessionTokenHash,
      facts.expiresAt,
      facts.ownerKey,
      before(facts.now, numbers.recovery.holdRemovals),
      facts.callerHash,
      null,
      null,
      null,
      facts.now,
      facts.address,
      facts.browser,
      ...consumptionValues(attemptId, methodId, used),
      JSON.stringify(facts.messages),
    ],
  );
  return row?.count === 1;
}

/**
 * A code that was given at the desk for one step: the proof and the attempt used up, and the sign-in there proven for
 * the step that the attempt was opened for and no other; all in one statement, or nothing.
 */
export async function proveStepAtDesk(
  facts: DeskFacts,
  attemptId: string,
  methodId: string | null,
  used: UsedUp,
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "desk_prove_step",
    `WITH unused AS (SELECT $2::text, $3::text, $6::text, $7::text, $8::text, $9::text), ${consumption}, go AS (${atDesk}),
     session AS (
       UPDATE "DeskSession" s SET "provenFor" = go."action", "provenAt" = $10 FROM go
       WHERE s."id" = $1 AND s."id" = go."sessionId" AND s."accountId" = go."accountId" AND s."expiresAt" > $10
       RETURNING 1)
     SELECT count(*)::int AS "count" FROM session`,
    [
      facts.sessionId,
      null,
      null,
      facts.ownerKey,
      before(facts.now, numbers.recovery.holdRemovals),
      null,
      null,
      null,
      null,
      facts.now,
      facts.address,
      facts.browser,
      ...consumptionValues(attemptId, methodId, used),
    ],
  );
  return row?.count === 1;
}

/** Gives password budgets their unit back, where the password was right and nothing else of this file did it. */
export async function giveBackPasswordTry(keys: readonly string[]): Promise<void> {
  await query("password_give_back", `SELECT limit_give_back($1::text[])`, [keys]);
}

/** Replaces a password hash made with older parameters, unless the password changed meanwhile. */
export async function replacePasswordHash(accountId: string, former: string, hash: string): Promise<void> {
  await query(
    "password_rehash",
    `UPDATE "Account" SET "passwordHash" = $3 WHERE "id" = $1 AND "passwordHash" = $2`,
    [accountId, former, hash],
  );
}

/**
 * Notes the language in which somebody signed in, once: messages to them are written in it. One that is known stays;
 * an intruder would otherwise choose the language in which the owner reads of the intruder.
 */
export async function rememberLanguage(
  account: { readonly accountId: string; readonly language: string | null },
  language: string,
): Promise<void> {
  if (account.language !== null) return;
  await query(
    "account_language_first",
    `UPDATE "Account" SET "language" = $2 WHERE "id" = $1 AND "language" IS NULL`,
    [account.accountId, language],
  );
}
