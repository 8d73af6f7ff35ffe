/** Throwaway databases, for tests only. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { freePort } from "../free-port";
import { isAlive, openCluster } from "./cluster";
import { run } from "./programs";
import { chooseRunner } from "./runner";
import { ensureRunning, urlOf } from "./server";
import { removeSocketFolder } from "./socket";

export interface ScratchDatabase {
  /** A connection string of a role that may create databases. */
  url: string;
  /** Switches the server off at once, as a crash would; `resume` brings it back. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  /** Switches the server off and removes its folder. */
  stop(): Promise<void>;
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
