import { randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseSecretKeys, type Settings, SettingsError, settings } from "./config";
import { openDataDir } from "./data-dir";

const CLAIM_MS = 2_000; // for another start to rename one file
const LOOK_MS = 20;

export type SecretKey = { readonly id: string; readonly bytes: Buffer };

const shared = globalThis as unknown as { latchkeyKeys?: readonly SecretKey[] };

/**
 * The site's keys: from SECRET_KEYS, else from `DATA_DIR/keys`, which is made on the first start (mode 0600).
 * The first key seals; the others only open what they sealed before.
 *
 * `say` gets a line before they are made.
 *
 * @throws SettingsError when the file cannot be read as keys: a new key would make everything sealed unreadable.
 */
export function loadKeys(from: Settings, say: (line: string) => void = () => {}): readonly SecretKey[] {
  const text = from.secretKeys ?? keysFile(from.dataDir, say);
  const keys = parseSecretKeys(text);
  if (keys === undefined)
    throw new SettingsError([
      `${join(from.dataDir, "keys")} does not hold keys (id:base64,…). Put back the file from your backup; without it nothing sealed can be opened.`,
    ]);
  shared.latchkeyKeys = keys;
  return keys;
}

/** The keys of this process, the sealing one first. */
export function keys(): readonly SecretKey[] {
  return shared.latchkeyKeys ?? loadKeys(settings());
}

function keysFile(dataDir: string, say: (line: string) => void): string {
  const path = join(dataDir, "keys");
  if (!existsSync(path)) {
    say("Making the site's keys (first time only)…");
    openDataDir(dataDir);
    makeKeys(path);
  }
  return readFileSync(path, "utf8").trim();
}

/**
 * Makes the file of keys, unless another start on the folder was quicker: whatever one of them has sealed, the other
 * must open. Written whole under another name, so that a kill in between leaves no half key, and nobody reads one; that
 * name is its own also where every process has the same number, as in containers. Then linked: a link, unlike a rename,
 * never takes the place of a file that is there.
 */
function makeKeys(path: string): void {
  const draft = `${path}.${process.pid}-${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, `k1:${randomBytes(32).toString("base64")}\n`, {
      mode: 0o600,
      flag: "wx",
      flush: true,
    });
    try {
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
      // Each system says it in a word of its own that this file system has no hard links (EPERM, ENOTSUP, ENOSYS …).
      renameAlone(draft, path);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Renames a draft to `path` if nothing is there, without hard links: by a folder that only one can make (not by opening
 * `path` itself for whoever is first, which another start would read before the key stands in it).
 *
 * @throws SettingsError when the one that made the folder does not come to its end.
 */
function renameAlone(draft: string, path: string): void {
  const claim = `${path}.making`;
  const giveUpAt = Date.now() + CLAIM_MS;
  for (;;) {
    try {
      mkdirSync(claim);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (existsSync(path)) return;
    if (Date.now() > giveUpAt)
      throw new SettingsError([
        `Another start was interrupted while it made ${path}. Remove the folder ${claim}, then start again.`,
      ]);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
  try {
    if (!existsSync(path)) renameSync(draft, path);
  } finally {
    rmdirSync(claim);
  }
}
