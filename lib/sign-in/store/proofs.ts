/** A fresh proof: what it may be asked of, what it is about, and the session that it gives a new token. */
import "server-only";
import { type Named, query } from "@/lib/db";
import type { MethodJson } from "./parts";
import {
  consumption,
  consumptionValues,
  passkeyUse,
  passkeyValues,
  type UsedPasskey,
  type UsedUp,
} from "./used-up";

/**
 * The method that a fresh proof is about, for the words of its message alone: it may be suspended, so it is no method
 * that anything is asked of.
 */
export async function findSubject(accountId: string, id: string): Promise<MethodJson | undefined> {
  const [row] = await query<MethodJson>(
    "proof_subject",
    `SELECT m."id", m."kind", m."data", m."counter"::text AS "counter", m."position", m."label" FROM "Method" m
     WHERE m."id"::text = $2 AND m."accountId" = $1 AND m."removedAt" IS NULL`,
    [accountId, id],
  );
  return row;
}

/** Whether an account has a recovery code that was not used. */
export async function hasRecoveryCode(accountId: string): Promise<boolean> {
  const rows = await query(
    "proof_has_code",
    `SELECT 1 FROM "RecoveryCode" WHERE "accountId" = $1 AND "usedAt" IS NULL LIMIT 1`,
    [accountId],
  );
  return rows.length === 1;
}

// What every fresh proof writes, whichever way it was given: `go` has a row, or none. `method` is the value that holds the
// method which proved it. A proof belongs to the token that it was posted with: one that is on its way (a hash, a storm)
// while a change gives the session another one was given before that change, and opens nothing after it (AT-058, AT-059).
const provenTail = (method: string): string => `
  back AS MATERIALIZED (SELECT limit_give_back($giveBackKeys::text[])),
  session AS (
    UPDATE "Session" s SET "provenAt" = $now, "provenFor" = $provenFor, "tokenHash" = $newTokenHash,
      "provenMethodId" = ${method}::uuid, "avoidMethodId" = NULL FROM go, back
    WHERE s."id" = $sessionId AND s."accountId" = $sessionAccountId AND s."tokenHash" = $formerTokenHash RETURNING s."accountId"),
  event AS (
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
    SELECT "accountId", 'proof-given', $now, $address, $browser, $eventFacts, $sessionId FROM session)
  SELECT count(*)::int AS "count" FROM session`;

/** What a session is proven by. */
export type Proof =
  | { kind: "second"; attemptId: string; methodId: string | null; used: UsedUp }
  /** A passkey that proved both steps at once. */
  | { kind: "passkey"; used: UsedPasskey }
  /** The password alone, as it was compared: enough only while it is the password and nothing more is asked. */
  | { kind: "password"; passwordHash: string };

/**
 * Marks a session as freshly proven and gives it a new token: only if what it is proven by is used up by it, or still holds,
 * and the session has the token that it was found by.
 */
export async function proveSession(input: {
  sessionId: string;
  accountId: string;
  formerTokenHash: string;
  newTokenHash: string;
  by: Proof;
  /** What it is good for: null for every action (lib/proof/actions.ts). */
  provenFor: string | null;
  giveBackKeys: string[];
  eventFacts: Record<string, string | number>;
  now: Date;
  address: string;
  browser: string;
}): Promise<boolean> {
  const { by } = input;
  const values = {
    sessionId: input.sessionId,
    formerTokenHash: input.formerTokenHash,
    newTokenHash: input.newTokenHash,
    sessionAccountId: input.accountId,
    eventFacts: input.eventFacts,
    giveBackKeys: input.giveBackKeys,
    provenFor: input.provenFor,
    now: input.now,
    address: input.address,
    browser: input.browser,
  };
  const [row] = await query<{ count: number }>(...statementOf(by, values));
  return row?.count === 1;
}

/** Whether a session has another token than the one it was found by, or none any more. */
export async function isOvertaken(session: {
  readonly id: string;
  readonly tokenHash: string;
}): Promise<boolean> {
  const rows = await query("proof_session", `SELECT 1 FROM "Session" WHERE "tokenHash" = $1 AND "id" = $2`, [
    session.tokenHash,
    session.id,
  ]);
  return rows.length === 0;
}

function statementOf(by: Proof, values: Named): [name: string, text: string, values: Named] {
  if (by.kind === "passkey")
    return [
      "proof_passkey",
      `WITH ${passkeyUse}, go AS (SELECT 1 FROM method), ${provenTail("$methodId")}`,
      { ...values, ...passkeyValues(by.used) },
    ];
  if (by.kind === "second")
    return [
      "proof_second",
      `WITH ${consumption}, go AS (SELECT 1 FROM attempt WHERE "sessionId" = $sessionId), ${provenTail("$methodId")}`,
      { ...values, ...consumptionValues(by.attemptId, by.methodId, by.used) },
    ];
  return [
    "proof_password",
    `WITH go AS (
       SELECT 1 FROM "Account" a WHERE a."id" = $sessionAccountId AND a."passwordHash" = $passwordHash
         AND a."twoStepOnAt" IS NULL FOR SHARE),
     ${provenTail("NULL")}`,
    { ...values, passwordHash: by.passwordHash },
  ];
}
