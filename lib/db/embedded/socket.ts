/** Where the server's Unix socket lies. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Cluster } from "./cluster";
import { EmbeddedDatabaseError } from "./error";

export const SOCKET_PORT = 5432; // only part of the socket's file name
export const SOCKET_NAME = `/.s.PGSQL.${SOCKET_PORT}`;
const SOCKET_PATH_MAX = 103; // bytes: sockaddr_un.sun_path holds 108 on Linux and 104 on macOS, with the closing NUL

/** Where the socket goes when its path in the cluster's own folder would be too long for the system; else undefined. */
function shortSocketFolder(cluster: Cluster): string | undefined {
  if (Buffer.byteLength(cluster.folder + SOCKET_NAME) <= SOCKET_PATH_MAX) return undefined;
  const name = createHash("sha256").update(fs.realpathSync(cluster.folder)).digest("hex").slice(0, 16);
  return path.join(os.tmpdir(), `latchkey-${name}`);
}

/** A folder for the socket whose path is short enough, and which nobody else can have put there. */
export function socketFolder(cluster: Cluster): string {
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
export function removeSocketFolder(cluster: Cluster): void {
  const folder = cluster.tcpPort === undefined ? shortSocketFolder(cluster) : undefined;
  if (folder === undefined) return;
  try {
    fs.rmdirSync(folder);
  } catch {
    // in use again, or gone already
  }
}
