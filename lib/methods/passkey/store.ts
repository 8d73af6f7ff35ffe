import "server-only";
import { query } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import { type MethodRow, openMethods } from "../store";
import { signalsOf } from "./options";

/**
 * What the Signal API is told of an account: its passkeys that are good or can be good again, none when all went for good.
 * Undefined for an account that never had one, on whose pages nothing needs to run. One that is suspended, disabled or
 * removed and still to be put back by its link is named: what keeps it would throw it away otherwise, and with it the way
 * back that only it can prove.
 */
export async function passkeySignals(
  account: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly hasPasskeys: boolean;
  },
  now: Date,
): Promise<ReturnType<typeof signalsOf> | undefined> {
  if (!account.hasPasskeys) return undefined;
  const rows = await query<MethodRow & { isKept: boolean }>(
    "passkey_signals",
    `SELECT "id", "kind", "data", "identity", "counter"::text AS "counter", "label", "position", "failures", "createdAt",
            "lastUsedAt", "provenAt", "livesOn", "retiresAt", "waitsUntil", "disabledAt",
            "removedAt" IS NULL OR EXISTS (SELECT 1 FROM "Removal" r WHERE r."id" = "removalId" AND r."usedAt" IS NULL
                                           AND r."expiresAt" > $2) AS "isKept"
     FROM "Method" WHERE "accountId" = $1 AND "kind" = 'passkey'
     ORDER BY "removedAt" DESC NULLS FIRST LIMIT 100`,
    [account.id, now],
  );
  const { methods } = openMethods(
    account.id,
    rows.filter(({ isKept }) => isKept),
  );
  return signalsOf(
    account,
    methods.flatMap((method) => (method.kind === "passkey" ? [method.data] : [])),
  );
}

/**
 * Uses up a challenge that no try of an attempt belongs to; false when it was answered before: of two answers at the same
 * moment one finds it spent. Kept, as its hash, for as long as it could be answered.
 */
export async function spendChallenge(challenge: string, expiresAt: Date): Promise<boolean> {
  const rows = await query(
    "challenge_spend",
    `INSERT INTO "SpentChallenge" ("hash", "expiresAt") VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`,
    [hashToken(challenge), expiresAt],
  );
  return rows.length === 1;
}
