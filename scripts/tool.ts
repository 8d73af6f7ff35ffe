/** What the tools of the command line share: the site's database, and what they say when something is wrong. */
import fs from "node:fs";
import path from "node:path";
import { codeOf } from "@/lib/db/codes";
import { EmbeddedDatabaseError, startEmbeddedDatabase } from "@/lib/db/embedded";
import { closePool } from "@/lib/db/pool";
import { SettingsError, settings } from "@/lib/kernel/config";

/** There is no site's data where the settings say; a tool makes none. */
class NoDataError extends Error {}

/** Does `work` on the database of DATABASE_URL, or on the embedded one in DATA_DIR, whether the site runs or not. */
export async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  const { dataDir, databaseUrl } = settings();
  if (databaseUrl === undefined && !fs.existsSync(path.join(dataDir, "postgres")))
    throw new NoDataError(path.resolve(dataDir));
  const embedded =
    databaseUrl === undefined ? await startEmbeddedDatabase({ dataDir, say: () => {} }) : undefined;
  process.env.DATABASE_URL = databaseUrl ?? embedded?.url;
  try {
    return await work();
  } finally {
    await closePool();
    await embedded?.stop();
  }
}

/** What is missing in a database that another version made, or none (PostgreSQL's and Prisma's codes). */
const isOld = (code: string): boolean => ["42P01", "42703", "P2021", "P2022"].includes(code);

/** Whether an error comes from the database or from the way to it: SQLSTATE, Prisma's, or the system's of a connection. */
const isOfDatabase = (code: string): boolean => /^(?:[0-9A-Z]{5}|P\d{4}|E[A-Z]+)$/.test(code);

/** What is wrong, and what to do: the last words of a tool that could not do its work. */
export function troubleText(error: unknown): string {
  const { message = "", name = "error" } = error as { message?: string; name?: string };
  if (error instanceof SettingsError) return error.problems.join("\n");
  if (error instanceof EmbeddedDatabaseError) return message;
  if (error instanceof NoDataError)
    return `There is no site's data in ${message}, or this user may not read it. Set DATA_DIR or DATABASE_URL as the site has it; if the site is new, start it once.`;
  const said = codeOf(error);
  if (isOld(said))
    return "This database is older than this version, or empty: start the site once, and ask again.";
  if (isOfDatabase(said))
    return `The database does not answer, or refuses (${said}). See that it runs, and that DATABASE_URL or DATA_DIR is the one of the site.`;
  if (/timeout|terminated/i.test(message))
    return "The database does not answer in time. See that it runs, and that DATABASE_URL or DATA_DIR is the one of the site.";
  // The name and no more: a message could hold an address.
  return `This tool failed by itself (${name}). Look what was done before you do it again.`;
}
