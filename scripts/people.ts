/**
 * Run by the server at its start. On http: fills a new database with people in every state, and prints whom to sign in
 * as, unless DEMONSTRATION_PEOPLE is "no". On https: refuses a database that has such people in it, because everybody
 * knows their password.
 */
import { closePool } from "@/lib/db/pool";
import { SettingsError, settings } from "@/lib/kernel/config";
import { describePeople, refusePeople, seedDemonstration } from "@/prisma/seed";

const filling = () => process.send?.("Adding people to sign in as (first time only)…");

try {
  const { isProductionPosture, demonstrationPeople } = settings(); // read before DATABASE_URL is set for the embedded database
  process.env.DATABASE_URL ??= process.env.EMBEDDED_DATABASE_URL;
  if (isProductionPosture) await refusePeople();
  else if (demonstrationPeople)
    for (const line of describePeople(await seedDemonstration(filling))) console.log(line);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.problems.join("\n"));
  process.exitCode = 1;
} finally {
  await closePool();
}
