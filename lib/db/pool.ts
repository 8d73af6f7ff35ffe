import pg from "pg";
import { seconds } from "@/lib/kernel/durations";

// One pool a process, shared by the door, the worker and the framework's bundles.
const shared = globalThis as unknown as { latchkeyPool?: pg.Pool; latchkeyDatabaseInDoubt?: boolean };

/** Whether something went wrong on a connection since the database answered last. */
export const isInDoubt = (): boolean => shared.latchkeyDatabaseInDoubt === true;

function doubt(): void {
  shared.latchkeyDatabaseInDoubt = true;
}

/** The database has answered. */
export function trust(): void {
  shared.latchkeyDatabaseInDoubt = false;
}

/** The process's connections to PostgreSQL, from DATABASE_URL (which the start sets for the embedded database). */
export function pool(): pg.Pool {
  if (shared.latchkeyPool === undefined) {
    const connectionString = process.env.DATABASE_URL;
    if (!connectionString) throw new Error("DATABASE_URL is not set: the site is started by server.ts");
    const made = new pg.Pool({
      connectionString,
      max: 10,
      // Database gone: a bounded wait, then a refusal and a page that says so.
      connectionTimeoutMillis: seconds(3),
      idleTimeoutMillis: seconds(30),
      options:
        "-c statement_timeout=10000 -c lock_timeout=8000 -c idle_in_transaction_session_timeout=15000 -c timezone=UTC",
      // A server that holds its connections and says nothing (a frozen machine, a cut cable) keeps no limit of its own.
      query_timeout: seconds(12),
      application_name: "latchkey",
      keepAlive: true,
    });
    // A connection that dies while idle is the pool's to replace; without a listener it would end the process.
    made.on("error", doubt);
    made.on("release", (error) => {
      if (error) doubt();
    });
    shared.latchkeyPool = made;
  }
  return shared.latchkeyPool;
}

/** Ends the pool; the next use opens a new one. */
export async function closePool(): Promise<void> {
  const current = shared.latchkeyPool;
  shared.latchkeyPool = undefined;
  await current?.end();
}
