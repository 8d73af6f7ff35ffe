import { Client } from "pg";
import { seconds } from "@/lib/kernel/durations";
import { isInDoubt, pool, trust } from "./pool";

const ANSWER_MS = seconds(1);

let asking: Promise<boolean> | undefined;

// On a connection of its own: in the pool's queue the question would wait behind requests that wait for each other's
// locks, and a busy site would be taken for one without a database. A standby lets us in and takes nothing: a site that
// can write nothing is not well.
async function ask(): Promise<boolean> {
  const client = new Client({
    connectionString: process.env.DATABASE_URL,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
    application_name: "latchkey health",
  });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ transaction_read_only: string }>("SHOW transaction_read_only");
    if (rows[0]?.transaction_read_only !== "off") return false;
    trust();
    return true;
  } catch (error) {
    // No place is left for one more: the site still has those of its pool.
    return (error as { code?: unknown }).code === "53300" && pool().totalCount > 0;
  } finally {
    client.end().catch(() => {});
  }
}

/**
 * Whether the database lets us in now and takes what is written, within two seconds. Who asks while another does shares
 * the answer.
 */
export function isDatabaseUp(): Promise<boolean> {
  asking ??= ask().finally(() => {
    asking = undefined;
  });
  return asking;
}

/**
 * Whether the database is known to be gone. Asks it only after something went wrong with a connection, so that as long as
 * all is well a page without queries of its own stays one.
 */
export async function isDatabaseGone(): Promise<boolean> {
  return isInDoubt() && !(await isDatabaseUp());
}
