import "server-only";
import { query, type Transaction } from "@/lib/db";
import { hashToken, randomToken } from "@/lib/kernel/secrets";

/** What lets a browser in: the token of a session row that exists already, and whose it is. */
export type Admission = { readonly accountId: string; readonly sessionToken: string };

/** A signed-in browser together with its account, as every page needs it. */
export type SessionRow = {
  id: string;
  accountId: string;
  /** Of the token that was presented: whoever gives it a new one says which it was, so that none outlives another. */
  tokenHash: string;
  createdAt: Date;
  lastSeenAt: Date;
  /** The browser that signed in, in words. */
  browser: string;
  provenAt: Date | null;
  /** The one grave action that this proof is good for; null: for every one. */
  provenFor: string | null;
  /** Whether something that was typed is kept for this session. */
  hasTyped: boolean;
  /** Whether its account has a passkey, or had one: what keeps passkeys is told of them on some pages. */
  hasPasskeys: boolean;
  methodKind: string | null;
  /** The next fresh proof is to be given with another method than this one. */
  avoidMethodId: string | null;
  name: string;
  email: string;
  /** A new address whose link was not used yet. */
  pendingEmail: string | null;
  passwordChangedAt: Date;
  twoStepOnAt: Date | null;
  /** Since then nothing but the set-up opens: the account was recovered, and Two-Step Verification is not on again. */
  mustSetUpSince: Date | null;
  /** When its account was recovered last. */
  recoveredAt: Date | null;
  /** Since when a recovery of its account waits; null while none does. */
  recoveryStartedAt: Date | null;
};

/** When a session that is found is written as seen. */
export type Touch = {
  /** Seen later than this, it stays as it is: a session is written at most once a minute. */
  readonly notAfter: Date;
  /** What idled out or is too old is over, and is not brought back by asking for it. */
  readonly seenAfter: Date;
  readonly createdAfter: Date;
  /** The browser that asks, in words: one that is another does not keep a session alive. */
  readonly browser: string;
};

/**
 * The one read of a session, on every request of a signed-in person: a prepared statement, no ORM, which also writes
 * that it was seen where that is due. What it returns is as it was before. What Change Account Settings shows is among it:
 * a second statement would cost that page more than these two columns cost all others.
 */
export async function findSession(
  tokenHash: string,
  now: Date,
  touch?: Touch,
): Promise<SessionRow | undefined> {
  const touched = touch
    ? `WITH "touched" AS (UPDATE "Session" SET "lastSeenAt" = $2 WHERE "tokenHash" = $1 AND "lastSeenAt" <= $3
         AND "lastSeenAt" > $4 AND "createdAt" > $5 AND ("browser" = '' OR "browser" = $6)) `
    : "";
  const { notAfter, seenAfter, createdAfter, browser } = touch ?? {};
  const [row] = await query<SessionRow>(
    touch ? "session_find_touch" : "session_find",
    `${touched}SELECT s."id", s."accountId", s."tokenHash", s."createdAt", s."lastSeenAt", s."browser", s."provenAt", s."provenFor",
            s."kept" IS NOT NULL AS "hasTyped", s."methodKind", s."avoidMethodId", a."name", a."email", a."passwordChangedAt",
            a."twoStepOnAt", a."mustSetUpSince", a."recoveredAt", r."startedAt" AS "recoveryStartedAt",
            -- No EXISTS: planned on a new site, it would read the passkeys of everybody and go on doing so.
            coalesce((SELECT bool_or(m."kind" = 'passkey') FROM "Method" m WHERE m."accountId" = a."id"), FALSE) AS "hasPasskeys",
            (SELECT l."emailKey" FROM "MailLink" l
             WHERE l."accountId" = a."id" AND l."purpose" = 'confirm-email' AND l."usedAt" IS NULL
               AND l."expiresAt" > $2 AND l."expiresAt" > l."createdAt" -- not one that was ended (endLinks)
             ORDER BY l."createdAt" DESC LIMIT 1) AS "pendingEmail"
     FROM "Session" s JOIN "Account" a ON a."id" = s."accountId"
     LEFT JOIN "Recovery" r ON r."accountId" = a."id" AND r."startedAt" IS NOT NULL AND r."endedAt" IS NULL
     WHERE s."tokenHash" = $1`,
    touch ? [tokenHash, now, notAfter, seenAfter, createdAfter, browser] : [tokenHash, now],
  );
  return row;
}

/**
 * Notes that a session was seen by a browser that names itself in two ways (`sightOf`); at most once a minute, whatever
 * the number of requests at the same moment.
 */
export async function touchSession(id: string, now: Date, notAfter: Date): Promise<void> {
  await query(
    "session_touch",
    `UPDATE "Session" SET "lastSeenAt" = $2 WHERE "id" = $1 AND "lastSeenAt" <= $3`,
    [id, now, notAfter],
  );
}

