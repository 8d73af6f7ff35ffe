/**
 * `npm run messages [-- --days 7] [--json]`: what happened to the messages of the last days, for the owner. It asks the
 * database of DATABASE_URL, or the embedded one in DATA_DIR, whether the site runs or not.
 */
import { parseArgs } from "node:util";
import { EmbeddedDatabaseError, startEmbeddedDatabase } from "@/lib/db/embedded";
import { closePool } from "@/lib/db/pool";
import { deliveryFigures } from "@/lib/delivery/figures";
import { now } from "@/lib/kernel/clock";
import { SettingsError, settings } from "@/lib/kernel/config";
import { messagesTable } from "./messages-table";

const DAYS_MAX = 30; // messages are kept no longer

function readArguments(): { days: number; isJson: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: { days: { type: "string" }, json: { type: "boolean" } } });
    const days = Number(values.days ?? "7");
    if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) return undefined;
    return { days, isJson: values.json === true };
  } catch {
    return undefined;
  }
}

async function main(): Promise<number> {
  const wanted = readArguments();
  if (wanted === undefined) {
    console.error(`Use: npm run messages -- [--days 1 to ${DAYS_MAX}] [--json]`);
    return 1;
  }
  const { dataDir, databaseUrl } = settings();
  const embedded =
    databaseUrl === undefined ? await startEmbeddedDatabase({ dataDir, say: () => {} }) : undefined;
  process.env.DATABASE_URL = databaseUrl ?? embedded?.url;
  try {
    const figures = await deliveryFigures(now(), wanted.days);
    if (wanted.isJson) {
      const { days, waiting, oldestSeconds, messages } = figures;
      console.log(JSON.stringify({ days, waiting, oldestSeconds, messages }, undefined, 2));
    } else console.log(messagesTable(figures));
    return 0;
  } finally {
    await closePool();
    await embedded?.stop();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  const { code, message } = error as { code?: string; message: string };
  if (error instanceof SettingsError) console.error(error.problems.join("\n"));
  else if (error instanceof EmbeddedDatabaseError) console.error(message);
  else if (code === "42P01" || code === "42703")
    console.error("This database is older than this version, or empty: start the site once, and ask again.");
  else console.error(`The database does not answer (${code ?? message}). Check DATABASE_URL and DATA_DIR.`);
  return 1;
});
