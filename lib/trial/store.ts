import "server-only";
import { newestSentCode, type SentCode } from "@/lib/codes";
import { query, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { type SpentTry, spendTry, takeBackFailure } from "@/lib/limits";
import { type RightAnswer, spendAnswer } from "@/lib/methods";

/** Whose trial it is: only the session that asked for it goes on with it. */
type Owner = { readonly id: string; readonly accountId: string };

/** A trial that a session began. */
export type TrialRow = {
  id: string;
  target: string;
  codeId: string | null;
  tries: number;
  expiresAt: Date;
  provenAt: Date | null;
};

const columns = `t."id", t."target", t."codeId", t."tries", t."expiresAt", t."provenAt"`;

/** The trial of a target that this session began and that is not over, with its newest code; one statement. */
export async function findTrial(
  owner: Owner,
  target: string,
  now: Date,
): Promise<(TrialRow & { code: SentCode | null }) | undefined> {
  const [row] = await query<TrialRow & { code: SentCode | null }>(
    "trial_find",
    `SELECT ${columns}, ${newestSentCode('t."id"')} AS "code" FROM "Trial" t
     WHERE t."sessionId" = $1 AND t."accountId" = $2 AND t."target" = $3 AND t."expiresAt" > $4
       AND t."provenAt" IS NULL`,
    [owner.id, owner.accountId, target, now],
  );
  return row;
}

/**
 * Begins a trial, or goes on with the one that this session has: begun again it keeps its tries and its recovery code
 * until it is over, so that beginning is no way to more guesses.
 */
export async function startTrial(
  owner: Owner,
  trial: {
    readonly id: string;
    readonly target: string;
    readonly codeId: string | null;
    readonly expiresAt: Date;
  },
  now: Date,
): Promise<TrialRow> {
  const [row] = await query<TrialRow>(
    "trial_start",
    `INSERT INTO "Trial" AS t ("id", "accountId", "sessionId", "target", "codeId", "tries", "createdAt", "expiresAt")
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT ("sessionId", "target") DO UPDATE SET
       ("id", "codeId", "tries", "createdAt", "expiresAt", "provenAt", "lastAnswer", "lastAnswerAt")
       = (SELECT k.* FROM (
            SELECT t."id", t."codeId", t."tries", t."createdAt", t."expiresAt", t."provenAt", t."lastAnswer",
                   t."lastAnswerAt" WHERE t."expiresAt" > $7 AND t."provenAt" IS NULL
            UNION ALL
            SELECT $1::uuid, $5::uuid, $6::int, $7::timestamptz, $8::timestamptz, NULL::timestamptz, NULL::text,
                   NULL::timestamptz) k LIMIT 1)
     RETURNING ${columns}`,
    [
      trial.id,
      owner.accountId,
      owner.id,
      trial.target,
      trial.codeId,
      numbers.trial.tries,
      now,
      trial.expiresAt,
    ],
  );
  if (row === undefined) throw new Error("an insert that updates on conflict gives one row");
  return row;
}

/** Spends a try of a trial of this session that is not over, and of its account. */
export const spendTrialTry = (
  owner: Owner,
  id: string,
  hash: string,
  now: Date,
): Promise<SpentTry | undefined> =>
  spendTry(
    { table: "Trial", isOpen: `t."sessionId" = $9 AND t."expiresAt" > $4 AND t."provenAt" IS NULL` },
    { id, accountId: owner.accountId },
    { hash, isCounted: true },
    now,
    [owner.id],
  );

/** Takes away a trial whose recovery code is not there any more. */
export async function dropTrial(id: string): Promise<void> {
  await query("trial_drop", `DELETE FROM "Trial" WHERE "id" = $1`, [id]);
}

/** Ends a trial that was right, once; the try that it spent of the account is given back, and no other. */
export async function finishTrial(
  tx: Transaction,
  trial: { readonly id: string; readonly accountId: string },
  now: Date,
): Promise<boolean> {
  const { count } = await tx.trial.updateMany({
    where: { id: trial.id, provenAt: null, expiresAt: { gt: now } },
    data: { provenAt: now },
  });
  if (count === 0) return false;
  await takeBackFailure(tx, trial.accountId);
  return true;
}

/** Marks a method as proven and uses up what proved it; false when somebody was faster, or it was removed. */
export const markProven = (
  tx: Transaction,
  answer: RightAnswer,
  /** Whether it is taken into use again by it, of which everybody is told: then it is disabled, and otherwise in force. */
  isEnabling: boolean,
  now: Date,
): Promise<boolean> =>
  spendAnswer(
    tx,
    answer,
    now,
    {
      removedAt: null,
      suspendedAt: null,
      disabledAt: isEnabling ? { not: null } : null,
      // As `findProvable` says, should its day have come meanwhile.
      OR: [{ retiresAt: null }, { retiresAt: { gt: now } }],
    },
    // A code that arrived says that the number works again; a right one, that the wrong ones were not its owner's all along.
    { disabledAt: null, warnedAt: null },
  );

/** A recovery code that can be tried. */
export type TriableCode = { readonly id: string; readonly number: number; readonly trial: string };

/** The unused recovery codes of an account that can be tried; those of sets made before trials cannot. */
export async function listTriableCodes(accountId: string): Promise<TriableCode[]> {
  return query<TriableCode>(
    "trial_codes",
    `SELECT "id", "number", "trial" FROM "RecoveryCode"
     WHERE "accountId" = $1 AND "usedAt" IS NULL AND "trial" IS NOT NULL ORDER BY "number"`,
    [accountId],
  );
}

/** Marks a recovery code as proven; it stays unused. False when it was used, or its set was replaced. */
export async function markCodeProven(
  tx: Transaction,
  accountId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.recoveryCode.updateMany({
    where: { id, accountId, usedAt: null },
    data: { provenAt: now },
  });
  return count === 1;
}
