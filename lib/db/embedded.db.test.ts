import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { log } from "@/lib/kernel/log";
import { type EmbeddedDatabase, EmbeddedDatabaseError, startEmbeddedDatabase } from "./embedded";

// A closed folder (0700), as `mktemp -d` makes it: the case in which root's PostgreSQL user cannot simply walk in.
let home: string;
let dataDir: string;
const open: EmbeddedDatabase[] = [];
const quiet = () => {};

async function start(say: (line: string) => void = quiet): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({ dataDir, say });
  open.push(database);
  return database;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

const pidFile = () => path.join(dataDir, "postgres", "postmaster.pid");
const serverPid = () => Number(fs.readFileSync(pidFile(), "utf8").split("\n")[0]);

beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "latchkey-data-"));
  dataDir = path.join(home, "data");
});
afterEach(async () => {
  try {
    for (const database of open.splice(0)) await database.stop();
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}, 30_000);

test("a cluster is made once, keeps its data, and its password is nobody else's to read", async () => {
  const lines: string[] = [];
  const first = await start((line) => lines.push(line));
  await ask(first.url, "CREATE TABLE kept AS SELECT 7 AS n");
  await open.pop()?.stop();
  expect(fs.existsSync(pidFile())).toBe(false);
  const again = await start((line) => lines.push(line));
  expect(await ask(again.url, "SELECT n FROM kept")).toBe(7);
  expect(lines.filter((line) => line.startsWith("Making"))).toHaveLength(1);
  expect(fs.statSync(path.join(dataDir, "postgres", "latchkey.password")).mode & 0o077).toBe(0);
  expect(await ask(again.url, "SELECT current_setting('fsync')")).toBe("on");
  expect(await ask(again.url, "SELECT current_setting('listen_addresses')")).toBe("");
  expect(await ask(again.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).toBe(false);
  expect(await ask(again.url, "SELECT pg_encoding_to_char(encoding) FROM pg_database LIMIT 1")).toBe("UTF8");
}, 60_000);

test("a wrong password is refused", async () => {
  const { url } = await start();
  await expect(ask(url.replace(/:[0-9a-f]{48}@/, ":wrong@"), "SELECT 1")).rejects.toThrow(/password/);
}, 60_000);

test("two that start at the same moment on a new folder share one cluster, and the last to leave switches it off", async () => {
  const [one, two] = await Promise.all([start(), start()]);
  expect(one.url).toBe(two.url);
  await one.stop();
  expect(await ask(two.url, "SELECT 1")).toBe(1);
  await two.stop();
  expect(fs.existsSync(pidFile())).toBe(false);
  open.length = 0;
}, 60_000);

test("after a kill the next start works, and what was acknowledged is there", async () => {
  const { url } = await start();
  await ask(url, "CREATE TABLE kept AS SELECT 7 AS n");
  process.kill(serverPid(), "SIGKILL");
  const again = await start();
  expect(await ask(again.url, "SELECT n FROM kept")).toBe(7);
}, 60_000);

test("a server that dies while the site runs comes back by itself", async () => {
  const { url } = await start();
  process.kill(serverPid(), "SIGKILL");
  await expect.poll(() => ask(url, "SELECT 1").catch(() => 0), { timeout: 10_000, interval: 300 }).toBe(1);
}, 60_000);

test("a server that does not come back is a line of the log that says what to mend", async () => {
  const error = vi.spyOn(log, "error").mockImplementation(() => {});
  onTestFinished(() => error.mockRestore());
  const { url } = await start();
  await ask(url, "ALTER ROLE latchkey PASSWORD 'another'");
  process.kill(serverPid(), "SIGKILL");
  await expect.poll(() => error.mock.calls, { timeout: 15_000 }).not.toEqual([]);
  expect(error.mock.calls[0]).toEqual([
    { err: expect.any(EmbeddedDatabaseError) },
    expect.stringMatching(/does not come back: .*latchkey\.password/),
  ]);
  await open.pop()?.stop();
  // It cannot ask that one who else is there, so it has left it running.
  process.kill(serverPid(), "SIGINT");
  await expect.poll(() => fs.existsSync(pidFile()), { timeout: 10_000 }).toBe(false);
}, 60_000);

test.runIf(process.platform === "linux")(
  "a leftover lock that names somebody else's process does not keep the database from starting",
  async () => {
    const { stop } = await start();
    await stop();
    const stranger: ChildProcess = spawn("sleep", ["60"]);
    fs.writeFileSync(pidFile(), `${stranger.pid}\n${path.join(dataDir, "postgres")}\n0\n5432\n`);
    const owner = fs.statSync(path.join(dataDir, "postgres"));
    fs.chownSync(pidFile(), owner.uid, owner.gid);
    try {
      const again = await start();
      expect(await ask(again.url, "SELECT 1")).toBe(1);
    } finally {
      stranger.kill();
    }
  },
  60_000,
);

test("a socket path that is too long for the system is replaced by a short one, which goes with the server and comes with the next", async () => {
  dataDir = path.join(dataDir, "a-folder-with-a-long-name-".repeat(4));
  const one = await start();
  const two = await start();
  const folder = new URL(one.url).searchParams.get("host") ?? "";
  expect(folder.startsWith(dataDir)).toBe(false);
  await one.stop();
  expect(await ask(two.url, "SELECT 1")).toBe(1);
  await two.stop();
  expect(fs.existsSync(folder)).toBe(false);
  const next = await start();
  expect(await ask(next.url, "SELECT 1")).toBe(1);
  expect(new URL(next.url).searchParams.get("host")).toBe(folder);
}, 60_000);

test.runIf(process.platform !== "win32")(
  "what another start has put beside the socket by then stays, and so does the folder",
  async () => {
    dataDir = path.join(dataDir, "a-folder-with-a-long-name-".repeat(4));
    const { url, stop } = await start();
    const folder = new URL(url).searchParams.get("host") ?? "";
    fs.writeFileSync(path.join(folder, "another"), "");
    try {
      await stop();
      expect(fs.readdirSync(folder)).toEqual(["another"]);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);

test("files of another major version are refused with a way on", async () => {
  fs.mkdirSync(path.join(dataDir, "postgres"), { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(dataDir, "postgres", "PG_VERSION"), "17\n");
  await expect(start()).rejects.toThrow(/PostgreSQL 17.*this is 18/);
});
