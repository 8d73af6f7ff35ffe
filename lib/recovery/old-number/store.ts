import "server-only";
import { query } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";

/** Keeps, sealed, a number that somebody typed, until it was looked at; a later one takes its place. */
export async function keepAskedNumber(recoveryId: string, sealed: string): Promise<void> {
  await query("recovery_number_asked", `UPDATE "Recovery" SET "numberAskedSealed" = $2 WHERE "id" = $1`, [
    recoveryId,
    sealed,
  ]);
}

/** One number that was typed and not looked at yet, taken: of several instances one gets it. */
export async function takeAskedNumber(): Promise<{ tokenHash: string; sealed: string } | undefined> {
  const [row] = await query<{ tokenHash: string; sealed: string }>(
    "recovery_number_taken",
    `WITH due AS MATERIALIZED (
       SELECT d."id", d."numberAskedSealed" AS "sealed" FROM "Recovery" d WHERE d."numberAskedSealed" IS NOT NULL
       ORDER BY d."createdAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
     UPDATE "Recovery" r SET "numberAskedSealed" = NULL FROM due
     WHERE r."id" = due."id" RETURNING r."tokenHash", due."sealed"`,
    [],
  );
  return row;
}

/** Whether one of these hashes is a number that the account had for long enough and has no more. */
export async function hadNumber(accountId: string, identities: readonly string[]): Promise<boolean> {
  const rows = await query(
    "recovery_former_number",
    `SELECT 1 FROM "FormerNumber" WHERE "accountId" = $1 AND "identity" = ANY ($2)
       AND "removedAt" - "since" >= $3::float8 * interval '1 millisecond'
       AND NOT EXISTS (SELECT 1 FROM "Method" m
                       WHERE m."accountId" = $1 AND m."identity" = ANY ($2) AND m."removedAt" IS NULL)`,
    [accountId, identities, numbers.recovery.evidenceAge],
  );
  return rows.length > 0;
}

/** Keeps, sealed, the old number that codes of a recovery go to. */
export async function keepNumber(recoveryId: string, sealed: string): Promise<void> {
  await query("recovery_number", `UPDATE "Recovery" SET "numberSealed" = $2 WHERE "id" = $1`, [
    recoveryId,
    sealed,
  ]);
}
