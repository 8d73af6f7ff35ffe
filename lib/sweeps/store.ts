import "server-only";
import { pool } from "@/lib/db";
import type { SweepRule } from "./rules";

/**
 * Deletes at most `limit` rows that were due at `due`, oldest first, and returns how many went. Rows that another
 * sweep or a request holds are left for the next round (SKIP LOCKED), so nobody waits for a sweep. The rows are reached
 * by their place (ctid): one index read, one delete.
 */
export async function deleteDue(rule: SweepRule, due: Date, limit: number): Promise<number> {
  const result = await pool().query({
    name: `sweep_${rule.table}`,
    text: `DELETE FROM "${rule.table}" WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM "${rule.table}" WHERE "${rule.column}" <= $1
             ORDER BY "${rule.column}" LIMIT $2 FOR UPDATE SKIP LOCKED))`,
    values: [due, limit],
  });
  return result.rowCount ?? 0;
}
