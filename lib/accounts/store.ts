import "server-only";
import { randomUUID } from "node:crypto";
import { type Ask, query, type Transaction } from "@/lib/db";
import type { EmailAddress } from "./rules";

/** An account as its own screens and flows need it. */
export type AccountRow = {
  id: string;
  name: string;
  email: string;
  emailKey: string;
  passwordHash: string;
  /** In which messages to its owner are written; null while that is not known. */
  language: string | null;
};

const accountColumns = `"id", "name", "email", "emailKey", "passwordHash", "language"`;

/** The account of an address, by the form in which addresses are compared. */
export async function findAccountByKey(emailKey: string, ask: Ask = query): Promise<AccountRow | undefined> {
  const [row] = await ask<AccountRow>(
    "account_by_key",
    `SELECT ${accountColumns} FROM "Account" WHERE "emailKey" = $1`,
    [emailKey],
  );
  return row;
}

/** An account by its id. */
export async function findAccount(id: string): Promise<AccountRow | undefined> {
  const [row] = await query<AccountRow>(
    "account_by_id",
    `SELECT ${accountColumns} FROM "Account" WHERE "id" = $1`,
    [id],
  );
  return row;
}

/** An account as a recovery looks at it. */
export type OwnerRow = {
  id: string;
  name: string;
  email: string;
  emailKey: string;
  twoStepOnAt: Date | null;
  recoveredAt: Date | null;
  secondEmail: string | null;
  secondEmailSince: Date | null;
};

/** Whose account it is and how mail reaches them, by its id. */
export async function findOwner(accountId: string, ask: Ask = query): Promise<OwnerRow | undefined> {
  const [row] = await ask<OwnerRow>(
    "account_owner",
    `SELECT "id", "name", "email", "emailKey", "twoStepOnAt", "recoveredAt", "secondEmail", "secondEmailSince"
     FROM "Account" WHERE "id" = $1::uuid`,
    [accountId],
  );
  return row;
}

/** Makes an account, unless its address has one already: then false, and nothing happened. */
export async function insertAccount(
  tx: Transaction,
  account: AccountRow & { readonly createdAt: Date },
): Promise<boolean> {
  const { count } = await tx.account.createMany({
    data: [{ ...account, passwordChangedAt: account.createdAt }],
    skipDuplicates: true,
  });
  return count === 1;
}

/**
 * Holds every sign-up that waits for an address, in one order, until the transaction ends: two links of one address
 * pressed at the same moment would otherwise wait for each other.
 */
export async function holdPendingSignUps(tx: Transaction, emailKey: string): Promise<void> {
  await tx.$queryRaw`
    SELECT 1 FROM "MailLink" WHERE "emailKey" = ${emailKey} AND "purpose" = 'confirm-sign-up'
    ORDER BY "id" FOR UPDATE`;
}

/** Gives an account another name; false when it has that name already. */
export async function updateName(tx: Transaction, accountId: string, name: string): Promise<boolean> {
  const { count } = await tx.account.updateMany({
    where: { id: accountId, name: { not: name } },
    data: { name },
  });
  return count === 1;
}

/** Whether messages to an account, which is held, are in another language than this one, or in none that is known. */
export async function isOtherLanguage(
  tx: Transaction,
  accountId: string,
  language: string,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "Account" WHERE "id" = ${accountId}::uuid AND "language" IS DISTINCT FROM ${language} FOR UPDATE`;
  return rows.length === 1;
}

/** Writes to an account in this language from now on. */
export async function updateLanguage(tx: Transaction, accountId: string, language: string): Promise<void> {
  await tx.account.updateMany({ where: { id: accountId }, data: { language } });
}

/** Stores a new password; with `replacing`, only while that hash is the stored one. */
export async function updatePassword(
  tx: Transaction,
  accountId: string,
  password: { readonly hash: string; readonly replacing?: string; readonly now: Date },
): Promise<boolean> {
  const { count } = await tx.account.updateMany({
    where:
      password.replacing === undefined
        ? { id: accountId }
        : { id: accountId, passwordHash: password.replacing },
    data: { passwordHash: password.hash, passwordChangedAt: password.now },
  });
  return count === 1;
}

/** Gives an account another address, while `replacing` is still its own and nobody has the new one. */
export async function updateEmail(
  tx: Transaction,
  accountId: string,
  change: { readonly email: string; readonly emailKey: string; readonly replacing: string },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE "Account" SET "email" = ${change.email}, "emailKey" = ${change.emailKey}
    WHERE "id" = ${accountId}::uuid AND "emailKey" = ${change.replacing}
      AND NOT EXISTS (SELECT 1 FROM "Account" WHERE "emailKey" = ${change.emailKey})`;
  return count === 1;
}

