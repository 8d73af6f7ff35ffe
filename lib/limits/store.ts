import "server-only";
import { query, type Transaction } from "@/lib/db";

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

/** The same on the connection of a transaction; false when one is used up and nothing was spent. */
export async function spendBudgetsWithin(
  tx: Transaction,
  budgets: readonly { key: string; max: number; window: number }[],
  now: Date,
): Promise<boolean> {
  const refusals = await tx.$queryRaw<unknown[]>`
    SELECT refused FROM limit_spend(${budgets.map((b) => b.key)}::text[], ${budgets.map((b) => b.max)}::int[],
                                    ${budgets.map((b) => b.window)}::bigint[], ${now})`;
  return refusals.length === 0;
}

/** Gives one unit back to each budget. */
export async function giveBackBudgets(keys: readonly string[]): Promise<void> {
  await query("limit_give_back", "SELECT limit_give_back($1::text[])", [keys]);
}

/** How much is left of each budget, in their order, and when there is something again where nothing is. Reads only. */
export async function readBudgets(
  budgets: readonly { key: string; max: number; window: number }[],
  now: Date,
): Promise<{ left: number; retryAt: Date | null }[]> {
  return query<{ left: number; retryAt: Date | null }>(
    "limit_left",
    `SELECT units AS "left", retry_at AS "retryAt" FROM limit_left($1::text[], $2::int[], $3::bigint[], $4) ORDER BY n`,
    [budgets.map((b) => b.key), budgets.map((b) => b.max), budgets.map((b) => b.window), now],
  );
}
