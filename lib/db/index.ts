import "server-only";
import { PrismaPg } from "@prisma/adapter-pg";
import type pg from "pg";
import { log } from "@/lib/kernel/log";
import type { Result } from "@/lib/kernel/result";
import { codeOf } from "./codes";
import { type Prisma, PrismaClient } from "./generated/client";
import { type Named, numbered } from "./named";
import { doubt, holdingConnection, pool } from "./pool";

export type { Prisma } from "./generated/client";
export type { Named } from "./named";
export { asSomebodyElse, closePool, pool } from "./pool";

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

// Two transactions that wait for each other: PostgreSQL ends one of them, whole, and asks to be asked again.
const isWorthRepeating = (error: unknown): boolean => ["P2034", "40P01", "40001"].includes(codeOf(error));

async function repeating<T>(work: () => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await work();
    } catch (error) {
      if (turn === 3 || !isWorthRepeating(error)) throw error;
      // Somebody locks rows in another order than the rest (lockAccount): nobody would know otherwise.
      log.warn({ err: error }, "two transactions waited for each other, and one is done again");
    }
  }
}

/**
 * Everything in `work` happens, or nothing does; it may run again from its start when PostgreSQL ended it over a
 * deadlock. Waits at most 5 s for a connection and 10 s in all. Nothing slow (a hash, a provider) belongs inside, and no
 * query but by `tx`: with a second connection ten at once would wait for each other, and in tests that throws. A refusal
 * is a value as any other: what was done before it stays, which is right for a step or a link that is spent whatever
 * comes of it. Else: `inTransactionUnlessRefused`.
 */
export function inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  const limits = { maxWait: 5000, timeout: 10_000 };
  return repeating(() => db().$transaction((tx) => holdingConnection(() => work(tx)), limits)).catch(
    (error: unknown) => {
      // Out of time, which is before the connection's own limit: it may be that nobody answers any more.
      if ((error as { code?: unknown }).code === "P2028") doubt();
      throw error;
    },
  );
}

/** Carries a refusal out of a transaction, so that nothing of it stays. */
class Undo extends Error {
  constructor(readonly refusal: Result<unknown, string>) {
    super("refused");
  }
}

/** The same for work that may be refused: a refusal undoes everything that was done before it. */
export async function inTransactionUnlessRefused<T, Reason extends string>(
  work: (tx: Transaction) => Promise<Result<T, Reason>>,
): Promise<Result<T, Reason>> {
  try {
    return await inTransaction(async (tx) => {
      const done = await work(tx);
      if (!done.ok) throw new Undo(done);
      return done;
    });
  } catch (error) {
    if (error instanceof Undo) return error.refusal as Result<T, Reason>;
    throw error;
  }
}

/**
 * One prepared statement outside Prisma: for the paths that every sign-in and every page takes, where Prisma's own
 * read costs several times the database's work (docs/decisions/0007). `name` is the statement's name on the server.
 * `values` stand in the text by their numbers, or by their names where it is put together from parts.
 */
export async function query<Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[] | Named,
): Promise<Row[]> {
  const asked = inNumbers(text, values);
  const result = await repeating(() => pool().query<Row>({ name, ...asked }));
  return result.rows;
}

const inNumbers = (text: string, values: unknown[] | Named): { text: string; values: unknown[] } =>
  Array.isArray(values) ? { text, values } : numbered(text, values as Named);

/** How a statement is asked: by `query`, or on the connection of a transaction. */
export type Ask = typeof query;

/** Asks on the connection of a transaction, not prepared there: parameters need their types in the text (`$1::uuid`). */
export const within =
  (tx: Transaction): Ask =>
  (_name, text, values) => {
    const asked = inNumbers(text, values);
    return tx.$queryRawUnsafe(asked.text, ...asked.values);
  };