/** Keeps a former address among those that are told, in the transaction of the change. */
export async function keepTelling(
  tx: Transaction,
  accountId: string,
  { email, key }: EmailAddress,
  toldUntil: Date,
): Promise<void> {
  await tx.formerAddress.create({ data: { id: randomUUID(), accountId, email, emailKey: key, toldUntil } });
}

/** What a link in a mail may do. */
export type LinkPurpose = "confirm-sign-up" | "reset-password" | "confirm-email" | "confirm-second-email";

export type LinkRow = {
  id: string;
  accountId: string | null;
  emailKey: string;
  data: string | null;
  createdAt: Date;
  /** The moment at which it was made, where it was ended before its time. */
  expiresAt: Date;
  usedAt: Date | null;
};

/** A link by the hash of its token, for this purpose only. */
export async function findLink(purpose: LinkPurpose, tokenHash: string): Promise<LinkRow | undefined> {
  const [row] = await query<LinkRow>(
    "link_find",
    `SELECT "id", "accountId", "emailKey", "data", "createdAt", "expiresAt", "usedAt" FROM "MailLink"
     WHERE "tokenHash" = $1 AND "purpose" = $2`,
    [tokenHash, purpose],
  );
  return row;
}

/** Stores a link that was just made. */
export async function insertLink(
  tx: Transaction,
  link: {
    readonly id: string;
    readonly tokenHash: string;
    readonly purpose: LinkPurpose;
    readonly accountId: string | null;
    readonly emailKey: string;
    readonly data: string | null;
    readonly createdAt: Date;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await tx.mailLink.create({ data: link });
}

/** Uses a link up. Of many at the same moment exactly one gets true. What it carried goes. */
export async function consumeLink(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE "MailLink" SET "usedAt" = ${now}, "data" = NULL
    WHERE "id" = ${id}::uuid AND "usedAt" IS NULL AND "expiresAt" > ${now} AND "expiresAt" > "createdAt"`;
  return count === 1;
}

/**
 * Ends the unused links of one purpose of an account; their page then says that they are over. Their end is when they were
 * made, which is no moment of a clock: for a request that began before this one, or on an instance whose clock is behind,
 * now is still to come.
 */
export async function endLinks(tx: Transaction, accountId: string, purpose: LinkPurpose): Promise<void> {
  await tx.$executeRaw`
    UPDATE "MailLink" SET "expiresAt" = "createdAt"
    WHERE "accountId" = ${accountId}::uuid AND "purpose" = ${purpose} AND "usedAt" IS NULL AND "expiresAt" > "createdAt"`;
}

/**
 * Ends every unused link that would give an account another address, a first or a second one: they work without a session,
 * so whoever asked for one while they were in could use it long after they were thrown out.
 */
export async function endAddressLinks(tx: Transaction, accountId: string): Promise<void> {
  for (const purpose of ["confirm-email", "confirm-second-email"] as const)
    await endLinks(tx, accountId, purpose);
}

/** Deletes the other sign-ups that wait for an address which has an account now. */
export async function deletePendingSignUps(tx: Transaction, emailKey: string, except: string): Promise<void> {
  await tx.mailLink.deleteMany({
    where: { emailKey, purpose: "confirm-sign-up", usedAt: null, id: { not: except } },
  });
}

/** Gives an account its second address; null takes it away. Returns the one it had. */
export async function writeSecondEmail(
  tx: Transaction,
  accountId: string,
  address: EmailAddress | null,
  now: Date,
): Promise<string | null> {
  const { email = null, key = null } = address ?? {};
  const [row] = await tx.$queryRaw<{ former: string | null }[]>`
    UPDATE "Account" a SET "secondEmail" = ${email}, "secondEmailKey" = ${key},
      "secondEmailSince" = ${email === null ? null : now}::timestamptz
    FROM (SELECT "id", "secondEmail" FROM "Account" WHERE "id" = ${accountId}::uuid FOR UPDATE) o
    WHERE a."id" = o."id" RETURNING o."secondEmail" AS "former"`;
  return row?.former ?? null;
}

/** Takes away whom an account named and who has not accepted; their addresses. */
export async function deleteInvitations(tx: Transaction, accountId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ emailKey: string }[]>`
    DELETE FROM "RecoveryContact" WHERE "accountId" = ${accountId}::uuid AND "acceptedAt" IS NULL
    RETURNING "emailKey"`;
  return rows.map(({ emailKey }) => emailKey);
}
