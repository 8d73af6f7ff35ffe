import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { closePool, db, pool } from "@/lib/db";
import { before, hours, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { listWatched } from "./store";

const now = new Date();
const MANY = 2000;
afterAll(closePool);

/** Rows of the two tables that the database has touched so far. */
async function rowsRead(): Promise<number> {
  await pool().query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool().query<{ read: number }>(
    `SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS "read"
     FROM pg_stat_user_tables WHERE relname IN ('Method', 'Account')`,
  );
  return rows[0]?.read ?? 0;
}

test("a look reads the phones of those whose messages failed or arrived, however many others there are", async () => {
  const people = Array.from({ length: MANY }, () => ({ accountId: randomUUID(), methodId: randomUUID() }));
  await db().account.createMany({
    data: people.map(({ accountId }) => ({
      id: accountId,
      name: "",
      email: `${accountId}@example.com`,
      emailKey: `${accountId}@example.com`,
      passwordHash: "",
      passwordChangedAt: now,
      twoStepOnAt: now,
      createdAt: now,
    })),
  });
  const [failing, working] = [people[7], people[8]];
  await db().method.createMany({
    data: people.map(({ accountId, methodId }) => ({
      id: methodId,
      accountId,
      kind: "phone",
      data: "",
      position: 0,
      createdAt: now,
      warnedAt: methodId === working?.methodId ? now : null,
    })),
  });
  // Of everybody else there are messages too, which neither failed nor are new.
  await db().message.createMany({
    data: people.map(({ accountId, methodId }) => {
      const at = before(now, methodId === working?.methodId ? minutes(1) : hours(1));
      return {
        id: randomUUID(),
        accountId,
        channel: "text",
        purpose: "sign-in",
        state: methodId === failing?.methodId ? "failed" : "delivered",
        failedAt: methodId === failing?.methodId ? now : null,
        createdAt: at,
        expiresAt: at,
      };
    }),
  });
  await pool().query(`VACUUM (ANALYZE) "Account", "Method", "Message"`);
  const { lookBack, batch } = numbers.numberHealth;
  const from = await rowsRead();
  const found = await listWatched(before(now, lookBack), batch);
  expect((await rowsRead()) - from).toBeLessThan(100);
  expect(found.map(({ id }) => id).sort()).toEqual([failing?.methodId, working?.methodId].sort());
});
