import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ScratchDatabase, startScratchDatabase } from "./embedded/test-database";
import { isDatabaseGone, isDatabaseUp } from "./health";
import { closePool, db, inTransaction, query } from "./index";
import { isInDoubt, isOfConnection, pool, trust } from "./pool";

let scratch: ScratchDatabase;
const urlBefore = process.env.DATABASE_URL;

beforeAll(async () => {
  scratch = await startScratchDatabase({ tcp: true });
  process.env.DATABASE_URL = scratch.url;
}, 30_000);
afterAll(async () => {
  process.env.DATABASE_URL = urlBefore;
  await scratch?.stop();
});
beforeEach(trust);
afterEach(closePool);

/** The connections that the questions opened and have not closed. */
const questions = async (): Promise<number> => {
  const { rows } = await pool().query(
    "SELECT count(*)::int AS open FROM pg_stat_activity WHERE application_name = 'latchkey health'",
  );
  return rows[0].open;
};

test("what the database refuses is no sign that it is gone: a lock not got, a bad value, a broken rule", async () => {
  const refused = [
    query("not-a-number", "SELECT $1::text::int", ["x"]),
    query("no-such-table", "SELECT * FROM nothing", []),
    pool().query("DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$"),
    pool().query("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"),
    inTransaction((tx) => tx.$queryRaw`SELECT 'x'::text::int`),
  ];
  for (const one of await Promise.allSettled(refused)) expect(one.status).toBe("rejected");
  expect(isInDoubt()).toBe(false);
  const withCode = (code?: string) => Object.assign(new Error("x"), { code });
  for (const code of ["55P03", "40P01", "22P02", "23505", "57014", "25P03"])
    expect(isOfConnection(withCode(code)), code).toBe(false);
  for (const code of [undefined, "ECONNRESET", "EPIPE", "08006", "57P01", "57P02", "57P03"])
    expect(isOfConnection(withCode(code)), code).toBe(true);
});

test("a site whose every connection waits for a lock says of a healthy database that it is there, at once", async () => {
  const holder = new pg.Client({ connectionString: scratch.url });
  await holder.connect();
  await holder.query("SELECT pg_advisory_lock(1)");
  const waiting = Array.from({ length: 12 }, () => query("wait", "SELECT pg_advisory_lock_shared(1)", []));
  const settled = Promise.allSettled(waiting);
  try {
    await expect.poll(() => pool().waitingCount).toBe(2);
    // Of all that wait, the two in the queue are told so after three seconds; it is the moment of doubt.
    await expect.poll(isInDoubt, { timeout: 6_000 }).toBe(true);
    expect(await isDatabaseUp()).toBe(true);
    expect(await isDatabaseGone()).toBe(false);
  } finally {
    await holder.end();
    await settled;
  }
});

test("a database that lets us in and only reads is no database for us", async () => {
  const alter = (setting: string) =>
    pool().query(`BEGIN READ WRITE; ALTER ROLE CURRENT_USER ${setting}; COMMIT`);
  await alter("SET default_transaction_read_only = on");
  try {
    expect(await isDatabaseUp()).toBe(false);
  } finally {
    await alter("RESET default_transaction_read_only");
  }
  expect(await isDatabaseUp()).toBe(true);
});

test("any number of requests in doubt ask one question between them, and it leaves no connection behind", async () => {
  const answers = Array.from({ length: 50 }, () => isDatabaseUp());
  expect(new Set(answers).size).toBe(1);
  expect(await Promise.all(answers)).not.toContain(false);
  await expect.poll(questions).toBe(0);
});

test("a connection that dies in a transaction, or is ended by the server, brings doubt", async () => {
  const ended = inTransaction((tx) => tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`);
  await expect(ended).rejects.toThrow();
  expect(isInDoubt()).toBe(true);
  expect(await isDatabaseGone()).toBe(false);
  expect(isInDoubt(), "the answer ends it").toBe(false);
});

test("a connect that fails brings doubt, by whichever way it was asked for, and the return of the database ends it", async () => {
  await scratch.halt();
  try {
    const ways: readonly (() => Promise<unknown>)[] = [
      () => query("one", "SELECT 1", []),
      () => inTransaction((tx) => tx.$queryRaw`SELECT 1`),
      () => db().$queryRaw`SELECT 1`,
      () => pool().connect(),
    ];
    for (const way of ways) {
      trust();
      await expect(way()).rejects.toThrow();
      expect(isInDoubt(), String(way)).toBe(true);
    }
    expect(await isDatabaseGone()).toBe(true);
  } finally {
    await scratch.resume();
  }
  expect(await isDatabaseGone()).toBe(false);
  expect(isInDoubt()).toBe(false);
});
