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
// two answers at once give one success. What a passkey uses up is the attempt with its challenge. Besides
// `consumptionValues` it takes $now, $address and $browser.
// Attempt, account, method: the order of `lockAccount`. What belongs to an account is compared with a subquery and not
// joined: planned on a new site, a join would walk along the index of a whole table (lib/sign-in/plans.flow.test.ts).
export const consumption = `
  held AS MATERIALIZED (
    SELECT "accountId" FROM "SignInAttempt" WHERE "id" = $attemptId AND "usedAt" IS NULL FOR UPDATE),
  owner AS MATERIALIZED (
    SELECT a."id" FROM "Account" a WHERE a."id" = (SELECT "accountId" FROM held) FOR UPDATE),
  code AS (
    UPDATE "Code" SET "usedAt" = $now FROM owner
    WHERE "Code"."id" = $codeId::uuid AND "usedAt" IS NULL AND "ownerId" = $attemptId RETURNING 1),
  method AS (
    UPDATE "Method" SET "counter" = coalesce($counter::bigint, "counter"), "lastUsedAt" = $now, "provenAt" = $now, "failures" = 0,
      "waitsUntil" = NULL, "warnedAt" = NULL, "data" = coalesce($methodData::text, "data")
    WHERE "id" = $methodId::uuid AND "accountId" = (SELECT "id" FROM owner) AND "removedAt" IS NULL AND "disabledAt" IS NULL
      AND (CASE WHEN $counter::bigint IS NULL THEN EXISTS (SELECT 1 FROM code)
           WHEN $methodData::text IS NOT NULL THEN ${isCounterOn("$counter")}
           ELSE ("counter" IS NULL OR "counter" < $counter::bigint) AND NOT ($counter::bigint = ANY ("burntSteps")) END)
    RETURNING 1),
  recovery AS (
    UPDATE "RecoveryCode" SET "usedAt" = $now
    WHERE "id" = $recoveryCodeId::uuid AND "accountId" = (SELECT "id" FROM owner) AND $methodId::uuid IS NULL AND "usedAt" IS NULL
    RETURNING 1),
  attempt AS (
    UPDATE "SignInAttempt" SET "usedAt" = $now
    WHERE "id" = $attemptId AND "usedAt" IS NULL AND (EXISTS (SELECT 1 FROM method) OR EXISTS (SELECT 1 FROM recovery))
    RETURNING "accountId", "sessionId", "action"),
  calm AS (
    UPDATE "Account" SET "failuresInRow" = 0, "lockedUntil" = NULL WHERE "id" = (SELECT "accountId" FROM attempt)),
  noted AS (
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
    SELECT "accountId", 'recovery-code-used', $now, $address, $browser, $noteFacts::jsonb FROM attempt WHERE $noteFacts::jsonb IS NOT NULL),
  told AS (${messagesFrom("attempt", "$noteMessages")})`;

export const consumptionValues = (attemptId: string, methodId: string | null, used: UsedUp) => ({
  attemptId,
  methodId,
  counter: used.counter?.toString() ?? null,
  codeId: used.codeId ?? null,
  recoveryCodeId: used.recoveryCodeId ?? null,
  noteFacts: used.note?.facts ?? null,
  noteMessages: JSON.stringify(used.note?.messages ?? []),
  methodData: used.data ?? null,
});

/** A passkey that proved both steps, as it is stored from now on. */
export type UsedPasskey = { methodId: string; accountId: string; counter: bigint; data: string };

// Nothing is let in by a passkey that was removed or counted on meanwhile, or while the account waits. Besides
// `passkeyValues` it takes $now.
export const passkeyUse = `
  open AS (
    SELECT a."id" FROM "Account" a WHERE a."id" = $accountId AND a."twoStepOnAt" IS NOT NULL
      AND (a."lockedUntil" IS NULL OR a."lockedUntil" <= $now) FOR UPDATE),
  method AS (
    UPDATE "Method" m SET "counter" = $counter::bigint, "data" = $methodData, "lastUsedAt" = $now, "provenAt" = $now, "failures" = 0
    WHERE m."id" = $methodId AND m."accountId" = (SELECT "id" FROM open) AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
      AND ${isCounterOn("$counter")}
    RETURNING m."accountId"),
  calm AS (
    UPDATE "Account" SET "failuresInRow" = 0, "lockedUntil" = NULL WHERE "id" = (SELECT "accountId" FROM method))`;

export const passkeyValues = (used: UsedPasskey) => ({
  methodId: used.methodId,
  accountId: used.accountId,
  counter: used.counter.toString(),
  methodData: used.data,
});
