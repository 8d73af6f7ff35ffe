import "server-only";
import { newestSentCode, type SentCode } from "@/lib/codes";
import { query, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { type SpentTry, spendTry } from "@/lib/limits";
import { type RightAnswer, spendAnswer } from "@/lib/methods";
import type { RemovalKind } from "./rules";

/** A method that proves a way back, still sealed. */
export type RemovedMethod = {
  readonly id: string;
  readonly kind: string;
  readonly data: string;
  readonly identity: string | null;
  readonly counter: string | null;
};

/** A link in an alert, with all that its page shows. */
export type RemovalRow = {
  id: string;
  accountId: string;
  kind: RemovalKind;
  email: string;
  methodId: string | null;
  tries: number;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  /** Of the account now. */
  accountEmail: string;
  passwordHash: string;
  methods: RemovedMethod[] | null;
  /** The newest one of the method that is asked. */
  code: SentCode | null;
};

// What proves it: what was taken away by it, in whichever way. A method that too many wrong codes disabled proves it all the
// same: the link has few tries of its own, and whoever disabled it must not have ended its way back. What was suspended is
// proven beside the password that it was suspended with, by what is in force, or by an app or passkey that was suspended: a
// number can be in somebody else's hands, and the mailbox, which the thief may read, can choose a new password. What was
// removed thirty days after that is proven in the same way; by then its owner has done what we advised and chosen a new
// password, which with a method in force is a whole sign-in. A number that wrong codes disabled proves neither of the two.
const provingJson = `(
  SELECT json_agg(json_build_object('id', m."id", 'kind', m."kind", 'data', m."data", 'identity', m."identity",
                                    'counter', m."counter"::text) ORDER BY m."position", m."createdAt")
  FROM "Method" m WHERE m."accountId" = r."accountId" AND CASE r."kind"
    WHEN 'phone-suspended' THEN m."removedAt" IS NULL AND a."passwordChangedAt" <= r."createdAt"
      AND ((m."suspendedAt" IS NULL AND (m."disabledAt" IS NULL OR m."kind" <> 'phone'))
        OR (m."suspendedAt" IS NOT NULL AND m."removalId" = r."id" AND m."kind" <> 'phone'))
      AND EXISTS (
      SELECT 1 FROM "Method" s WHERE s."removalId" = r."id" AND s."suspendedAt" IS NOT NULL AND s."removedAt" IS NULL)
    WHEN 'suspended-removed' THEN (
        (m."removedAt" IS NULL AND m."suspendedAt" IS NULL AND (m."disabledAt" IS NULL OR m."kind" <> 'phone'))
        OR (m."removedAt" IS NOT NULL AND m."removalId" = r."id" AND m."kind" <> 'phone'
            AND a."passwordChangedAt" <= m."suspendedAt"))
      AND EXISTS (SELECT 1 FROM "Method" s WHERE s."removalId" = r."id" AND s."removedAt" IS NOT NULL)
    WHEN 'number-changed' THEN m."suspendedAt" IS NULL AND m."removalId" = r."id" AND m."removedAt" IS NULL AND m."retiresAt" IS NOT NULL
    ELSE m."suspendedAt" IS NULL AND m."removalId" = r."id" AND m."removedAt" IS NOT NULL END)`;

/** A link in an alert with everything its page shows, in one statement. Writes nothing. */
export async function findRemoval(tokenHash: string): Promise<RemovalRow | undefined> {
  const [row] = await query<RemovalRow>(
    "removal_find",
    `SELECT r."id", r."accountId", r."kind", r."email", r."methodId", r."tries", r."createdAt", r."expiresAt",
            r."usedAt", a."email" AS "accountEmail", a."passwordHash",
            ${provingJson} AS "methods",
            ${newestSentCode('r."id"', 'r."methodId"')} AS "code"
     FROM "Removal" r JOIN "Account" a ON a."id" = r."accountId" WHERE r."tokenHash" = $1`,
    [tokenHash],
  );
  return row;
}

/** What proves a link now, still sealed, as this transaction sees it. */
export async function listProving(tx: Transaction, id: string): Promise<readonly RemovedMethod[]> {
  const [row] = await tx.$queryRawUnsafe<{ methods: RemovedMethod[] | null }[]>(
    `SELECT ${provingJson} AS "methods" FROM "Removal" r JOIN "Account" a ON a."id" = r."accountId"
     WHERE r."id" = $1::uuid`,
    id,
  );
  return row?.methods ?? [];
}

/** Whether an account has the password that an answer was compared with. */
export async function isPasswordStill(
  tx: Transaction,
  { accountId, passwordHash }: { readonly accountId: string; readonly passwordHash: string },
): Promise<boolean> {
  return (await tx.account.count({ where: { id: accountId, passwordHash } })) === 1;
}

/** Takes away a link that nobody was told of. */
export async function dropRemoval(tx: Transaction, id: string): Promise<void> {
  await tx.method.updateMany({ where: { removalId: id }, data: { removalId: null } });
  await tx.removal.delete({ where: { id } });
}

/** Keeps what a link in an alert can put back. */
export async function insertRemoval(
  tx: Transaction,
  removal: {
    readonly id: string;
    readonly tokenHash: string;
    readonly accountId: string;
    readonly kind: RemovalKind;
    readonly email: string;
    readonly tries: number;
    readonly createdAt: Date;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await tx.removal.create({ data: removal });
}

/** Points a live link at one of the methods that it can put back; false when it is over. */
export async function pointRemoval(id: string, methodId: string, now: Date): Promise<boolean> {
  const rows = await query(
    "removal_point",
    `UPDATE "Removal" SET "methodId" = $2 WHERE "id" = $1 AND "usedAt" IS NULL AND "expiresAt" > $3 AND "tries" > 0
     RETURNING 1`,
    [id, methodId, now],
  );
  return rows.length === 1;
}

/**
 * Spends a try of a link that is not over. Its own tries are enough: whoever has the password could otherwise keep the
 * account waiting by wrong codes until the link is too old.
 */
export const spendRemovalTry = (
  removal: { readonly id: string; readonly accountId: string },
  hash: string,
  now: Date,
): Promise<SpentTry | undefined> =>
  spendTry(
    { table: "Removal", isOpen: `t."usedAt" IS NULL AND t."expiresAt" > $4` },
    removal,
    { hash, isCounted: false },
    now,
  );

/** Uses a link up. Of many at the same moment exactly one gets true. */
export async function takeRemoval(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.removal.updateMany({
    where: { id, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  });
  return count === 1;
}

/**
 * Uses up what proved the way back; false when somebody was faster with the same answer. Whether it still proves it is asked
 * before, under the lock of the account (`listProving`).
 */
export async function spendProof(tx: Transaction, answer: RightAnswer, now: Date): Promise<boolean> {
  const { accountId, methodId } = answer;
  if (!(await spendAnswer(tx, answer, now))) return false;
  // Proven, so in use again, whatever wrong codes came before; a suspension ends with its phone alone.
  await tx.method.updateMany({
    where: { id: methodId, accountId, suspendedAt: null },
    data: { disabledAt: null },
  });
  return true;
}

/** Every row that a removal took away, with what may not be there twice. */
export const listRemoved = (
  tx: Transaction,
  removalId: string,
): Promise<{ id: string; identity: string | null }[]> =>
  tx.method.findMany({
    where: { removalId, removedAt: { not: null } },
    select: { id: true, identity: true },
  });

/** The same of what was suspended and not removed since. */
export const listSuspendedBy = (
  tx: Transaction,
  removalId: string,
): Promise<{ id: string; identity: string | null }[]> =>
  tx.method.findMany({
    where: { removalId, removedAt: null, suspendedAt: { not: null } },
    select: { id: true, identity: true },
  });

/**
 * Puts removed methods of an account in force again; their places in the order are what they were.
 *
 * @param isForGood whether a number that went by itself stays from now on.
 */
export async function restoreMethods(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
  isForGood: boolean,
): Promise<void> {
  await tx.method.updateMany({
    where: { accountId, id: { in: [...ids] }, removedAt: { not: null } },
    data: { removedAt: null, removalId: null, ...(isForGood ? { retiresAt: null } : {}) },
  });
}

/** A number stays, and is asked for before every other one again. */
export async function keepNumberFirst(tx: Transaction, accountId: string, id: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Method" SET "retiresAt" = NULL, "removalId" = NULL,
      "position" = (SELECT min("position") - 1 FROM "Method" WHERE "accountId" = ${accountId}::uuid AND "removedAt" IS NULL)
    WHERE "id" = ${id}::uuid AND "accountId" = ${accountId}::uuid AND "removedAt" IS NULL`;
}

/**
 * What was suspended with a phone, or removed after that, is in force again; but what wrong codes had disabled stays so:
 * it comes back by a code of its own alone (lib/trial). Returns how many methods are suspended no more.
 */
export const liftSuspension = (tx: Transaction, accountId: string, ids: readonly string[]): Promise<number> =>
  tx.$executeRaw`
    UPDATE "Method" SET "suspendedAt" = NULL, "suspendedUntil" = NULL, "removedAt" = NULL, "removalId" = NULL,
      "disabledAt" = CASE WHEN "failures" >= ${numbers.failuresInRow.methodDisabledAt} THEN "disabledAt" END
    WHERE "accountId" = ${accountId}::uuid AND "id" = ANY (${[...ids]}::uuid[]) AND "suspendedAt" IS NOT NULL`;

/** What the way back means for the account: its failures in a row end, and what was off is on again when `isOn`. */
export async function calmAccount(
  tx: Transaction,
  accountId: string,
  isOn: boolean,
  now: Date,
): Promise<void> {
  await tx.account.update({ where: { id: accountId }, data: { failuresInRow: 0, lockedUntil: null } });
  if (isOn)
    await tx.account.updateMany({ where: { id: accountId, twoStepOnAt: null }, data: { twoStepOnAt: now } });
}
