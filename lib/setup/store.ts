import "server-only";
import { newestSentCode, type SentCode } from "@/lib/codes";
import { query, type Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { type SpentTry, spendTry } from "@/lib/limits";
import type { MethodRow } from "@/lib/methods";
import { lockAccount } from "@/lib/sessions";
import type { Purpose } from "./rules";

/** A method that is being set up, still sealed. */
export type EnrolmentRow = {
  id: string;
  accountId: string;
  sessionId: string;
  kind: string;
  purpose: Purpose;
  data: string;
  tries: number;
  expiresAt: Date;
  /** Time steps of its app that a hint spoke of; as text, because no driver keeps 64 bits in a number. */
  burntSteps: string[];
  /** The number whose place it takes when it is confirmed; null for one more. */
  replaces: string | null;
};

const columns = `"id", "accountId", "sessionId", "kind", "purpose", "data", "tries", "expiresAt", "replaces",
  "burntSteps"::text[] AS "burntSteps"`;

/** The live enrolment of a kind that this session began; another session's is not there at all (AT-070). */
export async function findEnrolment(
  owner: { readonly accountId: string; readonly sessionId: string },
  kind: string,
  now: Date,
): Promise<EnrolmentRow | undefined> {
  const [row] = await query<EnrolmentRow>(
    "enrolment_find",
    `SELECT ${columns} FROM "Enrolment"
     WHERE "accountId" = $1 AND "kind" = $2 AND "sessionId" = $3 AND "expiresAt" > $4`,
    [owner.accountId, kind, owner.sessionId, now],
  );
  return row;
}

/** The phone that this session is setting up and its newest code, in one statement; `code` null: none was sent. */
export async function findPhone(
  owner: { readonly accountId: string; readonly sessionId: string },
  now: Date,
): Promise<(EnrolmentRow & { code: SentCode | null }) | undefined> {
  const [row] = await query<EnrolmentRow & { code: SentCode | null }>(
    "enrolment_phone",
    `SELECT ${columns}, ${newestSentCode('e."id"')} AS "code" FROM "Enrolment" e
     WHERE "accountId" = $1 AND "kind" = 'phone' AND "sessionId" = $2 AND "expiresAt" > $3`,
    [owner.accountId, owner.sessionId, now],
  );
  return row;
}

/** Puts other data into an enrolment that is still the session's own. False when it is gone. */
export async function changeEnrolment(
  enrolment: {
    readonly id: string;
    readonly sessionId: string;
    readonly data: string;
    readonly identity: string | null;
  },
  now: Date,
): Promise<boolean> {
  const rows = await query(
    "enrolment_change",
    `UPDATE "Enrolment" SET "data" = $3, "identity" = $4, "expiresAt" = $6
     WHERE "id" = $1 AND "sessionId" = $2 AND "expiresAt" > $5 AND "tries" > 0 RETURNING 1`,
    [
      enrolment.id,
      enrolment.sessionId,
      enrolment.data,
      enrolment.identity,
      now,
      after(now, numbers.enrolment.idle),
    ],
  );
  return rows.length === 1;
}

/**
 * Begins an enrolment, in the place of whatever was begun for this kind before. The same thing begun again by the same
 * session (a double click, a reload, coming back) goes on as it is: `isNew` is false and only its end moves.
 * `identity` says what is the same.
 */
export async function startEnrolment(
  enrolment: EnrolmentRow & { readonly identity: string | null; readonly createdAt: Date },
): Promise<EnrolmentRow & { isNew: boolean }> {
  const [row] = await query<EnrolmentRow & { isNew: boolean }>(
    "enrolment_start",
    `INSERT INTO "Enrolment" AS e ("id", "accountId", "sessionId", "kind", "purpose", "data", "identity", "tries",
                                   "createdAt", "expiresAt", "replaces")
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT ("accountId", "kind") DO UPDATE SET
       ("id", "sessionId", "purpose", "data", "identity", "tries", "createdAt", "expiresAt",
        "lastAnswer", "lastAnswerAt", "burntSteps", "replaces")
       = (SELECT k."id", $3::uuid, $5, k."data", $7, k."tries", k."createdAt", $10::timestamptz,
                 k."lastAnswer", k."lastAnswerAt", k."burntSteps", $11::uuid
          FROM (SELECT e."id", e."data", e."tries", e."createdAt", e."lastAnswer", e."lastAnswerAt", e."burntSteps"
                WHERE e."sessionId" = $3 AND e."expiresAt" > $9 AND e."tries" > 0
                  AND e."identity" IS NOT DISTINCT FROM $7
                UNION ALL
                SELECT $1::uuid, $6, $8::int, $9::timestamptz, NULL::text, NULL::timestamptz, ARRAY[]::bigint[]) k
          LIMIT 1)
     RETURNING ${columns}, "id" = $1 AS "isNew"`,
    [
      enrolment.id,
      enrolment.accountId,
      enrolment.sessionId,
      enrolment.kind,
      enrolment.purpose,
      enrolment.data,
      enrolment.identity,
      enrolment.tries,
      enrolment.createdAt,
      enrolment.expiresAt,
      enrolment.replaces,
    ],
  );
  if (row === undefined) throw new Error("an insert that updates on conflict gives one row");
  return row;
}

/** Keeps an enrolment alive: its ten idle minutes begin again. False when it is gone. */
export async function keepEnrolment(id: string, now: Date): Promise<boolean> {
  const rows = await query(
    "enrolment_keep",
    `UPDATE "Enrolment" SET "expiresAt" = $3 WHERE "id" = $1 AND "expiresAt" > $2 AND "tries" > 0 RETURNING 1`,
    [id, now, after(now, numbers.enrolment.idle)],
  );
  return rows.length === 1;
}

/** Spends a try of an enrolment of this session that is not over, and keeps it open for as long again. */
export const spendEnrolmentTry = (
  owner: { readonly accountId: string; readonly sessionId: string },
  id: string,
  answer: {
    readonly answerHash: string;
    /** False with a grant: its own tries are enough, and the account's wait must not shut the way back in. */
    readonly isCounted: boolean;
  },
  now: Date,
): Promise<(SpentTry & EnrolmentRow) | undefined> =>
  spendTry<EnrolmentRow>(
    {
      table: "Enrolment",
      isOpen: `t."sessionId" = $9 AND t."expiresAt" > $4`,
      sets: `"expiresAt" = $10`,
      columns: `spent."id", spent."accountId", spent."sessionId", spent."kind", spent."purpose", spent."data",
            spent."tries", spent."expiresAt", spent."replaces", spent."burntSteps"::text[] AS "burntSteps"`,
    },
    { id, accountId: owner.accountId },
    { hash: answer.answerHash, isCounted: answer.isCounted },
    now,
    [owner.sessionId, after(now, numbers.enrolment.idle)],
  );

/** Takes an enrolment away, once: whoever gets `true` is the one that confirms it. */
export async function takeEnrolment(tx: Transaction, id: string, sessionId: string): Promise<boolean> {
  const { count } = await tx.enrolment.deleteMany({ where: { id, sessionId } });
  return count === 1;
}

/** Takes away every enrolment of an account. */
export async function dropEnrolments(tx: Transaction, accountId: string): Promise<void> {
  await tx.enrolment.deleteMany({ where: { accountId } });
}

/**
 * Takes a set-up away that was not turned on, with the methods it has made: somebody else may have begun it with a phone of
 * theirs. Where Two-Step Verification is on nothing goes. The caller holds the account.
 */
export async function dropUnfinished(tx: Transaction, accountId: string): Promise<void> {
  const { twoStepOnAt } = await lockAccount(tx, accountId);
  if (twoStepOnAt !== null) return;
  await dropEnrolments(tx, accountId);
  await tx.method.deleteMany({ where: { accountId, removedAt: null, disabledAt: null } });
}

/** Marks a sent code used; false when somebody was faster. */
export async function spendCode(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.code.updateMany({ where: { id, usedAt: null }, data: { usedAt: now } });
  return count === 1;
}

/** The methods of an account in order, still sealed, as this transaction sees them. */
export async function listMethodRows(tx: Transaction, accountId: string): Promise<MethodRow[]> {
  const rows = await tx.method.findMany({
    where: { accountId, removedAt: null, disabledAt: null },
    orderBy: [{ position: "asc" }, { createdAt: "asc" }],
  });
  return rows.map(({ accountId: _account, removedAt: _removed, ...row }) => ({
    ...row,
    counter: row.counter?.toString() ?? null,
  }));
}

/**
 * Puts numbers that go by themselves behind all others again: the last backup stays the last one, whatever is added or
 * moved. Asked for after every change of the order.
 */
export async function keepRetiringLast(tx: Transaction, accountId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Method" m SET "position" = o."place" - 1
    FROM (SELECT "id", row_number() OVER (ORDER BY "retiresAt" IS NOT NULL, "position", "createdAt") AS "place"
          FROM "Method" WHERE "accountId" = ${accountId}::uuid AND "removedAt" IS NULL AND "disabledAt" IS NULL) o
    WHERE m."id" = o."id" AND m."position" <> o."place" - 1
      AND EXISTS (SELECT 1 FROM "Method" r WHERE r."accountId" = ${accountId}::uuid AND r."removedAt" IS NULL
                  AND r."disabledAt" IS NULL AND r."retiresAt" IS NOT NULL)`;
}

export type NewMethod = {
  readonly id: string;
  readonly accountId: string;
  readonly kind: string;
  readonly data: string;
  readonly identity: string | null;
  readonly counter: bigint | null;
  /** Of a passkey: by what it is found. */
  readonly credential: string | null;
  readonly burntSteps: readonly bigint[];
  readonly cannotRemoveOthersUntil: Date | null;
  readonly position: number;
  readonly now: Date;
};

/**
 * Stores a confirmed method, and with it the end of the account's failures in a row. False when its credential is there
 * already, in whichever account (WebAuthn L3 7.1).
 */
export async function insertMethod(tx: Transaction, method: NewMethod): Promise<boolean> {
  const { now, burntSteps, ...row } = method;
  const { count } = await tx.method.createMany({
    data: [{ ...row, burntSteps: [...burntSteps], createdAt: now, provenAt: now }],
    skipDuplicates: true,
  });
  if (count === 0) return false;
  await tx.account.update({ where: { id: row.accountId }, data: { failuresInRow: 0, lockedUntil: null } });
  return true;
}

/** Turns Two-Step Verification on, once: false when it is on already. */
export async function turnOn(tx: Transaction, accountId: string, now: Date): Promise<boolean> {
  const { count } = await tx.account.updateMany({
    where: { id: accountId, twoStepOnAt: null },
    data: { twoStepOnAt: now, mustSetUpSince: null },
  });
  return count === 1;
}

/** Keeps sealed recovery codes beside the session that may see them. False: no such session. */
export async function keepReveal(
  tx: Transaction,
  session: { readonly id: string; readonly accountId: string },
  reveal: string,
): Promise<boolean> {
  const { count } = await tx.session.updateMany({
    where: { id: session.id, accountId: session.accountId },
    data: { reveal },
  });
  return count === 1;
}

/** The sealed recovery codes of a session, as this transaction sees them. */
export async function findReveal(
  tx: Transaction,
  session: { readonly id: string; readonly accountId: string },
): Promise<string | null> {
  const where = { id: session.id, accountId: session.accountId };
  return (await tx.session.findFirst({ where, select: { reveal: true } }))?.reveal ?? null;
}

/** Takes the sealed recovery codes of a session away. */
export async function dropReveal(
  tx: Transaction,
  session: { readonly id: string; readonly accountId: string },
): Promise<void> {
  const where = { id: session.id, accountId: session.accountId };
  await tx.session.updateMany({ where, data: { reveal: null } });
}

/** What is needed to say where a set-up stands, in one statement. */
export type StandingRow = {
  twoStepOnAt: Date | null;
  recoveredAt: Date | null;
  reveal: string | null;
  methods: MethodRow[] | null;
  isPhonePending: boolean;
};

/** Reads where the set-up of an account stands for one of its sessions. */
export async function readStanding(
  session: { readonly id: string; readonly accountId: string },
  now: Date,
): Promise<StandingRow | undefined> {
  const [row] = await query<StandingRow>(
    "setup_standing",
    `SELECT a."twoStepOnAt", a."recoveredAt", s."reveal",
            -- No EXISTS: planned on a new site, it would read everybody's set-ups (lib/sign-in/plans.flow.test.ts).
            coalesce((SELECT e."sessionId" = s."id" AND e."expiresAt" > $3 FROM "Enrolment" e
                      WHERE e."accountId" = a."id" AND e."kind" = 'phone'), FALSE) AS "isPhonePending",
            (SELECT json_agg(json_build_object('id', m."id", 'kind', m."kind", 'data', m."data",
                      'identity', m."identity", 'counter', m."counter"::text) ORDER BY m."position", m."createdAt")
             FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL AND m."disabledAt" IS NULL)
              AS "methods"
     FROM "Session" s JOIN "Account" a ON a."id" = s."accountId" WHERE s."id" = $1 AND s."accountId" = $2`,
    [session.id, session.accountId, now],
  );
  return row;
}

/** Takes away the browsers of an account that are trusted now. */
export async function dropTrustedDevices(tx: Transaction, accountId: string, now: Date): Promise<void> {
  await tx.device.deleteMany({ where: { accountId, trustedUntil: { gt: now } } });
}

/** Whether the account has no passkey, under the lock of the change that adds one. */
export async function hasNoPasskey(tx: Transaction, accountId: string): Promise<boolean> {
  return (await tx.method.count({ where: { accountId, kind: "passkey", removedAt: null } })) === 0;
}
