import "server-only";
import { type Ask, query, type Transaction } from "@/lib/db";
import { addressBucket } from "@/lib/kernel/address";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash } from "@/lib/kernel/secrets";
import { isDemonstration } from "@/lib/kernel/site";
import * as rules from "./rules";
import { dropBudgets, giveBackBudgets, readBudgets, spendBudgets, spendSetsWithin } from "./store/budgets";

export type { Budget } from "./rules";
export { giveBackTry, repeated, type SpentTry, spendTry, takeBackFailure } from "./store/tries";

const keyOf = (budget: rules.Budget): string => `${budget.name[0]}:${keyedHash("limit", budget.name)}`;

/** The budget of whoever shares this network address, see `addressBudget` in rules.ts. */
export const addressBudget = (
  what: string,
  address: string,
  limit: { max: number; window: number },
): rules.Budget =>
  rules.addressBudget(what, addressBucket(address), limit, {
    isDemonstration: isDemonstration(),
    widening: numbers.loopbackWidening,
  });

/**
 * Spends one unit of every budget before anything is compared or sent: all of them, or none and a refusal that says
 * when to come back. Counted in PostgreSQL, so it holds under parallel requests and over all instances.
 */
export async function spend(
  budgets: readonly rules.Budget[],
  now: Date,
): Promise<Result<undefined, "limit">> {
  const refusal = await spendBudgets(
    budgets.map((budget) => ({ key: keyOf(budget), max: budget.max, window: budget.window })),
    now,
  );
  return refusal === undefined ? ok(undefined) : refuse("limit", { retryAt: refusal.retryAt });
}

/**
 * Spends several sets of budgets within a transaction, so that what is undone was never spent: each set whole or not at
 * all, and tells which. Call it late, for its rows are locked until the transaction ends.
 */
export const spendSets = (
  tx: Transaction,
  sets: readonly (readonly rules.Budget[])[],
  now: Date,
): Promise<boolean[]> =>
  spendSetsWithin(
    tx,
    sets.map((set) => set.map((budget) => ({ key: keyOf(budget), max: budget.max, window: budget.window }))),
    now,
  );

/** What is left of a budget, told before it is spent. */
export type Left = {
  /** Units that may be spent now. */
  readonly left: number;
  /** When there is something again; undefined when there is now. */
  readonly retryAt: Date | undefined;
};

/** What `spend` would find, without spending; writes nothing. For each budget, in their order. */
export async function budgetLeft(
  budgets: readonly rules.Budget[],
  now: Date,
  ask: Ask = query,
): Promise<Left[]> {
  const rows = await readBudgets(
    budgets.map((budget) => ({ key: keyOf(budget), max: budget.max, window: budget.window })),
    now,
    ask,
  );
  return rows.map(({ left, retryAt }) => ({ left, retryAt: retryAt ?? undefined }));
}

/** Gives back what `spend` took, when the spending turned out not to be a failure. Never more than that one unit. */
export const giveBack = (budgets: readonly rules.Budget[]): Promise<void> =>
  giveBackBudgets(budgets.map(keyOf));

/** Forgets whatever was spent of these: what it was counted against is no more. */
export const forget = (tx: Transaction, budgets: readonly rules.Budget[]): Promise<void> =>
  dropBudgets(tx, budgets.map(keyOf));

/** The same for a statement's own columns (`budgetColumns`). */
export const giveBackKeys = (keys: readonly string[]): Promise<void> => giveBackBudgets(keys);

/** Budgets as the columns that limit_spend takes, for a statement that spends them along with its own work. */
export const budgetColumns = (
  budgets: readonly rules.Budget[],
): { keys: string[]; max: number[]; windows: number[] } => ({
  keys: budgets.map(keyOf),
  max: budgets.map(({ max }) => max),
  windows: budgets.map(({ window }) => window),
});
