/** A passkey that is both steps at once: its challenge spent, and whose it is. */
import "server-only";
import { query } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { PresentedTokens } from "@/lib/trusted-devices";
import { type BudgetColumns, copiedToken, formerEmails, knownDevice, type MethodJson } from "./parts";

/** Whose passkey answered, with everything that is compared with it; null where the credential is nobody's. */
export type PasskeyCandidate = {
  /** Whether the challenge was spent by this very answer. */
  isSpent: boolean;
  refused: string | null;
  retryAt: Date | null;
  accountId: string | null;
  email: string | null;
  formerEmails: string[] | null;
  language: string | null;
  twoStepOnAt: Date | null;
  lockedUntil: Date | null;
  deviceId: string | null;
  deviceTokenHash: string | null;
  /** As of a Candidate. */
  copiedTokenHash: string | null;
  method: MethodJson | null;
  /**
   * It is suspended (lib/stolen), or was removed and can be put back (lib/undo): it opens nothing, and whatever keeps it
   * is not told to throw it away.
   */
  mayComeBack: boolean;
};

/**
 * Spends the budgets of an address and the challenge before anything is compared, and reads whose passkey it is: one
 * statement. Of two answers to one challenge at the same moment one finds it spent. A method of an account whose
 * Two-Step Verification is not on is nobody's: pending is not active.
 */
export async function spendPasskeyTry(input: {
  credentialKey: string;
  challengeHash: string;
  expiresAt: Date;
  budgets: BudgetColumns;
  tokens: PresentedTokens;
  now: Date;
  address: string;
}): Promise<PasskeyCandidate> {
  const [row] = await query<PasskeyCandidate>(
    "passkey_spend",
    `WITH budget AS MATERIALIZED (
       SELECT l.refused, l.retry_at FROM (SELECT 1) one
       LEFT JOIN LATERAL limit_spend($4::text[], $5::int[], $6::bigint[], $8) l ON TRUE),
     spent AS (
       INSERT INTO "SpentChallenge" ("hash", "expiresAt")
       SELECT $2, $3::timestamptz FROM budget WHERE budget.refused IS NULL ON CONFLICT DO NOTHING RETURNING 1)
     SELECT EXISTS (SELECT 1 FROM spent) AS "isSpent", budget.refused, budget.retry_at AS "retryAt",
            EXISTS (SELECT 1 FROM "Method" s WHERE s."credential" = $1
                    AND CASE WHEN s."removedAt" IS NULL THEN s."suspendedAt" IS NOT NULL
                        -- No EXISTS: planned on a new site, it would read everybody's removals (lib/sign-in/plans.flow.test.ts).
                        ELSE (SELECT r."usedAt" IS NULL AND r."expiresAt" > $8 FROM "Removal" r
                              WHERE r."id" = s."removalId") END) AS "mayComeBack",
            who.*, d."id" AS "deviceId", d."tokenHash" AS "deviceTokenHash",
            ${copiedToken({ account: 'who."accountId"', device: 'd."id"', hashes: "$7", rotatedAfter: "$10", now: "$8" })} AS "copiedTokenHash"
     FROM budget
     LEFT JOIN LATERAL (
       SELECT a."id" AS "accountId", a."email", a."language", ${formerEmails('a."id"', "$8")} AS "formerEmails", a."twoStepOnAt", a."lockedUntil",
              json_build_object('id', m."id", 'kind', m."kind", 'data', m."data", 'counter', m."counter"::text,
                                'position', m."position", 'label', m."label") AS "method"
       FROM "Method" m JOIN "Account" a ON a."id" = m."accountId"
       WHERE m."credential" = $1 AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
         AND a."twoStepOnAt" IS NOT NULL) who ON TRUE
     LEFT JOIN LATERAL (
       SELECT d."id", d."tokenHash" FROM "Device" d
       WHERE ${knownDevice('who."accountId"', { hashes: "$7", successors: "$9", seenAfter: "$12", rotatedAfter: "$10", address: "$11" })}
       LIMIT 1) d ON TRUE`,
    [
      input.credentialKey,
      input.challengeHash,
      input.expiresAt,
      input.budgets.keys,
      input.budgets.max,
      input.budgets.windows,
      input.tokens.hashes,
      input.now,
      input.tokens.successorHashes,
      before(input.now, numbers.trustedDevice.rotationGrace),
      input.address,
      before(input.now, numbers.trustedDevice.knownFor),
    ],
  );
  if (row === undefined) throw new Error("a select without a table gives one row");
  return row;
}
