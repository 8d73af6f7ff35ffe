/**
 * `npm run desk -- <command>`: the support desk (docs/desk.md). It asks the database of DATABASE_URL, or the embedded one
 * in DATA_DIR, whether the site runs or not; messages that it causes are handed over by the running site.
 */
import readline from "node:readline";
import { Writable } from "node:stream";
import { type DeskTerminal, deskExit, runDesk } from "@/lib/desk";
import { now } from "@/lib/kernel/clock";
import { settings } from "@/lib/kernel/config";
import { callerOf, FileError, ForeignFileError, sessionFile, sessionPath } from "./desk-session";
import { troubleText, withDatabase } from "./tool";

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
