/** The server of a cluster: switched on when nobody has, repaired after a kill, connected to, switched off. */
import fs from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { freePort } from "../free-port";
import { type Cluster, passwordFile, ROLE } from "./cluster";
import { EmbeddedDatabaseError } from "./error";
import { run } from "./programs";
import { writeOwned } from "./runner";
import { settingsOf } from "./server-settings";
import { SOCKET_NAME, SOCKET_PORT, socketFolder } from "./socket";

const START_SECONDS = 60;
const LOG_MAX_BYTES = 5_000_000;

/** postmaster.pid, as documented: 1 pid, 4 port, 5 first socket folder, 6 first TCP address. */
function postmasterFile(cluster: Cluster): string[] {
  try {
    return fs.readFileSync(path.join(cluster.folder, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

/** What a PostgreSQL client connects with. */
export function urlOf(cluster: Cluster): string {
  const who = `${ROLE}:${cluster.password}`;
  if (cluster.tcpPort !== undefined) return `postgresql://${who}@127.0.0.1:${cluster.tcpPort}/${ROLE}`;
  const socket = encodeURIComponent(socketFolder(cluster));
  return `postgresql://${who}@localhost:${SOCKET_PORT}/${ROLE}?host=${socket}`;
}

async function connect(cluster: Cluster): Promise<Client> {
  const client = new Client({
    connectionString: urlOf(cluster),
    connectionTimeoutMillis: 3_000,
    application_name: "latchkey presence",
    keepAlive: true,
  });
  client.on("error", () => {}); // its 'end' event tells the same
  await client.connect();
  return client;
}

/**
 * A postmaster.pid left by a kill or a power cut names a process that may be somebody else's by now, most of all in a
 * container, where numbers start from 1 each time. PostgreSQL is careful and refuses; /proc tells who it really is.
 */
function removeStaleLocks(cluster: Cluster): void {
  const pid = Number(postmasterFile(cluster)[0]);
  if (!pid || process.platform !== "linux") return;
  let command: string;
  try {
    command = fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return; // no such process: PostgreSQL sees that itself
  }
  if (command === "postgres") return;
  fs.rmSync(path.join(cluster.folder, "postmaster.pid"), { force: true });
  if (cluster.tcpPort === undefined) {
    fs.rmSync(`${socketFolder(cluster)}${SOCKET_NAME}.lock`, { force: true });
  }
}

async function switchOn(cluster: Cluster): Promise<{ code: number; output: string }> {
  removeStaleLocks(cluster);
  writeOwned(cluster.runner, path.join(cluster.folder, "postgresql.conf"), settingsOf(cluster));
  const isLong = fs.existsSync(cluster.log) && fs.statSync(cluster.log).size > LOG_MAX_BYTES;
  if (isLong || !fs.existsSync(cluster.log)) writeOwned(cluster.runner, cluster.log, "");
  return run(cluster.runner, "pg_ctl", [
    "start",
    "-w",
    "-t",
    `${START_SECONDS}`,
    "-D",
    cluster.folder,
    "-l",
    cluster.log,
  ]);
}

/** How pg reports a server that is off, starting, stopping or not to be found: all of these pass. */
const PASSING = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "57P01", "57P02", "57P03"]);

/**
 * Resolves with a connection to the cluster's server, which it starts when nobody has. Connecting is the only proof:
 * just after a kill, `pg_ctl status` still says that it runs. Refuses after a minute, with the end of the server's log.
 */
export async function ensureRunning(cluster: Cluster, say: (line: string) => void): Promise<Client> {
  const giveUpAt = Date.now() + START_SECONDS * 1000;
  let hasSaid = false;
  for (;;) {
    try {
      return await connect(cluster);
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      const isTimeout = error instanceof Error && /timeout/i.test(error.message);
      if (code === "28P01") {
        throw new EmbeddedDatabaseError(
          `The embedded database in ${cluster.folder} does not take the password in ${passwordFile(cluster.folder)}. Put the right one back from your backup.`,
        );
      }
      if (!PASSING.has(code) && !isTimeout && !/terminated unexpectedly/.test(String(error))) throw error;
      if (code !== "57P03" && !isTimeout) {
        if (!hasSaid) say("Starting the database…");
        hasSaid = true;
        const started = await switchOn(cluster);
        if (started.code === 0) continue;
      }
    }
    if (Date.now() > giveUpAt) {
      throw new EmbeddedDatabaseError(
        `The embedded database in ${cluster.folder} does not start. The end of ${cluster.log}:\n${logTail(cluster)}`,
      );
    }
    await pause(250);
  }
}

function logTail(cluster: Cluster): string {
  try {
    return fs.readFileSync(cluster.log, "utf8").trimEnd().split("\n").slice(-5).join("\n");
  } catch {
    return "(there is none)";
  }
}

/** Resolves after that time. */
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** True when a client other than ours is connected. Waits a moment for those that are just saying good-bye. */
export async function hasOtherClients(presence: Client): Promise<boolean> {
  const ask = `SELECT count(*)::int AS others FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
  for (let turn = 0; turn < 5; turn += 1) {
    const { rows } = await presence.query<{ others: number }>(ask);
    if (rows[0]?.others === 0) return false;
    await pause(100);
  }
  return true;
}

/** Windows has no Unix sockets that PostgreSQL could use for this: there it listens on loopback, on a port of its own. */
export async function portOnWindows(cluster: Cluster): Promise<number | undefined> {
  if (process.platform !== "win32") return undefined;
  const running = Number(postmasterFile(cluster)[3]);
  return running > 0 ? running : freePort();
}
