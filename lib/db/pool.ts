import { AsyncLocalStorage } from "node:async_hooks";
import pg from "pg";
import { seconds } from "@/lib/kernel/durations";

// One pool a process, shared by the door, the worker and the framework's bundles.
const shared = globalThis as unknown as { latchkeyPool?: pg.Pool; latchkeyDatabaseInDoubt?: boolean };

/** Whether a connection failed since the database answered last. */
export const isInDoubt = (): boolean => shared.latchkeyDatabaseInDoubt === true;

/** Something happened that happens when the database is gone: the next request asks it. */
export function doubt(): void {
  shared.latchkeyDatabaseInDoubt = true;
}

/**
 * Whether an error tells of the connection and not of what was asked: it has no SQLSTATE (a socket's, the driver's own
 * time limit), or one of class 08, or says that the server stops or starts. A lock not got, a deadlock or a value refused
 * is the answer of a database that is well.
 */
export function isOfConnection(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? "");
  return !/^[0-9A-Z]{5}$/.test(code) || isErrno(code) || /^(?:08...|57P0[123])$/.test(code);
}

// EPIPE has the length of an SQLSTATE; none of those begins with E.
const isErrno = (code: string): boolean => code.startsWith("E");

// Ten requests at once that each hold a connection, and the row of an account with it, and each ask for a second one get
// none of them any: they wait for each other until all are refused. So nobody asks, which every test looks at; elsewhere
// there is no mark, and it costs nothing.
const holding = process.env.NODE_ENV === "test" ? new AsyncLocalStorage<boolean>() : undefined;

// A query of Prisma's begins when it is awaited, so it is awaited here.
const marked = <T>(isHolding: boolean, work: () => Promise<T>): Promise<T> =>
  holding === undefined ? work() : holding.run(isHolding, async () => await work());

/** Does the work of a transaction, which has its connection. */
export const holdingConnection = <T>(work: () => Promise<T>): Promise<T> => marked(true, work);

/** Begins `work` as if outside of the transaction that is under way: for a test of what others do meanwhile. */
export const asSomebodyElse = <T>(work: () => Promise<T>): Promise<T> => marked(false, work);

/** A transaction asked for a connection besides its own. A fault of the program, and seen in tests only. */
class SecondConnectionError extends Error {}

/** A failed connect is told by no event of the pool. */
class WatchedPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(done: Connected): void;
  override connect(done?: Connected): Promise<pg.PoolClient> | undefined {
    if (holding?.getStore() === true)
      throw new SecondConnectionError("a transaction asks for a second connection: read with its own");
    if (done === undefined)
      return super.connect().catch((error: unknown) => {
        doubt();
        throw error;
      });
    super.connect((error, client, release) => {
      if (error) doubt();
      done(error, client, release);
    });
    return undefined;
  }
}

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/** The database has answered. */
export function trust(): void {
  shared.latchkeyDatabaseInDoubt = false;
}

/** The process's connections to PostgreSQL, from DATABASE_URL (which the start sets for the embedded database). */
export function pool(): pg.Pool {
  if (shared.latchkeyPool === undefined) {
    const connectionString = process.env.DATABASE_URL;
    if (!connectionString) throw new Error("DATABASE_URL is not set: the site is started by server.ts");
    const made = new WatchedPool({
      connectionString,
      max: 10,
      // Database gone: a bounded wait, then a refusal and a page that says so.
      connectionTimeoutMillis: seconds(3),
      idleTimeoutMillis: seconds(30),
      // A statement is planned once a connection and not for each of its values: every one is written for one index,
      // and planning again was a sixth of the database's part of a sign-in. A plan made while a table was empty would
      // read that table from end to end, and go on doing so when it has grown. Before PostgreSQL 18 a scan that cannot
      // be helped counts as so dear then that the server would compile it first: nothing here runs long enough for that.
      options:
        "-c statement_timeout=10000 -c lock_timeout=8000 -c idle_in_transaction_session_timeout=15000 -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off -c timezone=UTC",
      // A server that holds its connections and says nothing (a frozen machine, a cut cable) keeps no limit of its own.
      query_timeout: seconds(12),
      application_name: "latchkey",
      keepAlive: true,
    });
    // A connection that dies while idle is the pool's to replace; without a listener it would end the process.
    made.on("error", doubt);
    // One that dies in a transaction tells its own listeners only.
    made.on("connect", (client) => client.on("error", doubt));
    // The pool gives every failed query as a reason here, also one that the database itself refused.
    made.on("release", (error) => {
      if (error && isOfConnection(error)) doubt();
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
