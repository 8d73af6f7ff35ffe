import "server-only";
import { query, type Transaction } from "@/lib/db";

export type CodeRow = {
  id: string;
  methodId: string | null;
  messageId: string;
  letter: string;
  hash: string;
  sentAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
};

/** The codes of one attempt or enrolment, newest first. */
export async function listCodes(ownerId: string): Promise<CodeRow[]> {
  return query<CodeRow>(
    "code_list",
    `SELECT "id", "methodId", "messageId", "letter", "hash", "sentAt", "expiresAt", "usedAt"
     FROM "Code" WHERE "ownerId" = $1 ORDER BY "sentAt" DESC, "letter" DESC`,
    [ownerId],
  );
}

/**
 * What the next code of an owner depends on: the letters that are taken, newest first, and the language of the account's
 * messages.
 */
export async function findNextCode(
  tx: Transaction,
  ownerId: string,
  accountId: string,
): Promise<{ letters: string[]; language: string | null }> {
  const [row] = await tx.$queryRaw<{ letters: string[]; language: string | null }[]>`
    SELECT array(SELECT "letter" FROM "Code" WHERE "ownerId" = ${ownerId}::uuid
                 ORDER BY "sentAt" DESC, "letter" DESC) AS "letters",
           (SELECT "language" FROM "Account" WHERE "id" = ${accountId}::uuid) AS "language"`;
  return row ?? { letters: [], language: null };
}

/** What is written to the log of the account when a code goes out. */
export type CodeNote = { accountId: string; address: string; browser: string; facts: Record<string, string> };

/**
 * Stores a code and notes it in the log. The owner's letter is unique: of two at once with the same one the second waits
 * for the first, stores nothing and is told so with false.
 */
export async function insertCode(
  tx: Transaction,
  code: Omit<CodeRow, "usedAt"> & { ownerId: string; sealed: string },
  note: CodeNote,
): Promise<boolean> {
  // One statement: a person waits for this code.
  const noted = await tx.$executeRaw`
    WITH code AS (
      INSERT INTO "Code" ("id", "ownerId", "methodId", "messageId", "letter", "hash", "sealed", "sentAt", "expiresAt")
      VALUES (${code.id}::uuid, ${code.ownerId}::uuid, ${code.methodId}::uuid, ${code.messageId}::uuid, ${code.letter},
              ${code.hash}, ${code.sealed}, ${code.sentAt}, ${code.expiresAt})
      ON CONFLICT ("ownerId", "letter") DO NOTHING RETURNING "sentAt")
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
    SELECT ${note.accountId}::uuid, 'code-sent', "sentAt", ${note.address}, ${note.browser},
           ${JSON.stringify(note.facts)}::jsonb FROM code`;
  return noted === 1;
}

/**
 * A code that was sent and what became of its newest message, which is null once that was swept: one JSON of the statement
 * of a page, so each moment is a text.
 */
export type SentCode = {
  readonly letter: string;
  readonly sentAt: string;
  readonly channel: string | null;
  readonly state: string | null;
  readonly reason: string | null;
  readonly messageAt: string | null;
  readonly deliveredAt: string | null;
};

/**
 * The newest code of an owner as `SentCode`, or null, for the statement that reads the owner.
 *
 * @param owner its id, as a column of that statement.
 * @param method of one method alone, where an owner can have codes of several.
 */
export const newestSentCode = (owner: string, method?: string): string => `(
  SELECT json_build_object('letter', c."letter", 'sentAt', c."sentAt", 'channel', g."channel", 'state', g."state",
                           'reason', g."reason", 'messageAt', g."createdAt", 'deliveredAt', g."deliveredAt")
  FROM "Code" c LEFT JOIN "Message" g ON g."id" = c."messageId"
  WHERE c."ownerId" = ${owner}${method === undefined ? "" : ` AND c."methodId" = ${method}`}
  ORDER BY c."sentAt" DESC, c."letter" DESC LIMIT 1)`;

export type NewestCode = {
  id: string;
  messageId: string;
  letter: string;
  sealed: string | null;
  expiresAt: Date;
  usedAt: Date | null;
  /** Of its newest message; null once that was swept. */
  channel: string | null;
  state: string | null;
  messageAt: Date | null;
};

/** The newest code of an owner for one method (null: an enrolment), with what became of its message. */
export async function findNewestCode(
  ownerId: string,
  methodId: string | null,
): Promise<NewestCode | undefined> {
  const [row] = await query<NewestCode>(
    "code_newest",
    `SELECT c."id", c."messageId", c."letter", c."sealed", c."expiresAt", c."usedAt",
            g."channel", g."state", g."createdAt" AS "messageAt"
     FROM "Code" c LEFT JOIN "Message" g ON g."id" = c."messageId"
     WHERE c."ownerId" = $1 AND c."methodId" IS NOT DISTINCT FROM $2::uuid
     ORDER BY c."sentAt" DESC, c."letter" DESC LIMIT 1`,
    [ownerId, methodId],
  );
  return row;
}

/** Locks a code that is not used yet; the id of its message, or undefined. The caller holds its account (`lockAccount`). */
export async function lockCode(tx: Transaction, id: string): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ messageId: string }[]>`
    SELECT "messageId" FROM "Code" WHERE "id" = ${id}::uuid AND "usedAt" IS NULL FOR UPDATE`;
  return row?.messageId;
}

/** From now on this message carries the code. */
export async function pointCode(tx: Transaction, id: string, messageId: string): Promise<void> {
  await tx.code.update({ where: { id }, data: { messageId } });
}
