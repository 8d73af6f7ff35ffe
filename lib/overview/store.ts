import "server-only";
import { query } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { Overview } from "./rules";

/** What Your Account shows and judges, in one statement; undefined when the account is gone. */
export async function findOverview(accountId: string, now: Date): Promise<Overview | undefined> {
  const [row] = await query<Overview>(
    "overview",
    `SELECT a."twoStepOnAt", a."lockedUntil",
       (SELECT count(*) FROM "Method" m WHERE m."accountId" = a."id"
          AND m."removedAt" IS NULL AND m."disabledAt" IS NULL)::int AS "methods",
       (SELECT count(*) FROM "Method" m WHERE m."accountId" = a."id"
          AND m."removedAt" IS NULL AND m."disabledAt" IS NOT NULL AND m."suspendedAt" IS NULL)::int AS "disabledMethods",
       (SELECT count(*) FROM "Method" m WHERE m."accountId" = a."id"
          AND m."removedAt" IS NULL AND m."suspendedAt" IS NOT NULL)::int AS "suspendedMethods",
       (SELECT count(*) FROM "Method" m WHERE m."accountId" = a."id"
          AND m."removedAt" IS NULL AND m."disabledAt" IS NULL AND m."warnedAt" IS NOT NULL)::int AS "failingMethods",
       (SELECT count(*) FROM "Method" m WHERE m."accountId" = a."id"
          AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
          AND coalesce(m."provenAt", m."createdAt") <= $5)::int
       + (SELECT CASE WHEN max(greatest(r."createdAt", r."provenAt", r."usedAt")) <= $5
                        AND bool_or(r."usedAt" IS NULL AND r."trial" IS NOT NULL) THEN 1 ELSE 0 END
          FROM "RecoveryCode" r WHERE r."accountId" = a."id") AS "unprovenWays",
       (SELECT count(*) FROM "RecoveryCode" r WHERE r."accountId" = a."id"
          AND r."usedAt" IS NULL)::int AS "recoveryCodesLeft",
       coalesce((SELECT bool_or(r."unsavedSince" IS NOT NULL) FROM "RecoveryCode" r
                 WHERE r."accountId" = a."id"), FALSE) AS "areCodesUnsaved",
       (SELECT count(*) FROM "Device" d WHERE d."accountId" = a."id" AND d."trustedUntil" > $2)::int
          AS "trustedDevices",
       (SELECT count(*) FROM "Session" s WHERE s."accountId" = a."id"
          AND s."lastSeenAt" > $3 AND s."createdAt" > $4)::int AS "sessions"
     FROM "Account" a WHERE a."id" = $1`,
    [
      accountId,
      now,
      before(now, numbers.session.idle),
      before(now, numbers.session.absolute),
      before(now, numbers.methods.remindAfter),
    ],
  );
  return row;
}
