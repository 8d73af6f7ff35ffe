import "server-only";
import { query, type Transaction } from "@/lib/db";

type RowOf<Table extends "account" | "method"> = Parameters<Transaction[Table]["create"]>[0]["data"];

/** What a database holds of the demonstration. */
export type Holding = {
  /** Nobody at all has an account: the database is new. */
  readonly isNew: boolean;
  /** The people of the demonstration who have their account, by id. */
  readonly present: readonly string[];
};

/** Looks who is there, in one statement. */
export async function findHolding(ids: readonly string[]): Promise<Holding> {
  const [row] = await query<Holding>(
    "demonstration_holding",
    `SELECT NOT EXISTS (SELECT 1 FROM "Account") AS "isNew",
       ARRAY(SELECT "id"::text FROM "Account" WHERE "id" = ANY ($1::uuid[])) AS "present"`,
    [ids],
  );
  return row ?? { isNew: false, present: [] };
}

/** Lets one instance at a time fill the database, until the transaction ends; tells whether it is still new. */
export async function lockNewDatabase(tx: Transaction): Promise<boolean> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('latchkey demonstration'))`;
  return (await tx.account.count()) === 0;
}

/** Makes an account that is locked wait until `until` again; one that somebody got into stays open. */
export async function lockAgain(id: string, until: Date): Promise<void> {
  await query(
    "demonstration_lock_again",
    `UPDATE "Account" SET "lockedUntil" = $2 WHERE "id" = $1 AND "lockedUntil" IS NOT NULL`,
    [id, until],
  );
}

/** Writes the account of a person. */
export async function insertAccount(tx: Transaction, account: RowOf<"account">): Promise<void> {
  await tx.account.create({ data: account });
}

/** Writes a method of a person. */
export async function insertMethod(tx: Transaction, method: RowOf<"method">): Promise<void> {
  await tx.method.create({ data: method });
}

/** Marks the first `count` recovery codes of a person as used. */
export async function spendFirstCodes(
  tx: Transaction,
  accountId: string,
  count: number,
  usedAt: Date,
): Promise<void> {
  await tx.recoveryCode.updateMany({ where: { accountId, number: { lte: count } }, data: { usedAt } });
}
