/** Where a sign-in at the desk is kept between two commands: a file of the one who signed in. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { DeskTerminal } from "@/lib/desk";
import { isTokenShaped } from "@/lib/kernel/token-shape";

/**
 * Takes `--session FILE` out of the arguments: it is about this machine, not about the desk. Where DESK_SESSION is set it
 * is refused, because whoever set it may have given somebody this tool and nothing else.
 */
export function sessionPath(args: string[], dataDir: string): string | undefined {
  const chosen = process.env.DESK_SESSION || undefined;
  const place = args.findIndex((arg) => arg === "--session" || arg.startsWith("--session="));
  if (place === -1) return path.resolve(chosen ?? path.join(dataDir, "desk-session"));
  const [option = ""] = args.splice(place, 1);
  const file = option.includes("=") ? option.slice("--session=".length) : args.splice(place, 1)[0];
  return file && chosen === undefined ? path.resolve(file) : undefined;
}

/** The file of a desk session, on this machine. */
export function sessionFile(file: string): DeskTerminal["session"] {
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
export class ForeignFileError extends Error {}

/** The file of a desk session cannot be read or written. */
export class FileError extends Error {}

/**
 * Whose hands the tool is in: the user of this machine, whom `sudo` says it was called by, and the file that their sign-in
 * is kept in, which a forced command names after the agent. No terminal: the next call of an agent by ssh has another one.
 */
export const callerOf = (file: string): string =>
  JSON.stringify([
    os.hostname(),
    process.getuid?.() ?? os.userInfo().username,
    process.env.SUDO_UID ?? "",
    file,
  ]);
