/**
 * Brings a database to the state this code expects: prisma/migrations, applied in the order of their names.
 *
 * Prisma's own `migrate deploy` downloads a native engine before it does anything. This runner needs nothing but `pg`,
 * and keeps the books in `_prisma_migrations` as Prisma's engine does, so that Prisma takes the database as in sync.
 */
import { createHash, randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Client } from "pg";

/** The database does not fit this code; the message says what differs and what to do. */
export class MigrationError extends Error {
  override name = "MigrationError";
}

interface Migration {
  name: string;
  sql: string;
  /** sha256 of the file, in hex, as Prisma's engine writes it. */
  checksum: string;
}

// The lock of Prisma's engine, so that `prisma migrate` of another hand waits for us and we for it.
const LOCK = 72707369;

const TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/** The migrations in `folder`, in the order in which they apply. */
function readMigrations(folder: string): Migration[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = fs.readFileSync(path.join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/**
 * Compares what is applied with what the code has; resolves to those that are still to come.
 * Refuses an applied migration that was changed since (the database would not be what the code says), one that the code
 * does not have (the database is newer), and one that comes before an applied one.
 */
export function pendingMigrations(
  known: Migration[],
  applied: { name: string; checksum: string }[],
): Migration[] {
  for (const { name, checksum } of applied) {
    const mine = known.find((migration) => migration.name === name);
    if (!mine) {
      throw new MigrationError(
        `The database is newer than this code: it has the migration ${name}. Start a release that has it too, or restore the backup that was made before.`,
      );
    }
    if (mine.checksum !== checksum) {
      throw new MigrationError(
        `The migration ${name} was changed after it had been applied. Put prisma/migrations/${name}/migration.sql back as it was, and make the change in a new migration.`,
      );
    }
  }
  const pending = known.filter(({ name }) => !applied.some((done) => done.name === name));
  const last = applied
    .map(({ name }) => name)
    .sort()
    .at(-1);
  const late = pending.find(({ name }) => last !== undefined && name < last);
  if (late) {
    throw new MigrationError(
      `The migration ${late.name} comes before ${last}, which is applied already. Give it a later date in its name.`,
    );
  }
  return pending;
}

/**
 * Applies the migrations that the database at `url` does not have, one transaction each, while every other process that
 * wants to do the same waits. `say` gets one line when there is something to do. Whatever refuses leaves the database
 * as it was after the last whole migration.
 */
export async function migrate(
  url: string,
  {
    say,
    folder = path.join(process.cwd(), "prisma", "migrations"),
  }: { say: (line: string) => void; folder?: string },
): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: "latchkey migrations",
  });
  client.on("error", () => {}); // a connection that is lost: what was asked by it is refused with the same error
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
    await client.query(TABLE);
    const { rows } = await client.query<{ name: string; checksum: string }>(
      `SELECT migration_name AS name, checksum FROM _prisma_migrations
        WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    );
    const pending = pendingMigrations(readMigrations(folder), rows);
    if (pending.length > 0) say("Preparing the database…");
    for (const migration of pending) await apply(client, migration);
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    throw new MigrationError(
      `The database could not be prepared, and was left as it was: ${reasonOf(error)}`,
    );
  } finally {
    await client.end(); // which gives the lock back
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  const startedAt = new Date();
  try {
    await client.query("BEGIN");
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, $4, 1)`,
      [randomUUID(), checksum, name, startedAt],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {}); // the connection may be what failed
    throw new MigrationError(`The migration ${name} failed and was taken back whole: ${reasonOf(error)}`);
  }
}
