import { randomUUID } from "node:crypto";
import { afterAll, beforeEach, expect, test } from "vitest";
import { closePool, db, pool, query } from "@/lib/db";
import { after, before, hours, minutes } from "@/lib/kernel/durations";
import { tidyUp } from "./flow";
import { claimDueMessages, findKept, wipeKept } from "./store";

const now = new Date("2026-11-24T10:00:00Z");
const MANY = 2000;

beforeEach(async () => {
  // Emptied and met by new connections: what is asked now is planned for nothing.
  await db().message.deleteMany();
  await db().code.deleteMany();
  await pool().query(`VACUUM (ANALYZE) "Message", "Code"`);
  await closePool();
});
afterAll(closePool);

/** Rows of the table that the database has touched so far. One connection serves whoever asks in turn. */
async function rowsRead(table = "Message"): Promise<number> {
  await pool().query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool().query<{ read: number }>(
    `SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS "read"
     FROM pg_stat_user_tables WHERE relname = $1`,
    [table],
  );
  return rows[0]?.read ?? 0;
}

const fill = (more: { state?: string; keptUntil?: Date; provider?: string } = {}) =>
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
      ...more,
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

test("the code of a message that failed is found by its index, however many codes are on their way", async () => {
  const failed = async (messageId: string) =>
    (await findKept("first", { messageId, providerId: undefined }, ["handed-over"], now))?.id;
  expect(await failed(randomUUID())).toBeUndefined();
  await fill({ state: "handed-over", keptUntil: after(now, minutes(3)), provider: "first" });
  const messages = await db().message.findMany({ select: { id: true } });
  await db().code.createMany({
    data: messages.map(({ id }) => ({
      id: randomUUID(),
      ownerId: randomUUID(),
      messageId: id,
      letter: "K",
      hash: "",
      sentAt: now,
      expiresAt: after(now, minutes(10)),
    })),
  });
  const wanted = messages[7]?.id ?? "";
  const from = await rowsRead("Code");
  expect(await failed(wanted)).toBe(wanted);
  expect((await rowsRead("Code")) - from).toBeLessThan(100);
});

test("words that were kept are wiped all in one go, in statements of a bounded size", async () => {
  const kept = () => db().message.count({ where: { content: { not: null } } });
  await fill({ state: "handed-over", keptUntil: now });
  expect(await wipeKept(now, 10)).toBe(10);
  expect(await kept()).toBe(MANY - 10);
  await tidyUp(now);
  expect(await kept()).toBe(0);
});
