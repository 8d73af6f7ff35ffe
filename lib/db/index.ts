import "server-only";
import { PrismaPg } from "@prisma/adapter-pg";
import type pg from "pg";
import { type Prisma, PrismaClient } from "./generated/client";
import { pool } from "./pool";

export type { Prisma } from "./generated/client";
export { closePool, pool } from "./pool";

/** What a store writes through: the client of one transaction. */
export type Transaction = Prisma.TransactionClient;

const shared = globalThis as unknown as { latchkeyPrisma?: { client: PrismaClient; over: pg.Pool } };

/** The Prisma client over the process's pool. */
export function db(): PrismaClient {
  const over = pool();
  if (shared.latchkeyPrisma?.over !== over)
    shared.latchkeyPrisma = { client: new PrismaClient({ adapter: new PrismaPg(over) }), over };
  return shared.latchkeyPrisma.client;
}

/**
 * Everything in `work` happens, or nothing does. Waits at most 5 s for a connection and 10 s in all.
 * Nothing slow (a hash, a provider) belongs inside.
 */
export function inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db().$transaction(work, { maxWait: 5000, timeout: 10_000 });
}

/**
 * One prepared statement outside Prisma: for the paths that every sign-in and every page takes, where Prisma's own
 * read costs several times the database's work (docs/decisions/0007). `name` is the statement's name on the server.
 */
export async function query<Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const result = await pool().query<Row>({ name, text, values });
  return result.rows;
}
