/**
 * `npm run desk -- <command>`: the support desk (docs/desk.md). It asks the database of DATABASE_URL, or the embedded one
 * in DATA_DIR, whether the site runs or not; messages that it causes are handed over by the running site.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { Writable } from "node:stream";
import { type DeskTerminal, deskExit, runDesk } from "@/lib/desk";
import { now } from "@/lib/kernel/clock";
import { settings } from "@/lib/kernel/config";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import { troubleText, withDatabase } from "./tool";

/**
 * Takes `--session FILE` out of the arguments: it is about this machine, not about the desk. Where DESK_SESSION is set it
 * is refused, because whoever set it may have given somebody this tool and nothing else.
 */
function sessionPath(args: string[], dataDir: string): string | undefined {
  const chosen = process.env.DESK_SESSION || undefined;
  const place = args.findIndex((arg) => arg === "--session" || arg.startsWith("--session="));
  if (place === -1) return path.resolve(chosen ?? path.join(dataDir, "desk-session"));
  const [option = ""] = args.splice(place, 1);
  const file = option.includes("=") ? option.slice("--session=".length) : args.splice(place, 1)[0];
  return file && chosen === undefined ? path.resolve(file) : undefined;
}

/** The file of a desk session, on this machine. */
function sessionFile(file: string): DeskTerminal["session"] {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const { code } = error as { code?: string };
      throw error instanceof ForeignFileError
        ? error
        : new FileError(`${file} (${code ?? "no reason given"})`);
    }
  };
  const read = (): string | undefined => {
    if (!fs.existsSync(file)) return undefined;
    const text = fs.readFileSync(file, "utf8").trim();
    if (!isTokenShaped(text)) throw new ForeignFileError(file);
    return text;
  };
  const drop = (): void => {
    if (read() !== undefined) fs.rmSync(file);
  };
  return {
    read: () => attempt(read),
    keep: (token) =>
      attempt(() => {
        fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
        // A new file, so that whoever had the old one open, or could read it, has nothing of this one.
        drop();
        fs.writeFileSync(file, `${token}\n`, { mode: 0o600, flag: "wx" });
      }),
    drop: () => attempt(drop),
  };
}

/** What is named as the file of a desk session holds something else, and stays as it is. */
class ForeignFileError extends Error {}

/** The file of a desk session cannot be read or written. */
class FileError extends Error {}

/**
 * Whose hands the tool is in: the user of this machine, whom `sudo` says it was called by, and the file that their sign-in
 * is kept in, which a forced command names after the agent. No terminal: the next call of an agent by ssh has another one.
 */
const callerOf = (file: string): string =>
  JSON.stringify([
    os.hostname(),
    process.getuid?.() ?? os.userInfo().username,
    process.env.SUDO_UID ?? "",
    file,
  ]);

/** Asks line by line; on a terminal nothing that is typed is shown where it should not be, else the input is read. */
function questions(): { ask: DeskTerminal["ask"]; close(): void } {
  let isMuted = false;
  const quiet = new Writable({
    write: (chunk, _encoding, done) => {
      if (!isMuted) process.stderr.write(chunk);
      done();
    },
  });
  const isTerminal = process.stdin.isTTY === true;
  let reader: readline.Interface | undefined;
  let piped: AsyncIterator<string> | undefined;
  return {
    ask: async (question, isShown) => {
      reader ??= readline.createInterface({ input: process.stdin, output: quiet, terminal: isTerminal });
      if (!isTerminal) {
        piped ??= reader[Symbol.asyncIterator]();
        const line = await piped.next();
        return line.done === true ? undefined : line.value;
      }
      process.stderr.write(question);
      isMuted = !isShown;
      const open = reader;
      const line = await new Promise<string | undefined>((resolve) => {
        open.once("close", () => resolve(undefined));
        open.question("", resolve);
      });
      if (isMuted) process.stderr.write("\n");
      isMuted = false;
      return line;
    },
    close: () => reader?.close(),
  };
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const file = sessionPath(args, settings().dataDir);
  if (file === undefined) {
    console.error("--session wants the path of a file, and cannot be used where DESK_SESSION is set.");
    return deskExit.wrongUse;
  }
  const { ask, close } = questions();
  const terminal: DeskTerminal = {
    out: (text) => console.log(text),
    err: (text) => console.error(text),
    ask,
    caller: callerOf(file),
    session: sessionFile(file),
    now,
  };
  // Help needs no database.
  if (args.length === 0 || args.includes("--help") || args.includes("-h")) return runDesk(args, terminal);
  try {
    return await withDatabase(() => runDesk(args, terminal));
  } finally {
    close();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  if (error instanceof ForeignFileError) {
    console.error(`${error.message} is not the file of a sign-in at the desk, and stays as it is.`);
    return deskExit.wrongUse;
  }
  console.error(
    error instanceof FileError
      ? `The file of your sign-in cannot be read or written: ${error.message}. Mend its rights, or name another with --session.`
      : troubleText(error),
  );
  return deskExit.trouble;
});
