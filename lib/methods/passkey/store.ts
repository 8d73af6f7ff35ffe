import "server-only";
import { query } from "@/lib/db";
import { type MethodRow, openMethods } from "../store";
import { signalsOf } from "./options";

/**
 * What the Signal API is told of an account: its passkeys that are good now, none when all were removed. Undefined for an
 * account that never had one, on whose pages nothing needs to run. The removed ones are only looked for. A suspended one
 * is named: what keeps it would throw it away otherwise, and it is to be good again.
 */
export async function passkeySignals(account: {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}): Promise<ReturnType<typeof signalsOf> | undefined> {
  const rows = await query<MethodRow & { isActive: boolean }>(
    "passkey_signals",
    `SELECT "id", "kind", "data", "identity", "counter"::text AS "counter", "label", "position", "failures", "createdAt",
            "lastUsedAt", "provenAt", "livesOn", "retiresAt",
            "removedAt" IS NULL AND ("disabledAt" IS NULL OR "suspendedAt" IS NOT NULL) AS "isActive"
     FROM "Method" WHERE "accountId" = $1 AND "kind" = 'passkey'
     ORDER BY "removedAt" DESC NULLS FIRST LIMIT 100`,
    [account.id],
  );
  if (rows.length === 0) return undefined;
  const { methods } = openMethods(
    account.id,
    rows.filter(({ isActive }) => isActive),
  );
  return signalsOf(
    account,
    methods.flatMap((method) => (method.kind === "passkey" ? [method.data] : [])),
  );
}
