import "server-only";
import { type Ask, query, type Transaction } from "@/lib/db";

/** Spends one unit of every budget, or none: one atomic statement (limit_spend in prisma/migrations). */
export async function spendBudgets(
  budgets: readonly { key: string; max: number; window: number }[],
  now: Date,
): Promise<{ refused: string; retryAt: Date } | undefined> {
  const [refusal] = await query<{ refused: string; retryAt: Date }>(
    "limit_spend",
    `SELECT refused, retry_at AS "retryAt" FROM limit_spend($1::text[], $2::int[], $3::bigint[], $4)`,
    [budgets.map((b) => b.key), budgets.map((b) => b.max), budgets.map((b) => b.window), now],
  );
  return refusal;
}

type SpendKey = { key: string; max: number; window: number };

/**
 * Spends several sets of budgets on the connection of a transaction, each set whole or not at all; tells which were
 * spent. All their rows are locked first, in the order of their keys, as limit_spend locks those of one set: so nobody
 * waits for each other, though the locks last until the transaction ends.
 */
export async function spendSetsWithin(
  tx: Transaction,
  sets: readonly (readonly SpendKey[])[],
  now: Date,
): Promise<boolean[]> {
  const keys = [...new Set(sets.flatMap((set) => set.map(({ key }) => key)))].sort();
  await tx.$executeRaw`
    INSERT INTO "Limit" ("key", "slot", "counts", "expiresAt")
    SELECT k, 0, array_fill(0, ARRAY[13]), ${now} FROM unnest(${keys}::text[]) AS k ORDER BY k
    ON CONFLICT ("key") DO NOTHING`;
  await tx.$queryRaw`SELECT 1 FROM "Limit" WHERE "key" = ANY (${keys}::text[]) ORDER BY "key" FOR UPDATE`;
  const spent: boolean[] = [];
  for (const set of sets) {
    const refusals = await tx.$queryRaw<unknown[]>`
      SELECT refused FROM limit_spend(${set.map((b) => b.key)}::text[], ${set.map((b) => b.max)}::int[],
                                      ${set.map((b) => b.window)}::bigint[], ${now})`;
    spent.push(refusals.length === 0);
  }
  return spent;
}

/** Gives one unit back to each budget. */
export async function giveBackBudgets(keys: readonly string[]): Promise<void> {
  await query("limit_give_back", "SELECT limit_give_back($1::text[])", [keys]);
}

/** Makes budgets as if nothing had been spent of them; locked in the order in which they are spent. */
export async function dropBudgets(tx: Transaction, keys: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    WITH locked AS MATERIALIZED (
      SELECT "key" FROM "Limit" WHERE "key" = ANY (${[...keys]}::text[]) ORDER BY "key" FOR UPDATE)
    DELETE FROM "Limit" l USING locked WHERE l."key" = locked."key"`;
}

/** How much is left of each budget, in their order, and when there is something again where nothing is. Reads only. */
export async function readBudgets(
  budgets: readonly { key: string; max: number; window: number }[],
  now: Date,
  ask: Ask,
): Promise<{ left: number; retryAt: Date | null }[]> {
  return ask<{ left: number; retryAt: Date | null }>(
    "limit_left",
    `SELECT units AS "left", retry_at AS "retryAt" FROM limit_left($1::text[], $2::int[], $3::bigint[], $4) ORDER BY n`,
    [budgets.map((b) => b.key), budgets.map((b) => b.max), budgets.map((b) => b.window), now],
  );
}
