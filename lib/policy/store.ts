import "server-only";
import { query } from "@/lib/db";
import type { Standing } from "./rules";

/** Counts, in one statement that reads every account once. */
export async function readStanding(at: { seenAfter: Date; createdAfter: Date }): Promise<Standing> {
  const [row] = await query<Standing>(
    "policy_standing",
    `WITH ways AS (
       SELECT "accountId", count(*) AS "count" FROM "Method"
       WHERE "removedAt" IS NULL AND "disabledAt" IS NULL GROUP BY "accountId"),
     here AS (SELECT DISTINCT "accountId" FROM "Session" WHERE "lastSeenAt" > $1 AND "createdAt" > $2)
     SELECT count(*)::int AS "people",
            (count(*) FILTER (WHERE a."twoStepOnAt" IS NULL))::int AS "off",
            (count(*) FILTER (WHERE a."twoStepOnAt" IS NULL AND ways."count" = 1))::int AS "offWithOne",
            (count(*) FILTER (WHERE a."twoStepOnAt" IS NULL AND here."accountId" IS NOT NULL))::int AS "offSignedIn",
            (count(*) FILTER (WHERE a."twoStepOnAt" IS NOT NULL AND ways."count" = 1))::int AS "onWithOne"
     FROM "Account" a
     LEFT JOIN ways ON ways."accountId" = a."id"
     LEFT JOIN here ON here."accountId" = a."id"`,
    [at.seenAfter, at.createdAfter],
  );
  if (row === undefined) throw new Error("a select without a group gives one row");
  return row;
}
