import "server-only";
import { query } from "@/lib/db";

/** Keeps something sealed beside a session; null takes it away. */
export async function writeKept(sessionId: string, kept: string | null): Promise<void> {
  await query("session_keep", `UPDATE "Session" SET "kept" = $2 WHERE "id" = $1`, [sessionId, kept]);
}

/** What is kept beside a session, sealed. */
export async function findKept(sessionId: string): Promise<string | null> {
  const [row] = await query<{ kept: string | null }>(
    "session_kept",
    `SELECT "kept" FROM "Session" WHERE "id" = $1`,
    [sessionId],
  );
  return row?.kept ?? null;
}
