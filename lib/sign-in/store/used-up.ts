/** What an accepted answer uses up: the first part of every statement that lets somebody in or proves a session by it. */
import "server-only";
import type { NewMessage } from "@/lib/delivery";
import { messagesFrom } from "./parts";

export type UsedUp = {
  counter?: bigint;
  /** A passkey's data as it is from now on, sealed for its row. */
  data?: string;
  codeId?: string;
  recoveryCodeId?: string;
  /** What is recorded and told along with it: a spent recovery code is the one proof nobody notices missing. */
  note?: { facts: Record<string, string | number>; messages: readonly NewMessage[] };
};

// A sign counter goes on, or there is none and it stays 0 (WebAuthn L3 6.1.1).
const isCounterOn = (counter: string): string =>
  `(coalesce("counter", 0) < ${counter}::bigint OR (coalesce("counter", 0) = 0 AND ${counter}::bigint = 0))`;

// What an accepted answer uses up, and only then the attempt; each by a condition that a second request cannot meet, so
// two answers at once give one success. $13 attempt, $14 method, $15 counter, $16 code, $17 recovery code, $18 and $19
// what is recorded and told, $20 a passkey's data. What a passkey uses up is the attempt with its challenge.
// Locked in the order of every statement: attempt, account, method.
export const consumption = `
  held AS MATERIALIZED (
    SELECT "accountId" FROM "SignInAttempt" WHERE "id" = $13 AND "usedAt" IS NULL FOR UPDATE),
  owner AS MATERIALIZED (
    SELECT a."id" FROM held JOIN "Account" a ON a."id" = held."accountId" FOR UPDATE OF a),
  code AS (
    UPDATE "Code" SET "usedAt" = $10 FROM owner
    WHERE "Code"."id" = $16::uuid AND "usedAt" IS NULL AND "ownerId" = $13 RETURNING 1),
  method AS (
    UPDATE "Method" SET "counter" = coalesce($15::bigint, "counter"), "lastUsedAt" = $10, "provenAt" = $10, "failures" = 0,
      "waitsUntil" = NULL, "warnedAt" = NULL, "data" = coalesce($20::text, "data")
    FROM owner
    WHERE "Method"."id" = $14::uuid AND "accountId" = owner."id" AND "removedAt" IS NULL AND "disabledAt" IS NULL
      AND (CASE WHEN $15::bigint IS NULL THEN EXISTS (SELECT 1 FROM code)
           WHEN $20::text IS NOT NULL THEN ${isCounterOn("$15")}
           ELSE ("counter" IS NULL OR "counter" < $15::bigint) AND NOT ($15::bigint = ANY ("burntSteps")) END)
    RETURNING 1),
  recovery AS (
    UPDATE "RecoveryCode" SET "usedAt" = $10 FROM owner
    WHERE "RecoveryCode"."id" = $17::uuid AND "accountId" = owner."id" AND $14::uuid IS NULL AND "usedAt" IS NULL RETURNING 1),
  attempt AS (
    UPDATE "SignInAttempt" SET "usedAt" = $10
    WHERE "id" = $13 AND "usedAt" IS NULL AND (EXISTS (SELECT 1 FROM method) OR EXISTS (SELECT 1 FROM recovery))
    RETURNING "accountId", "sessionId", "action"),
  calm AS (
    UPDATE "Account" a SET "failuresInRow" = 0, "lockedUntil" = NULL FROM attempt WHERE a."id" = attempt."accountId"),
  noted AS (
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
    SELECT "accountId", 'recovery-code-used', $10, $11, $12, $18::jsonb FROM attempt WHERE $18::jsonb IS NOT NULL),
  told AS (${messagesFrom("attempt", "coalesce($19::jsonb, '[]')")})`;

export const consumptionValues = (attemptId: string, methodId: string | null, used: UsedUp): unknown[] => [
  attemptId,
  methodId,
  used.counter?.toString() ?? null,
  used.codeId ?? null,
  used.recoveryCodeId ?? null,
  used.note === undefined ? null : used.note.facts,
  used.note === undefined ? null : JSON.stringify(used.note.messages),
  used.data ?? null,
];

/** A passkey that proved both steps, as it is stored from now on. */
export type UsedPasskey = { methodId: string; accountId: string; counter: bigint; data: string };

// Nothing is let in by a passkey that was removed or counted on meanwhile, or while the account waits. $13 method, $14
// account, $15 counter, $16 data.
export const passkeyUse = `
  open AS (
    SELECT a."id" FROM "Account" a WHERE a."id" = $14 AND a."twoStepOnAt" IS NOT NULL
      AND (a."lockedUntil" IS NULL OR a."lockedUntil" <= $10) FOR UPDATE),
  method AS (
    UPDATE "Method" m SET "counter" = $15::bigint, "data" = $16, "lastUsedAt" = $10, "provenAt" = $10, "failures" = 0
    FROM open WHERE m."id" = $13 AND m."accountId" = open."id" AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
      AND ${isCounterOn("$15")}
    RETURNING m."accountId"),
  calm AS (
    UPDATE "Account" a SET "failuresInRow" = 0, "lockedUntil" = NULL FROM method WHERE a."id" = method."accountId")`;

export const passkeyValues = (used: UsedPasskey): unknown[] => [
  used.methodId,
  used.accountId,
  used.counter.toString(),
  used.data,
];
