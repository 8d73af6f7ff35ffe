import { randomUUID } from "node:crypto";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { closePool, db, inTransaction, pool } from "@/lib/db";
import { after, before, hours, minutes } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { whileHeld } from "@/lib/setup/test-account";
import { budgetLeft, forget, spend, spendSets } from ".";

afterAll(closePool);
afterEach(() => vi.restoreAllMocks());

const now = new Date("2026-11-24T10:00:00Z");
const budget = (max: number, window = hours(1)) => ({ name: ["test", randomUUID()], max, window });

/** How often a row of the limits has been looked for by its key. */
async function looks(): Promise<number> {
  await pool().query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool().query<{ looks: number }>(
    `SELECT (idx_scan + seq_scan)::int AS "looks" FROM pg_stat_user_tables WHERE relname = 'Limit'`,
  );
  return rows[0]?.looks ?? 0;
}

test("a budget is looked for twice when it is spent, and once when it is refused", async () => {
  const six = Array.from({ length: 6 }, () => budget(2));
  for (const most of [12, 12, 6]) {
    const from = await looks();
    await spend(six, now);
    expect((await looks()) - from).toBeLessThanOrEqual(most);
  }
});

test("of many at the same moment, in whatever order they name their budgets, as many get through as the smallest holds, and no other budget is spent by the rest", async () => {
  const [few, many, other] = [budget(7), budget(1000), budget(1000)];
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, n) => spend(n % 2 === 0 ? [few, many, other] : [other, many, few], now)),
  );
  expect(results.filter(({ ok }) => ok)).toHaveLength(7);
  expect((await budgetLeft([few, many, other], now)).map(({ left }) => left)).toEqual([0, 993, 993]);
});

test("budgets are forgotten in the order in which they are spent: neither waits with one that the other wants", async () => {
  // In the order of their keys, which begin with the first word; the later one is written first, and so found first.
  const [first, second] = [
    { ...budget(1000), name: ["a", randomUUID()] },
    { ...budget(1000), name: ["b", randomUUID()] },
  ];
  await spend([second], now);
  await spend([first], now);
  const warned = vi.spyOn(log, "warn");
  await whileHeld(
    (tx) => spendSets(tx, [[first]], now),
    [() => inTransaction((tx) => forget(tx, [second, first]))],
    (tx) => spendSets(tx, [[second]], now),
  );
  expect((await budgetLeft([first, second], now)).map(({ left }) => left)).toEqual([1000, 1000]);
  expect(warned).not.toHaveBeenCalled();
});

test("budgets that are swept while they are spent are spent all the same", async () => {
  const budgets = [budget(1000), budget(1000)];
  // A sweep takes what expired by its clock; here it takes them all.
  const sweeps = async () => {
    for (let turn = 0; turn < 20; turn += 1)
      await db().limit.deleteMany({ where: { expiresAt: { lt: after(now, hours(9)) } } });
  };
  const [results] = await Promise.all([
    Promise.all(Array.from({ length: 40 }, () => spend(budgets, now))),
    sweeps(),
  ]);
  expect(results.every(({ ok }) => ok)).toBe(true);
});

test("a window slides: what was spent long enough ago is there again, budgets of different windows each by its own", async () => {
  const [hour, day] = [budget(2), budget(3, hours(24))];
  const spent = async (ago: number) => (await spend([hour, day], before(now, ago))).ok;
  expect([await spent(minutes(120)), await spent(minutes(50)), await spent(minutes(40))]).toEqual([
    true,
    true,
    true,
  ]);
  expect(await spend([hour], now)).toMatchObject({ ok: false, reason: "limit" });
  expect((await spend([hour], after(now, minutes(20)))).ok).toBe(true);
  expect((await spend([hour, day], after(now, hours(3)))).ok).toBe(false);
  // Refused by the day, so the hour is as it was.
  expect((await budgetLeft([hour], after(now, hours(3))))[0]?.left).toBe(2);
  expect((await spend([hour, day], after(now, hours(26)))).ok).toBe(true);
});
