import { createHash } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ScratchDatabase, startScratchDatabase } from "./embedded/test-database";
import { MigrationError, migrate } from "./migrate";

let scratch: ScratchDatabase;
let folder: string;
let client: Client;
const quiet = () => {};

beforeAll(async () => {
  scratch = await startScratchDatabase();
}, 30_000);
afterAll(() => scratch?.stop());

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "latchkey-migrations-"));
  client = new Client({ connectionString: scratch.url });
  await client.connect();
});
afterEach(async () => {
  await client.query("DROP OWNED BY CURRENT_USER");
  await client.end();
  fs.rmSync(folder, { recursive: true });
});

function write(name: string, sql: string) {
  fs.mkdirSync(path.join(folder, name));
  fs.writeFileSync(path.join(folder, name, "migration.sql"), sql);
}

test("migrations apply in the order of their names, once, and are booked as Prisma's engine books them", async () => {
  write("2_fill", "INSERT INTO pet VALUES ('cat'); INSERT INTO pet VALUES ('dog');");
  write("1_make", "CREATE TABLE pet (name text);");
  await migrate(scratch.url, { say: quiet, folder });
  await migrate(scratch.url, { say: quiet, folder });
  expect((await client.query("SELECT name FROM pet")).rowCount).toBe(2);
  const { rows } = await client.query("SELECT * FROM _prisma_migrations ORDER BY migration_name");
  expect(rows).toMatchObject([
    {
      migration_name: "1_make",
      checksum: createHash("sha256").update("CREATE TABLE pet (name text);").digest("hex"),
      applied_steps_count: 1,
      logs: null,
      rolled_back_at: null,
    },
    { migration_name: "2_fill", applied_steps_count: 1 },
  ]);
  expect(rows[0].finished_at).toBeInstanceOf(Date);
  expect(rows[0].id).toMatch(/^[0-9a-f-]{36}$/);
});

test("four processes that migrate at once apply each migration exactly once", async () => {
  write("1_make", "CREATE TABLE pet (name text); SELECT pg_sleep(0.1);");
  write("2_fill", "INSERT INTO pet VALUES ('cat');");
  await Promise.all([1, 2, 3, 4].map(() => migrate(scratch.url, { say: quiet, folder })));
  expect((await client.query("SELECT name FROM pet")).rowCount).toBe(1);
});

test("a migration that fails in the middle leaves nothing of itself, and the one before it stays", async () => {
  write("1_make", "CREATE TABLE pet (name text);");
  write("2_break", "INSERT INTO pet VALUES ('cat'); CREATE TABLE toy (); SELECT 1/0;");
  await expect(migrate(scratch.url, { say: quiet, folder })).rejects.toThrow(
    /2_break failed.*division by zero/,
  );
  expect((await client.query("SELECT name FROM pet")).rowCount).toBe(0);
  expect((await client.query("SELECT to_regclass('toy') AS toy")).rows[0].toy).toBeNull();
  expect((await client.query("SELECT migration_name FROM _prisma_migrations")).rows).toEqual([
    { migration_name: "1_make" },
  ]);
});

test("a connection that is lost while another process migrates is told in one line, and ends nothing else", async () => {
  write("1_make", "CREATE TABLE pet (name text); SELECT pg_sleep(1);");
  const both = Promise.allSettled([1, 2].map(() => migrate(scratch.url, { say: quiet, folder })));
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'latchkey migrations' AND wait_event_type = 'Lock' AND wait_event = 'advisory'`;
  await expect.poll(async () => (await client.query(end)).rowCount, { interval: 20 }).toBe(1);
  // Whichever of them came first.
  const refused = (await both).flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  expect(refused).toEqual([expect.any(MigrationError)]);
  expect(refused[0].message).toMatch(/could not be prepared, and was left as it was: .*terminat/);
  expect((await client.query("SELECT name FROM pet")).rowCount).toBe(0);
});

/** A way to the database of `scratch` that can be cut without a word, as a network is. */
async function startWay(): Promise<{ url: string; cut(): void; close(): Promise<void> }> {
  const url = new URL(scratch.url);
  const socket = url.searchParams.get("host");
  const target =
    socket === null
      ? { host: url.hostname, port: Number(url.port) }
      : { path: path.join(socket, `.s.PGSQL.${url.port}`) };
  const open = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(target);
    near.pipe(far).pipe(near);
    for (const end of [near, far]) open.add(end.on("error", () => {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as net.AddressInfo).port);
  url.searchParams.delete("host");
  return {
    url: url.href,
    cut: () => open.forEach((end) => void end.destroy()),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test("a connection that is cut without a word is told in one line, and ends nothing else", async () => {
  write("1_make", "CREATE TABLE pet (name text); SELECT pg_sleep(1);");
  const way = await startWay();
  await expect(migrate(way.url, { say: way.cut, folder })).rejects.toBeInstanceOf(MigrationError);
  await way.close();
  // The server may find out later that nobody is there any more; the next one waits for that.
  await migrate(scratch.url, { say: quiet, folder });
  expect((await client.query("SELECT name FROM pet")).rowCount).toBe(0);
});

test("an edited migration is refused and the database stays as it is", async () => {
  write("1_make", "CREATE TABLE pet (name text);");
  await migrate(scratch.url, { say: quiet, folder });
  fs.writeFileSync(path.join(folder, "1_make", "migration.sql"), "CREATE TABLE pet (name text, age int);");
  await expect(migrate(scratch.url, { say: quiet, folder })).rejects.toThrow(MigrationError);
});

test("it says one line when there is something to do and none when there is not", async () => {
  write("1_make", "CREATE TABLE pet (name text);");
  const lines: string[] = [];
  await migrate(scratch.url, { say: (line) => lines.push(line), folder });
  await migrate(scratch.url, { say: (line) => lines.push(line), folder });
  expect(lines).toEqual(["Preparing the database…"]);
});
