/**
 * `npm run policy [-- --json]`: the dry run of REQUIRE_TWO_STEP=everyone, for the owner. It asks the database of
 * DATABASE_URL, or the embedded one in DATA_DIR, whether the site runs or not, and changes nothing.
 */
import { parseArgs } from "node:util";
import { EmbeddedDatabaseError, startEmbeddedDatabase } from "@/lib/db/embedded";
import { closePool } from "@/lib/db/pool";
import { now } from "@/lib/kernel/clock";
import { SettingsError, settings } from "@/lib/kernel/config";
import { policyLines, policyStanding } from "@/lib/policy";

function readArguments(): { isJson: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean" } } });
    return { isJson: values.json === true };
  } catch {
    return undefined;
  }
}

async function main(): Promise<number> {
  const wanted = readArguments();
  if (wanted === undefined) {
    console.error("Use: npm run policy [-- --json]");
    return 1;
  }
  const { dataDir, databaseUrl, requireTwoStep } = settings();
  const embedded =
    databaseUrl === undefined ? await startEmbeddedDatabase({ dataDir, say: () => {} }) : undefined;
  process.env.DATABASE_URL = databaseUrl ?? embedded?.url;
  try {
    const standing = await policyStanding(now());
    console.log(
      wanted.isJson
        ? JSON.stringify({ requireTwoStep, ...standing }, undefined, 2)
        : policyLines(standing, requireTwoStep).join("\n"),
    );
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
