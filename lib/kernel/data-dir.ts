import { accessSync, constants, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SettingsError } from "./config";

const PROBE_BYTES = 64 * 1024; // the keys and a few lines of the outbox

/**
 * Makes the folder of everything that the site keeps itself, parents too, and tries that it can be written.
 *
 * @throws SettingsError that names DATA_DIR, the cause and the mend.
 */
export function openDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    const probe = join(dataDir, `write-check.${process.pid}`);
    try {
      writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { mode: 0o600 });
    } finally {
      rmSync(probe, { force: true });
    }
  } catch (error) {
    throw new SettingsError([problemOf(dataDir, (error as NodeJS.ErrnoException).code ?? "unknown")]);
  }
}

/**
 * One folder after the other: Node's own `recursive` never ends where the system says that a parent isn't there after
 * all, as in /proc.
 */
function makeFolder(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there !== undefined) throw Object.assign(new Error("not a folder"), { code: "ENOTDIR" });
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another start on the same folder was quicker.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function problemOf(dataDir: string, code: string): string {
  switch (code) {
    case "ENOTDIR":
      return `DATA_DIR is a file or lies inside one (${code}): ${dataDir}. Give the path of a folder.`;
    case "ENOSPC":
    case "EDQUOT":
      return `DATA_DIR has no room left (${code}): ${dataDir}. Make room on that disk, or give a folder on another one.`;
    default:
      return `DATA_DIR cannot be written (${code}): ${dataDir}. Give a folder that the user of this start may write to.`;
  }
}