/** The account as a change finds it; locked, so that changes of one account happen one after the other (AT-046). */
export type LockedAccount = {
  id: string;
  email: string;
  twoStepOnAt: Date | null;
  /** When it was recovered last. */
  recoveredAt: Date | null;
};

/**
 * Locks an account until the transaction ends, and reads it as it is then.
 *
 * The order in which rows of one account are locked, everywhere: its unfinished sign-ins and proofs (SignInAttempt), the
 * account, and then what else is the account's: sessions, methods, codes, links, enrolments, trials, removals, recoveries.
 * An answer to the second step begins with its attempt, because that is all it knows; what touches no attempt begins with
 * the account. To record an event locks the account as well, because the event refers to it, so that comes late. Whoever takes
 * another order waits for somebody who waits for them, and PostgreSQL ends one of the two; it is done again
 * then, with a line in the log (lib/db).
 *
 * Of several accounts (whoever named a contact and the contact, a person and the agents who help them) all are locked
 * before any other row of theirs, and in the order of their ids: `lockAccounts`.
 *
 * @throws Error when it was deleted.
 */
export async function lockAccount(tx: Transaction, accountId: string): Promise<LockedAccount> {
  const account = await lockAccountIfThere(tx, accountId);
  if (account === undefined) throw new Error("the account is gone");
  return account;
}

/** The same where it may be nobody's: an id that nobody has costs as much. */
export async function lockAccountIfThere(
  tx: Transaction,
  accountId: string,
): Promise<LockedAccount | undefined> {
  const [row] = await lockAccounts(tx, [accountId]);
  return row;
}

/** The same for several accounts, in the one order; those of them that are there. */
export const lockAccounts = (tx: Transaction, accountIds: readonly string[]): Promise<LockedAccount[]> =>
  tx.$queryRaw<LockedAccount[]>`
    SELECT "id", "email", "twoStepOnAt", "recoveredAt" FROM "Account" WHERE "id" = ANY (${[...accountIds]}::uuid[])
    ORDER BY "id" FOR UPDATE`;

/** Whether a session is still there, held until the transaction ends. */
export async function hasSession(tx: Transaction, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM "Session" WHERE "id" = ${id}::uuid FOR UPDATE`;
  return rows.length === 1;
}

/** Deletes the session that holds this token, under the lock of its account. */
export async function deleteSessionByToken(
  tx: Transaction,
  tokenHash: string,
): Promise<{ id: string; accountId: string } | undefined> {
  const [row] = await tx.$queryRaw<{ id: string; accountId: string }[]>`
    WITH account AS MATERIALIZED (
      SELECT a."id" FROM "Session" s JOIN "Account" a ON a."id" = s."accountId" WHERE s."tokenHash" = ${tokenHash}
      FOR UPDATE OF a)
    DELETE FROM "Session" s USING account WHERE s."tokenHash" = ${tokenHash} AND s."accountId" = account."id"
    RETURNING s."id", s."accountId"`;
  return row;
}

/** Ends every session of an account but one (none is kept without `keepSessionId`). */
export async function deleteSessions(
  tx: Transaction,
  accountId: string,
  keepSessionId: string | undefined,
): Promise<number> {
  const { count } = await tx.session.deleteMany({
    where: keepSessionId === undefined ? { accountId } : { accountId, id: { not: keepSessionId } },
  });
  return count;
}

/** Deletes one session of this account; undefined when there is none of that id. */
export async function deleteSession(
  tx: Transaction,
  accountId: string,
  id: string,
): Promise<{ browser: string } | undefined> {
  const [row] = await tx.$queryRaw<{ browser: string }[]>`
    DELETE FROM "Session" WHERE "id" = ${id}::uuid AND "accountId" = ${accountId}::uuid RETURNING "browser"`;
  return row;
}

/** The sessions of an account that still count, newest first. */
export async function listSessions(
  accountId: string,
  seenAfter: Date,
  createdAfter: Date,
): Promise<{ id: string; createdAt: Date; lastSeenAt: Date; browser: string; address: string }[]> {
  return query(
    "session_list",
    `SELECT "id", "createdAt", "lastSeenAt", "browser", "address" FROM "Session"
     WHERE "accountId" = $1 AND "lastSeenAt" > $2 AND "createdAt" > $3 ORDER BY "createdAt" DESC LIMIT 50`,
    [accountId, seenAfter, createdAfter],
  );
}

/** Gives a session a new token, so that one planted or copied before is dead; returns it (ASVS 7.2.4). */
export async function rotateSession(tx: Transaction, id: string): Promise<string> {
  const token = randomToken();
  await tx.session.update({ where: { id }, data: { tokenHash: hashToken(token) } });
  return token;
}
