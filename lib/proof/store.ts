import "server-only";
import { type Ask, query, type Transaction } from "@/lib/db";

/** Keeps something sealed beside a session; null takes it away. */
export async function writeKept(sessionId: string, kept: string | null): Promise<void> {
  await query("session_keep", `UPDATE "Session" SET "kept" = $2 WHERE "id" = $1`, [sessionId, kept]);
}

/** What is kept beside a session, sealed. */
export async function findKept(sessionId: string): Promise<string | null> {
  const [row] = await query<{ kept: string | null }>(
    "session_kept",
    `SELECT "kept" FROM "Session" WHERE "id" = $1`,
    [sessionId],
  );
  return row?.kept ?? null;
}

/**
 * Makes an account no agent's any more; false when it was none. The caller holds the account (`lockAccount`), and ends what
 * they had under way.
 */
export async function dropAgent(tx: Transaction, accountId: string): Promise<boolean> {
  const { count } = await tx.deskAgent.deleteMany({ where: { accountId } });
  return count === 1;
}

/**
 * The latest moment until which the account's methods hold each other; undefined when none does, or when the session was
 * proven by one that is not held.
 */
export async function findHold(
  ask: Ask,
  session: { readonly id: string; readonly accountId: string },
  now: Date,
): Promise<Date | undefined> {
  const [row] = await ask<{ until: Date | null }>(
    "session_hold",
    `SELECT max(m."cannotRemoveOthersUntil") AS "until" FROM "Method" m
     WHERE m."accountId" = $2::uuid AND m."removedAt" IS NULL AND m."cannotRemoveOthersUntil" > $3::timestamptz
       AND NOT EXISTS (
         SELECT 1 FROM "Session" s JOIN "Method" p ON p."id" = s."provenMethodId"
         WHERE s."id" = $1::uuid AND s."accountId" = m."accountId" AND p."accountId" = m."accountId"
           AND p."removedAt" IS NULL
           AND (p."cannotRemoveOthersUntil" IS NULL OR p."cannotRemoveOthersUntil" <= $3::timestamptz))`,
    [session.id, session.accountId, now],
  );
  return row?.until ?? undefined;
}

/** Where an account is told besides its own address: the second one, and former ones that are told for a while. */
export async function findAddressesToTell(tx: Transaction, accountId: string, now: Date): Promise<string[]> {
  const former = await tx.formerAddress.findMany({
    where: { accountId, toldUntil: { gt: now } },
    select: { email: true },
  });
  const owner = await tx.account.findUnique({ where: { id: accountId }, select: { secondEmail: true } });
  const second = owner?.secondEmail == null ? [] : [owner.secondEmail];
  return [...second, ...former.map(({ email }) => email)];
}

/** Ends every unfinished sign-in and proof of an account. */
export async function dropAttempts(tx: Transaction, accountId: string): Promise<void> {
  await tx.signInAttempt.deleteMany({ where: { accountId } });
}

/** Ends the links of mails that would set a new password. */
export async function dropResetLinks(tx: Transaction, accountId: string): Promise<void> {
  await tx.mailLink.deleteMany({ where: { accountId, usedAt: null, purpose: "reset-password" } });
}

/**
 * A change of protection overtakes what the support desk was about to do for this account, and passes that it gave; and
 * what they have under way there themselves, as `endWorkAtDesk`.
 */
export async function endAllAtDesk(tx: Transaction, accountId: string, now: Date): Promise<void> {
  await tx.deskSession.deleteMany({ where: { accountId } });
  await endPassesAndRequests(tx, { agentId: accountId, personId: accountId }, now);
}

/**
 * Ends what an agent has under way at the support desk: their sign-ins there, passes that came of what they asked for or
 * approved and were not used, and what was not carried out. For everybody who is no agent it ends nothing.
 */
export async function endWorkAtDesk(tx: Transaction, accountId: string, now: Date): Promise<void> {
  await tx.deskSession.deleteMany({ where: { accountId } });
  await endPassesAndRequests(tx, { agentId: accountId, personId: null }, now);
}

/**
 * Ends passes and requests by an agent or for a person. Their changes lock different accounts and end the same rows, so the
 * rows are locked in one order: passes first, as the use of one does that is a change of protection, then requests, and
 * each of both by their ids.
 */
async function endPassesAndRequests(
  tx: Transaction,
  { agentId, personId }: { readonly agentId: string; readonly personId: string | null },
  now: Date,
): Promise<void> {
  await tx.$executeRaw`
    WITH ending AS MATERIALIZED (
      SELECT p."id" FROM "AccessPass" p JOIN "DeskRequest" r ON r."id" = p."requestId"
      WHERE (r."requesterId" = ${agentId}::uuid OR r."approverId" = ${agentId}::uuid
             OR r."accountId" = ${personId}::uuid)
        AND p."usedAt" IS NULL AND p."endedAt" IS NULL
      ORDER BY p."id" FOR NO KEY UPDATE OF p)
    UPDATE "AccessPass" p SET "endedAt" = ${now} FROM ending WHERE p."id" = ending."id"`;
  await tx.$executeRaw`
    WITH ending AS MATERIALIZED (
      SELECT r."id" FROM "DeskRequest" r
      WHERE (r."requesterId" = ${agentId}::uuid OR r."approverId" = ${agentId}::uuid
             OR r."accountId" = ${personId}::uuid)
        AND r."carriedOutAt" IS NULL AND r."endedAt" IS NULL AND r."expiresAt" > ${now}
      ORDER BY r."id" FOR NO KEY UPDATE)
    UPDATE "DeskRequest" r SET "endedAt" = ${now} FROM ending WHERE r."id" = ending."id"`;
}

/**
 * Ends recoveries of an account that is another one now: evidence that is collected counts no more. One that waits ends
 * too when whoever made the change, in `sessionId`, proved themselves with a method, and so needs none. Tells the case
 * numbers of those that waited.
 */
export async function endRecoveries(
  tx: Transaction,
  accountId: string,
  sessionId: string | undefined,
): Promise<string[]> {
  const ended = await tx.$queryRaw<{ caseNumber: string; startedAt: Date | null }[]>`
    UPDATE "Recovery" SET "endedAt" = now(),
      "endedBecause" = CASE WHEN "startedAt" IS NULL THEN 'changed' ELSE 'signed-in' END
    WHERE "accountId" = ${accountId}::uuid AND "endedAt" IS NULL
      AND ("startedAt" IS NULL OR EXISTS (
        SELECT 1 FROM "Session" s WHERE s."id" = ${sessionId ?? null}::uuid AND s."accountId" = ${accountId}::uuid
          AND s."provenMethodId" IS NOT NULL))
    RETURNING "caseNumber", "startedAt"`;
  return ended.flatMap(({ caseNumber, startedAt }) => (startedAt === null ? [] : [caseNumber]));
}
