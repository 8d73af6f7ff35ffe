/**
 * `npm run policy [-- --json]`: the dry run of REQUIRE_TWO_STEP=everyone, for the owner. It asks the database of
 * DATABASE_URL, or the embedded one in DATA_DIR, whether the site runs or not, and changes nothing.
 */
import { parseArgs } from "node:util";
import { now } from "@/lib/kernel/clock";
import { settings } from "@/lib/kernel/config";
import { policyLines, policyStanding } from "@/lib/policy";
import { troubleText, withDatabase } from "./tool";

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
  const { requireTwoStep } = settings();
  return withDatabase(async () => {
    const standing = await policyStanding(now());
    console.log(
      wanted.isJson
        ? JSON.stringify({ requireTwoStep, ...standing }, undefined, 2)
        : policyLines(standing, requireTwoStep).join("\n"),
    );
    return 0;
  });
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(troubleText(error));
  return 1;
});
