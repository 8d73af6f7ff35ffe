/**
 * `npm run messages [-- --days 7] [--json]`: what happened to the messages of the last days, for the owner. It asks the
 * database of DATABASE_URL, or the embedded one in DATA_DIR, whether the site runs or not.
 */
import { parseArgs } from "node:util";
import { deliveryFigures } from "@/lib/delivery/figures";
import { now } from "@/lib/kernel/clock";
import { messagesTable } from "./messages-table";
import { troubleText, withDatabase } from "./tool";

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
  return withDatabase(async () => {
    const figures = await deliveryFigures(now(), wanted.days);
    if (wanted.isJson) {
      const { days, waiting, oldestSeconds, messages } = figures;
      console.log(JSON.stringify({ days, waiting, oldestSeconds, messages }, undefined, 2));
    } else console.log(messagesTable(figures));
    return 0;
  });
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(troubleText(error));
  return 1;
});
