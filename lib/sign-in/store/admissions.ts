/**
 * A finished sign-in: what let them in is used up, and session, browser, event and messages are written, in one statement or
 * not at all. Nothing else in the site makes a session.
 */
import "server-only";
import { query } from "@/lib/db";
import type { NewMessage } from "@/lib/delivery";
import { messagesFrom } from "./parts";
import {
  consumption,
  consumptionValues,
  passkeyUse,
  passkeyValues,
  type UsedPasskey,
  type UsedUp,
} from "./used-up";

export type DeviceChange = {
  /** Null: this browser is new to the account and gets a row. */
  knownId: string | null;
  newId: string;
  tokenHash: string;
  /** Null: whatever trust it had stays as it was. */
  trustedUntil: Date | null;
};

type SessionFacts = {
  sessionId: string;
  sessionTokenHash: string;
  formerTokenHash: string | null;
  methodKind: string | null;
  eventFacts: Record<string, string | number>;
  device: DeviceChange;
  /** What its owner is told of it. */
  messages: readonly NewMessage[];
  now: Date;
  address: string;
  browser: string;
};

// What every finished sign-in writes, whichever way it was let in: `go` is the account, or no row at all. It takes
// `sessionValues`; `method` is the value that holds the method which let them in, for this browser to ask first from now
// on (null, a recovery code, leaves what it remembers). `provenAt` is when the session counts as freshly proven: a sign-in
// does not, but for the last recovery code below.
const sessionTail = (method: string, provenAt = "NULL::timestamptz"): string => `
  ended AS (DELETE FROM "Session" WHERE "tokenHash" = $formerTokenHash AND EXISTS (SELECT 1 FROM go)),
  session AS (
    INSERT INTO "Session" ("id", "tokenHash", "accountId", "createdAt", "lastSeenAt", "provenAt", "methodKind", "address", "browser",
                           "provenMethodId")
    SELECT $sessionId, $sessionTokenHash, go."accountId", $now, $now, ${provenAt}, $methodKind, $address, $browser,
           ${method}::uuid
    FROM go RETURNING "id"),
  event AS (
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
    SELECT go."accountId", e."kind", $now, $address, $browser, e."facts", $sessionId
    FROM go, (VALUES (1, 'signed-in', $eventFacts::jsonb), (2, 'device-trusted', '{}')) AS e("place", "kind", "facts")
    WHERE e."place" = 1 OR $trustedUntil::timestamptz IS NOT NULL ORDER BY e."place"),
  told_of_it AS (${messagesFrom("go", "$messages")}),
  device_new AS (
    INSERT INTO "Device" ("id", "accountId", "tokenHash", "browser", "address", "createdAt", "lastSeenAt", "trustedAt",
                          "trustedUntil", "lastMethodId", "secondStepAt")
    SELECT $newDeviceId, go."accountId", $deviceTokenHash, $browser, $address, $now, $now,
           CASE WHEN $trustedUntil::timestamptz IS NULL THEN NULL ELSE $now END, $trustedUntil, ${method}::uuid, CASE WHEN $methodKind::text IS NOT NULL THEN $now END
    FROM go WHERE $knownDeviceId::uuid IS NULL),
  device_known AS (
    UPDATE "Device" d SET "tokenHash" = $deviceTokenHash, "lastSeenAt" = $now, "address" = $address, "browser" = $browser,
      "trustedAt" = CASE WHEN $trustedUntil::timestamptz IS NULL THEN d."trustedAt" ELSE $now END,
      "trustedUntil" = coalesce($trustedUntil, d."trustedUntil"), "lastMethodId" = coalesce(${method}::uuid, d."lastMethodId"),
      "secondStepAt" = CASE WHEN $methodKind::text IS NULL THEN d."secondStepAt" ELSE coalesce(d."secondStepAt", $now) END,
      "trustEndedAt" = CASE WHEN $trustedUntil::timestamptz IS NULL THEN d."trustEndedAt" END,
      "trustEndedBecause" = CASE WHEN $trustedUntil::timestamptz IS NULL THEN d."trustEndedBecause" END
    WHERE d."id" = $knownDeviceId AND d."accountId" = (SELECT "accountId" FROM go)
      -- A request that was long on its way must not bring a token back that was replaced meanwhile.
      AND NOT EXISTS (SELECT 1 FROM "FormerToken" f WHERE f."tokenHash" = $deviceTokenHash))
  SELECT count(*)::int AS "count" FROM session`;

