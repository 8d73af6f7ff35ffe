import "server-only";
import { query, type Transaction, within } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** What is left after a try was spent. */
export type SpentTry = {
  triesLeft: number;
  /** The moment at which the answer is judged: the first time it was given, when it was sent twice. */
  judgedAt: Date;
  /** Whether the account's second step waits, so that nothing may be compared. */
  isWaiting: boolean;
  lockedUntil: Date | null;
  /** False for the same answer again, which spent nothing. */
  isNew: boolean;
};

/** A table whose rows have `tries`, `lastAnswer` and `lastAnswerAt`, and what holds for those that may still be answered. */
export type TriedTable = {
  readonly table: "Enrolment" | "Removal" | "Trial" | "Recovery";
  /** SQL on the row `t`; $4 is the moment, and parameters of its own begin at $9. */
  readonly isOpen: string;
  /** SQL of what else is set. */
  readonly sets?: string;
  /** SQL of columns of `spent` that come back besides. */
  readonly columns?: string;
};

/**
 * Spends a try of a row and of its account before anything is compared: one statement, so parallel answers cannot exceed
 * either budget (AT-018 to AT-020). The account is locked before the row (`lockAccount`). The same answer
 * again within the repeat window (a double click, a reload) spends nothing and is judged as of its first time. Nothing
 * comes back when the row is not open any more or has no tries left.
 *
 * @param answer `isCounted` false: the row's own tries are enough, and neither count with the account's nor wait with them.
 */
export async function spendTry<Columns extends object = object>(
  { table, isOpen, sets, columns }: TriedTable,
  row: { readonly id: string; readonly accountId: string },
  answer: { readonly hash: string; readonly isCounted: boolean },
  now: Date,
  more: readonly unknown[] = [],
): Promise<(SpentTry & Columns) | undefined> {
  const [spent] = await query<SpentTry & Columns>(
    `spend_try_${table}`,
    `WITH account AS (
       SELECT "id", "lockedUntil" FROM "Account" WHERE "id" = $2 FOR UPDATE),
     -- What it was before, held: once it is changed, its moment does not tell the first answer from its repetition.
     answered AS (
       SELECT t."id", coalesce(t."lastAnswer" IN ($3, ${repeated("$3")}) AND t."lastAnswerAt" > $5, FALSE) AS "isRepeated"
       FROM "${table}" t JOIN account a ON a."id" = t."accountId" WHERE t."id" = $1 FOR NO KEY UPDATE OF t),
     spent AS (
       UPDATE "${table}" t
       SET "tries" = CASE WHEN b."isRepeated" THEN t."tries" ELSE t."tries" - 1 END,
           "lastAnswerAt" = CASE WHEN b."isRepeated" THEN t."lastAnswerAt" ELSE $4 END,
           "lastAnswer" = CASE WHEN b."isRepeated" THEN ${repeated("$3")} ELSE $3 END ${sets === undefined ? "" : `, ${sets}`}
       FROM account a, answered b
       WHERE t."id" = b."id" AND (${isOpen})
         AND (NOT $8::boolean OR a."lockedUntil" IS NULL OR a."lockedUntil" <= $4)
         AND (t."tries" > 0 OR b."isRepeated")
       RETURNING t.*, NOT b."isRepeated" AS "isNew"),
     counted AS (
       UPDATE "Account" a
       SET "failuresInRow" = a."failuresInRow" + 1,
           "lockedUntil" = $4 + failure_wait_ms(a."failuresInRow" + 1, $6, $7::bigint[]) * interval '1 millisecond'
       FROM spent WHERE a."id" = spent."accountId" AND spent."isNew" AND $8::boolean
       RETURNING a."id")
     SELECT ${columns === undefined ? "" : `${columns},`} spent."tries" AS "triesLeft",
            spent."lastAnswerAt" AS "judgedAt", spent."id" IS NULL AS "isWaiting", account."lockedUntil", coalesce(spent."isNew", FALSE) AS "isNew",
            (SELECT count(*) FROM counted) AS "counted"
     FROM account LEFT JOIN spent ON TRUE
     WHERE spent."id" IS NOT NULL OR ($8::boolean AND account."lockedUntil" > $4)`,
    [
      row.id,
      row.accountId,
      answer.hash,
      now,
      before(now, numbers.attempt.repeatWindow),
      numbers.failuresInRow.step,
      numbers.failuresInRow.waits,
      answer.isCounted,
      ...more,
    ],
  );
  return spent;
}

/** The last answer as it is written once it was given again, so that it is known that two of them were on their way. */
export const repeated = (answer: string): string => `${answer}::text || '+'`;

/**
 * Gives back a try whose answer was not compared, for the waiting line was full: it is as if it had not been given, and given
 * once more it is a new one. One that was given again meanwhile stays spent: its copy may have been compared, and many copies
 * of one guess would cost nothing.
 */
export async function giveBackTry(
  table: TriedTable["table"] | "SignInAttempt",
  { isNew }: { readonly isNew: boolean },
  answer: { readonly id: string; readonly hash: string; readonly isCounted: boolean },
): Promise<void> {
  if (!isNew) return;
  await query(
    `give_back_try_${table}`,
    `WITH untried AS (
       UPDATE "${table}" SET "tries" = "tries" + 1, "lastAnswer" = NULL WHERE "id" = $1 AND "lastAnswer" = $2
       RETURNING "accountId")
     UPDATE "Account" a SET ${oneFailureLess("$4::int")} FROM untried
     WHERE a."id" = untried."accountId" AND $3::boolean AND a."failuresInRow" > 0`,
    [answer.id, answer.hash, answer.isCounted, numbers.failuresInRow.step],
  );
}

// The failure that was counted, with the wait that it began and no other; `step` is the value of its number.
const oneFailureLess = (step: string): string =>
  `"failuresInRow" = "failuresInRow" - 1,
     "lockedUntil" = CASE WHEN "failuresInRow" % ${step} = 0 THEN NULL ELSE "lockedUntil" END`;

/** A right answer was no failure: the one that was counted for it is taken back, with the wait that it began, and no more. */
export async function takeBackFailure(tx: Transaction, accountId: string): Promise<void> {
  await within(tx)(
    "failure_take_back",
    `UPDATE "Account" SET ${oneFailureLess("$2::int")} WHERE "id" = $1::uuid AND "failuresInRow" > 0`,
    [accountId, numbers.failuresInRow.step],
  );
}
