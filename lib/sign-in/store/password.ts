/** The password: its budgets spent and the account read before it is compared; given back, or hashed anew, after. */
import "server-only";
import { query } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { PresentedTokens } from "@/lib/trusted-devices";
import {
  type BudgetColumns,
  copiedToken,
  formerEmails,
  knownDevice,
  type MethodJson,
  methodsJson,
} from "./parts";

export type Candidate = {
  accountId: string | null;
  email: string | null;
  /** What is told besides the address: a second one, and former ones for a while. */
  formerEmails: string[] | null;
  /** In which messages to its owner are written; null while that is not known. */
  language: string | null;
  passwordHash: string | null;
  twoStepOnAt: Date | null;
  trustEndedAt: Date | null;
  lockedUntil: Date | null;
  deviceId: string | null;
  deviceTokenHash: string | null;
  trustedUntil: Date | null;
  /** When the trust of this browser was ended before its time, and by what. */
  deviceTrustEndedAt: Date | null;
  deviceTrustEndedBecause: string | null;
  /** The hash of a token that this browser presented and a trusted browser had long before. */
  copiedTokenHash: string | null;
  /** The method that was used last on this browser. */
  lastMethodId: string | null;
  methods: MethodJson[] | null;
  /** The budgets that were spent, as they are given back. */
  spentKeys: string[];
  refused: string | null;
  retryAt: Date | null;
};

/**
 * Spends the password budgets and reads the account in one statement. A browser that the account knows has a budget of
 * its own (`known` plus its device), so that a stranger's guesses never keep the owner out (AT-024); whether it is known
 * is decided here, from its token, not from what it says.
 */
export async function spendPasswordTry(input: {
  emailKey: string;
  tokens: PresentedTokens;
  known: BudgetColumns;
  unknown: BudgetColumns;
  now: Date;
  address: string;
}): Promise<Candidate> {
  const { known, unknown } = input;
  const [row] = await query<Candidate>(
    "sign_in_candidate",
    `WITH who AS (
       SELECT a."id", a."email", a."language", a."passwordHash", a."twoStepOnAt", a."trustEndedAt", a."lockedUntil",
              d."id" AS "deviceId", d."tokenHash" AS "deviceTokenHash", d."trustedUntil",
              d."trustEndedAt" AS "deviceTrustEndedAt", d."trustEndedBecause" AS "deviceTrustEndedBecause", d."lastMethodId"
       FROM "Account" a
       LEFT JOIN LATERAL (
         SELECT d."id", d."tokenHash", d."trustedUntil", d."trustEndedAt", d."trustEndedBecause", d."lastMethodId" FROM "Device" d
         WHERE ${knownDevice('a."id"', { hashes: "$2", successors: "$11", seenAfter: "$9", rotatedAfter: "$12", address: "$13" })}
         LIMIT 1
       ) d ON TRUE
       WHERE a."emailKey" = $1)
     SELECT who."id" AS "accountId", who."email", who."language", ${formerEmails('who."id"', "$10")} AS "formerEmails",
            ${copiedToken({ account: 'who."id"', device: 'who."deviceId"', hashes: "$2", rotatedAfter: "$12", now: "$10" })} AS "copiedTokenHash",
            who."passwordHash", who."twoStepOnAt", who."trustEndedAt", who."lastMethodId",
            who."deviceTrustEndedAt", who."deviceTrustEndedBecause", who."lockedUntil", who."deviceId", who."deviceTokenHash", who."trustedUntil",
            ${methodsJson('who."id"')} AS "methods", spent."keys" AS "spentKeys", l.refused, l.retry_at AS "retryAt"
     FROM (SELECT 1) one
     LEFT JOIN who ON TRUE
     CROSS JOIN LATERAL (
       SELECT CASE WHEN who."deviceId" IS NULL THEN $3::text[] ELSE $6::text[] || ('password:device:' || who."deviceId") END AS "keys"
     ) spent
     LEFT JOIN LATERAL limit_spend(
       spent."keys",
       CASE WHEN who."deviceId" IS NULL THEN $4::int[] ELSE $7::int[] END,
       CASE WHEN who."deviceId" IS NULL THEN $5::bigint[] ELSE $8::bigint[] END, $10) l ON TRUE`,
    [
      input.emailKey,
      input.tokens.hashes,
      unknown.keys,
      unknown.max,
      unknown.windows,
      known.keys,
      known.max,
      known.windows,
      before(input.now, numbers.trustedDevice.knownFor),
      input.now,
      input.tokens.successorHashes,
      before(input.now, numbers.trustedDevice.rotationGrace),
      input.address,
    ],
  );
  if (row === undefined) throw new Error("a select without a table gives one row");
  return row;
}

/** Replaces a password hash made with older parameters, unless the password changed meanwhile. */
export async function replacePasswordHash(accountId: string, former: string, hash: string): Promise<void> {
  await query(
    "password_rehash",
    `UPDATE "Account" SET "passwordHash" = $3 WHERE "id" = $1 AND "passwordHash" = $2`,
    [accountId, former, hash],
  );
}
