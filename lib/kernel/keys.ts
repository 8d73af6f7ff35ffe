import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSecretKeys, type Settings, SettingsError, settings } from "./config";
import { openDataDir } from "./data-dir";

export type SecretKey = { readonly id: string; readonly bytes: Buffer };

const shared = globalThis as unknown as { latchkeyKeys?: readonly SecretKey[] };

/**
 * The site's keys: from SECRET_KEYS, else from `DATA_DIR/keys`, which is made on the first start (mode 0600).
 * The first key seals; the others only open what they sealed before.
 *
 * @throws SettingsError when the file cannot be read as keys: a new key would make everything sealed unreadable.
 */
export function loadKeys(from: Settings): readonly SecretKey[] {
  const text = from.secretKeys ?? keysFile(from.dataDir);
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

function keysFile(dataDir: string): string {
  const path = join(dataDir, "keys");
  if (!existsSync(path)) {
    openDataDir(dataDir);
    // Written whole under another name, then renamed: a kill in between leaves no half key.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, `k1:${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
    if (existsSync(path)) return readFileSync(path, "utf8").trim();
    renameSync(draft, path);
    chmodSync(path, 0o600);
  }
  return readFileSync(path, "utf8").trim();
}
