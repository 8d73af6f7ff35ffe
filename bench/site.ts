/** A built site with its embedded database, as its own process, and what the bench asks of both. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { Client } from "pg";
import { startEmbeddedDatabase } from "@/lib/db/embedded";
import { freePort } from "@/lib/db/free-port";
import { cpuMs, treeCpuMs } from "./processes";

const START_MS = 60_000;
const LEAVING_MS = 30_000; // the site itself gives up after 25 s

export interface Site {
  port: number;
  dataDir: string;
  /** Of the site itself. */
  pid: number;
  /** From the start of the process to the first page, in milliseconds. */
  startedInMs: number;
  /** The server process of the embedded database; its other processes are its children. */
  databasePid(): number;
  /** Processor time in milliseconds that site and database have used together. */
  cpuMs(): number;
  /** The end of what it has printed. */
  output(): string;
  stop(): Promise<void>;
}

/** What `npm start` runs: Node's flags, and the script. */
export const START = (
  JSON.parse(fs.readFileSync(path.join(import.meta.dirname, "..", "package.json"), "utf8")) as {
    scripts: { start: string };
  }
).scripts.start
  .split(" ")
  .slice(1);

/** The keys of every site of this run, and of this process, which seals for them. */
export const secretKeys = `bench:${randomBytes(32).toString("base64")}`;

const dataDirs = new Set<string>();

/** A folder for one site's data, which the user who runs PostgreSQL may pass through. */
export function makeDataDir(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "latchkey-bench-data-"));
  fs.chmodSync(folder, 0o755);
  dataDirs.add(folder);
  return folder;
}

const isAnswering = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    // By its own name: the door sends every other one away.
    const headers = { Host: `localhost:${port}` };
    const request = http.get(
      { host: "127.0.0.1", port, path: "/sign-in", headers, timeout: 2_000 },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200));
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });

const running = new Map<ChildProcess, Promise<void>>();

/** The server process of the embedded database in a data folder; undefined when there is none. */
function postmasterOf(dataDir: string): number | undefined {
  try {
    const file = path.join(dataDir, "postgres", "postmaster.pid");
    return Number(fs.readFileSync(file, "utf8").split("\n")[0]);
  } catch {
    return undefined;
  }
}

/** Stops everything that the bench has started, however far it came, and removes the sites' data. */
export async function cleanUp(): Promise<void> {
  for (const child of running.keys()) child.kill("SIGINT");
  await Promise.all(running.values());
  for (const dataDir of dataDirs) {
    const pid = postmasterOf(dataDir);
    // A database whose site was stopped while the bench was connected to it has lived on.
    if (pid !== undefined) process.kill(pid, "SIGINT");
    for (let turn = 0; turn < 100 && postmasterOf(dataDir) !== undefined; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * Starts the site of `folder` on `dataDir` and waits for its first page. `args` are what Node is given: the server alone,
 * with the flags that `npm start` gives it, or all that `npm start` runs. `env` adds settings.
 */
export async function startSite(
  folder: string,
  dataDir: string,
  {
    args = [...START.slice(0, -1), "build/server.mjs"],
    env = {},
  }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Site> {
  const port = await freePort();
  const from = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: "production",
      PORT: String(port),
      DATA_DIR: dataDir,
      SECRET_KEYS: secretKeys,
      TRUSTED_PROXIES: "127.0.0.1,::1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  running.set(child, ended);
  void ended.then(() => running.delete(child));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output = (output + chunk).slice(-8_000);
    });
  while (!(await isAnswering(port))) {
    if (child.exitCode !== null || performance.now() - from > START_MS) {
      child.kill("SIGINT"); // so that it switches its database off
      await ended;
      throw new Error(`The site did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const startedInMs = performance.now() - from;
  const databasePid = () => {
    const pid = postmasterOf(dataDir);
    if (pid === undefined) throw new Error("the embedded database is not running");
    return pid;
  };
  const pid = child.pid ?? 0;
  return {
    port,
    dataDir,
    pid,
    startedInMs,
    databasePid,
    cpuMs: () => cpuMs(pid) + treeCpuMs(databasePid()),
    output: () => output,
    async stop() {
      child.kill("SIGINT");
      const late = setTimeout(() => child.kill("SIGKILL"), LEAVING_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Opens a connection of the bench's own to a site's embedded database, for as long as `work` takes. */
export async function withDatabase<T>(site: Site, work: (client: Client) => Promise<T>): Promise<T> {
  const database = await startEmbeddedDatabase({ dataDir: site.dataDir, say: () => {} });
  const client = new Client({ connectionString: database.url, application_name: "bench" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
    await database.stop();
  }
}

export interface Counted {
  /** Statements by the name the site gives them, for all of the work together. */
  statements: Map<string, number>;
  /** Transactions that wrote something: a transaction gets a number only when it writes. */
  commits: number;
}

/** Counts what the site asks of its database while `work` runs: its server logs every statement meanwhile. */
export async function counting(site: Site, work: () => Promise<unknown>): Promise<Counted> {
  const configure = async (lines: string[]) => {
    fs.appendFileSync(path.join(site.dataDir, "postgres", "postgresql.auto.conf"), `${lines.join("\n")}\n`);
    process.kill(site.databasePid(), "SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 500));
  };
  const logFile = path.join(site.dataDir, "postgres.log");
  const size = () => fs.statSync(logFile).size;
  return withDatabase(site, async (client) => {
    const nextTransaction = async () => {
      const { rows } = await client.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next");
      return Number(rows[0].next);
    };
    await configure(["log_statement = 'all'", "log_line_prefix = '%a|'", "log_parameter_max_length = 0"]);
    const [logFrom, transactionsFrom] = [size(), await nextTransaction()];
    await work();
    const commits = (await nextTransaction()) - transactionsFrom;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const text = fs.readFileSync(logFile).subarray(logFrom).toString();
    await configure(["log_statement = 'none'"]);
    const statements = new Map<string, number>();
    for (const [, name = "", sql = ""] of text.matchAll(
      /^latchkey\|LOG: {2}(?:execute ([^:]+)|statement): *(.*)/gm,
    )) {
      const key = name === "" || name === "<unnamed>" ? sql.slice(0, 60) : name;
      statements.set(key, (statements.get(key) ?? 0) + 1);
    }
    return { statements, commits };
  });
}