const sessionValues = (facts: SessionFacts) => ({
  sessionId: facts.sessionId,
  sessionTokenHash: facts.sessionTokenHash,
  formerTokenHash: facts.formerTokenHash,
  methodKind: facts.methodKind,
  eventFacts: facts.eventFacts,
  knownDeviceId: facts.device.knownId,
  newDeviceId: facts.device.newId,
  deviceTokenHash: facts.device.tokenHash,
  trustedUntil: facts.device.trustedUntil,
  now: facts.now,
  address: facts.address,
  browser: facts.browser,
  messages: JSON.stringify(facts.messages),
});

/** What the verdict "no second step" was made from; a sign-in by it counts only while all of it still holds. */
export type Judged = {
  accountId: string;
  passwordHash: string;
  twoStepOnAt: Date | null;
  trustEndedAt: Date | null;
};

/**
 * A sign-in that needs no second step: budgets given back, session, device and event, in one statement. False when the
 * password, Two-Step Verification or the trust of this browser changed since they were read: a hash lies in between, and
 * in a storm a whole waiting line of them (AT-048, AT-058).
 */
export async function admitWithoutSecondStep(
  facts: SessionFacts,
  judged: Judged,
  giveBackKeys: string[],
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit",
    // Columns of the locked row are looked at again when another statement changed it first; a trust that ended without
    // a trace in that row (one forgotten device) is seen as of the start of this statement.
    `WITH back AS MATERIALIZED (SELECT limit_give_back($giveBackKeys::text[])),
     go AS (SELECT a."id" AS "accountId" FROM "Account" a, back
            WHERE a."id" = $accountId AND a."passwordHash" = $passwordHash
              AND a."twoStepOnAt" IS NOT DISTINCT FROM $twoStepOnAt
              AND a."trustEndedAt" IS NOT DISTINCT FROM $accountTrustEndedAt
              -- No EXISTS: planned on a new site, it would read every trusted device (lib/sign-in/plans.flow.test.ts).
              AND (a."twoStepOnAt" IS NULL OR (
                SELECT count(*) FROM "Device" d
                WHERE d."id" = $knownDeviceId AND d."accountId" = a."id" AND d."trustedUntil" > $now) > 0)
            FOR SHARE OF a),
     ${sessionTail("NULL")}`,
    {
      ...sessionValues(facts),
      accountId: judged.accountId,
      passwordHash: judged.passwordHash,
      giveBackKeys,
      twoStepOnAt: judged.twoStepOnAt,
      accountTrustEndedAt: judged.trustEndedAt,
    },
  );
  return row?.count === 1;
}

// Whoever signs in with their last recovery code may have nothing left to prove it is them a second time: without this
// they could not add a method before the session ends, and would be out for good. The ten minutes are those of any proof.
// No EXISTS for the codes: planned on a new site, it would read everybody's (lib/sign-in/plans.flow.test.ts).
const provenByTheLastCode = `CASE WHEN EXISTS (SELECT 1 FROM recovery) AND NOT coalesce((
    SELECT bool_or(c."usedAt" IS NULL AND c."id" <> $recoveryCodeId::uuid) FROM "RecoveryCode" c
    WHERE c."accountId" = go."accountId"), FALSE)
  THEN $now::timestamptz END`;

/** Finishes a sign-in: the proof and the attempt used up, session, device and event; all in one statement, or nothing. */
export async function admitWithSecondStep(
  facts: SessionFacts,
  attemptId: string,
  methodId: string | null,
  used: UsedUp,
): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit_second",
    `WITH ${consumption}, go AS (SELECT "accountId" FROM attempt), ${sessionTail("$methodId", provenByTheLastCode)}`,
    { ...sessionValues(facts), ...consumptionValues(attemptId, methodId, used) },
  );
  return row?.count === 1;
}

/** A sign-in by a passkey alone: the passkey's use, session, device and event, in one statement, or nothing. */
export async function admitWithPasskey(facts: SessionFacts, used: UsedPasskey): Promise<boolean> {
  const [row] = await query<{ count: number }>(
    "sign_in_admit_passkey",
    `WITH ${passkeyUse}, go AS (SELECT "accountId" FROM method), ${sessionTail("$methodId")}`,
    { ...sessionValues(facts), ...passkeyValues(used) },
  );
  return row?.count === 1;
}

/**
 * Notes the language in which somebody signed in, once: messages to them are written in it. One that is known stays;
 * an intruder would otherwise choose the language in which the owner reads of the intruder.
 */
export async function rememberLanguage(
  account: { readonly accountId: string; readonly language: string | null },
  language: string,
): Promise<void> {
  if (account.language !== null) return;
  await query(
    "account_language_first",
    `UPDATE "Account" SET "language" = $2 WHERE "id" = $1 AND "language" IS NULL`,
    [account.accountId, language],
  );
}
