import "server-only";
import { query, type Transaction } from "@/lib/db";

/** Keeps something sealed beside a session; null takes it away. */
export async function writeKept(sessionId: string, kept: string | null): Promise<void> {
  await query("session_keep", `UPDATE "Session" SET "kept" = $2 WHERE "id" = $1`, [sessionId, kept]);
}

/** What is kept beside a session, sealed. */
export async function findKept(sessionId: string): Promise<string | null> {
  const [row] = await query<{ kept: string | null }>(
    "session_kept",
    `SELECT "kept" FROM "Session" WHERE "id" = $1`,
    [sessionId],
  );
  return row?.kept ?? null;
}

/** The account as a change finds it; locked, so that changes of one account happen one after the other (AT-046). */
export type LockedAccount = {
  id: string;
  email: string;
  twoStepOnAt: Date | null;
  /** When it was recovered last. */
  recoveredAt: Date | null;
};

/**
 * Holds an account until the transaction ends, and reads it as it is then.
 *
 * @throws Error when it was deleted.
 */
export async function lockAccount(tx: Transaction, accountId: string): Promise<LockedAccount> {
  const [row] = await tx.$queryRaw<LockedAccount[]>`
    SELECT "id", "email", "twoStepOnAt", "recoveredAt" FROM "Account" WHERE "id" = ${accountId}::uuid FOR UPDATE`;
  if (row === undefined) throw new Error("the account is gone");
  return row;
}

/** Makes an account no agent's any more; false when it was none. What they had under way is the caller's to end. */
export async function dropAgent(tx: Transaction, accountId: string): Promise<boolean> {
  const { count } = await tx.deskAgent.deleteMany({ where: { accountId } });
  return count === 1;
}
