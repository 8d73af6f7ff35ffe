/**
 * The support desk: the app that is asked there, and what an accepted code opens. Nothing here makes a session of the
 * site.
 */
import "server-only";
import { query } from "@/lib/db";
import type { NewMessage } from "@/lib/delivery";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { type MethodJson, messagesFrom } from "./parts";
import { consumption, consumptionValues, type UsedUp } from "./used-up";

// Who may work at the desk with the proof that was just used up: an agent or the owner, none within a week after a
// recovery, and while a way back in holds the account, by an older method only. It takes `deskValues`, and the $methodId
// of the proof. What the account has is counted, and no EXISTS: beside an OR, planned on a new site, it would read
// everybody's (lib/sign-in/plans.flow.test.ts).
const atDesk = `
  SELECT a."id" AS "accountId", attempt."sessionId", attempt."action" FROM attempt, "Account" a
  WHERE a."id" = (SELECT "accountId" FROM attempt)
    AND a."twoStepOnAt" IS NOT NULL AND (a."recoveredAt" IS NULL OR a."recoveredAt" <= $recoveredBefore::timestamptz)
    AND (a."emailKey" = $ownerKey OR (SELECT count(*) FROM "DeskAgent" g WHERE g."accountId" = a."id") > 0)
    AND ((SELECT count(*) FILTER (WHERE h."removedAt" IS NULL AND h."cannotRemoveOthersUntil" > $now)
          FROM "Method" h WHERE h."accountId" = a."id") = 0
         OR EXISTS (SELECT 1 FROM "Method" p WHERE p."id" = $methodId::uuid
                    AND (p."cannotRemoveOthersUntil" IS NULL OR p."cannotRemoveOthersUntil" <= $now)))`;

/**
 * The app that is asked at the desk: the first one; one that came by a way back in, or waits after wrong codes, only
 * where there is no other.
 */
export async function findAppAtDesk(accountId: string, now: Date): Promise<MethodJson | undefined> {
  const [row] = await query<MethodJson>(
    "desk_app",
    `SELECT m."id", m."kind", m."data", m."counter"::text AS "counter", m."position", m."label" FROM "Method" m
     WHERE m."accountId" = $1 AND m."kind" = 'app' AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
     ORDER BY coalesce(m."cannotRemoveOthersUntil" > $2, FALSE), coalesce(m."waitsUntil" > $2, FALSE), m."position"
     LIMIT 1`,
    [accountId, now],
  );
  return row;
}

/** What both statements of the desk take. */
type DeskFacts = {
  readonly sessionId: string;
  /** The owner's address, as it is compared; null: there is no owner. */
  readonly ownerKey: string | null;
  readonly now: Date;
  readonly address: string;
  readonly browser: string;
};

const deskValues = (facts: DeskFacts) => ({
  sessionId: facts.sessionId,
  ownerKey: facts.ownerKey,
  recoveredBefore: before(facts.now, numbers.recovery.holdRemovals),
  now: facts.now,
  address: facts.address,
  browser: facts.browser,
});

/**
 * Finishes a sign-in at the support desk: the proof and the attempt used up, the desk session and the event; all in one
 * statement, or nothing. It is never a session of the site. False when somebody was faster, or the account is neither an
 * agent's nor the owner's any more, or has turned Two-Step Verification off.
 */
export async function admitAtDesk(
  facts: DeskFacts & {
    readonly sessionTokenHash: string;
    readonly callerHash: string;
    readonly expiresAt: Date;
    readonly messages: readonly NewMessage[];
  },
  attemptId: string,
  methodId: string | null,
  used: UsedUp,
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit_desk",
    `WITH ${consumption}, go AS (${atDesk}),
     session AS (
       INSERT INTO "DeskSession" ("id", "tokenHash", "accountId", "createdAt", "expiresAt", "callerHash")
       SELECT $sessionId, $sessionTokenHash, go."accountId", $now, $expiresAt, $callerHash FROM go RETURNING "id"),
     event AS (
       INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
       SELECT go."accountId", 'desk-signed-in', $now, $address, $browser, '{}' FROM go),
     told_of_it AS (${messagesFrom("go", "$messages")})
     SELECT count(*)::int AS "count" FROM session`,
    {
      ...deskValues(facts),
      ...consumptionValues(attemptId, methodId, used),
      sessionTokenHash: facts.sessionTokenHash,
      callerHash: facts.callerHash,
      expiresAt: facts.expiresAt,
      messages: JSON.stringify(facts.messages),
    },
  );
  return row?.count === 1;
}

/**
 * A code that was given at the desk for one step: the proof and the attempt used up, and the sign-in there proven for
 * the step that the attempt was opened for and no other; all in one statement, or nothing.
 */
export async function proveStepAtDesk(
  facts: DeskFacts,
  attemptId: string,
  methodId: string | null,
  used: UsedUp,
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "desk_prove_step",
    `WITH ${consumption}, go AS (${atDesk}),
     session AS (
       UPDATE "DeskSession" s SET "provenFor" = go."action", "provenAt" = $now FROM go
       WHERE s."id" = $sessionId AND go."sessionId" = $sessionId AND s."accountId" = (SELECT "accountId" FROM go)
         AND s."expiresAt" > $now
       RETURNING 1)
     SELECT count(*)::int AS "count" FROM session`,
    { ...deskValues(facts), ...consumptionValues(attemptId, methodId, used) },
  );
  return row?.count === 1;
}
