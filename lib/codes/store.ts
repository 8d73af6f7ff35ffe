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

/** How many codes an owner has had. */
export const countCodes = (tx: Transaction, ownerId: string): Promise<number> =>
  tx.code.count({ where: { ownerId } });

/** Stores a code; the owner's letter is unique, so two at once cannot both be "B". */
export async function insertCode(
  tx: Transaction,
  code: Omit<CodeRow, "usedAt"> & { ownerId: string },
): Promise<void> {
  await tx.code.create({ data: code });
}
