import { randomUUID } from "node:crypto";
import { afterAll, beforeEach, expect, test } from "vitest";
import { closePool, db, pool, query } from "@/lib/db";
import { after, before, hours, minutes } from "@/lib/kernel/durations";
import { claimDueMessages } from "./store";

const now = new Date("2026-11-24T10:00:00Z");
const MANY = 2000;

beforeEach(async () => {
  // Emptied and met by new connections: what is asked now is planned for nothing.
  await db().message.deleteMany();
  await pool().query(`VACUUM (ANALYZE) "Message"`);
  await closePool();
});
afterAll(closePool);

/** Rows of the table that the database has touched so far. One connection serves whoever asks in turn. */
async function rowsRead(): Promise<number> {
  await pool().query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool().query<{ read: number }>(
    `SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS "read"
     FROM pg_stat_user_tables WHERE relname = 'Message'`,
  );
  return rows[0]?.read ?? 0;
}

const fill = () =>
  db().message.createMany({
    data: Array.from({ length: MANY }, (_, place) => ({
      id: randomUUID(),
      accountId: randomUUID(),
      channel: "email",
      purpose: "alert",
      recipient: `recipient ${place}`,
      content: "",
      state: "queued",
      createdAt: before(now, minutes(1)),
      nextTryAt: now,
      expiresAt: after(now, hours(1)),
    })),
  });

test("a queue that grew after its first claim gives no more than was asked for, and is not read anew for each message", async () => {
  expect(await claimDueMessages("email", now, after(now, minutes(1)), 10)).toEqual([]);
  await fill();
  const from = await rowsRead();
  expect(await claimDueMessages("email", now, after(now, minutes(1)), 10)).toHaveLength(10);
  expect((await rowsRead()) - from).toBeLessThan(MANY);
});

test("what was planned while a table was empty is found by its index when the table has grown", async () => {
  const find = (recipient: string) =>
    query("plans_test", `SELECT "id" FROM "Message" WHERE "recipient" = $1`, [recipient]);
  expect(await find("recipient 7")).toEqual([]);
  await fill();
  const from = await rowsRead();
  expect(await find("recipient 7")).toHaveLength(1);
  expect((await rowsRead()) - from).toBeLessThan(100);
});
