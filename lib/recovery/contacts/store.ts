import "server-only";
import { query, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";

/** Somebody whom an account named. */
export type ContactRow = { id: string; emailKey: string; createdAt: Date; acceptedAt: Date | null };

/** Whom an account named as its recovery contacts. */
export const listContacts = (accountId: string): Promise<ContactRow[]> =>
  query<ContactRow>(
    "contact_list",
    `SELECT "id", "emailKey", "createdAt", "acceptedAt" FROM "RecoveryContact"
     WHERE "accountId" = $1 ORDER BY "createdAt", "id"`,
    [accountId],
  );

/** Names a contact; false when they were named already or there are enough. The caller holds the account. */
export async function insertContact(
  tx: Transaction,
  contact: { readonly id: string; readonly accountId: string; readonly emailKey: string; readonly now: Date },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    INSERT INTO "RecoveryContact" ("id", "accountId", "emailKey", "createdAt")
    SELECT ${contact.id}::uuid, ${contact.accountId}::uuid, ${contact.emailKey}, ${contact.now}
    WHERE (SELECT count(*) FROM "RecoveryContact" c WHERE c."accountId" = ${contact.accountId}::uuid)
          < ${numbers.recovery.contacts}::int
    ON CONFLICT DO NOTHING`;
  return count === 1;
}

/**
 * Takes a contact away; by whom it was named, or (`contactId`) by the contact. The address, or undefined. The caller holds
 * the account that named them.
 */
export async function deleteContact(
  tx: Transaction,
  id: string,
  by: { readonly accountId: string } | { readonly contactId: string; readonly emailKey: string },
): Promise<{ accountId: string; emailKey: string } | undefined> {
  const [row] =
    "accountId" in by
      ? await tx.$queryRaw<{ accountId: string; emailKey: string }[]>`
          DELETE FROM "RecoveryContact" WHERE "id" = ${id}::uuid AND "accountId" = ${by.accountId}::uuid
          RETURNING "accountId", "emailKey"`
      : await tx.$queryRaw<{ accountId: string; emailKey: string }[]>`
          DELETE FROM "RecoveryContact" WHERE "id" = ${id}::uuid
            AND ("contactId" = ${by.contactId}::uuid OR ("contactId" IS NULL AND "emailKey" = ${by.emailKey}))
          RETURNING "accountId", "emailKey"`;
  return row;
}

/** Whether somebody reads a mailbox of an account under this address: the first, the second or a former one. */
export async function isOwnMailbox(accountId: string, emailKey: string): Promise<boolean> {
  const [row] = await query<{ isOwn: boolean }>(
    "contact_own_mailbox",
    `SELECT is_mailbox_of($1, $2) AS "isOwn"`,
    [accountId, emailKey],
  );
  return row?.isOwn === true;
}

/** The account that named a contact; undefined where there is no such row. */
export async function findNamer(tx: Transaction, id: string): Promise<string | undefined> {
  const row = await tx.recoveryContact.findUnique({ where: { id }, select: { accountId: true } });
  return row?.accountId;
}

/**
 * Accepts to be a contact, once; false when there is none such. Nobody is one whose mailbox is the account's own. The
 * caller holds the account that named them.
 */
export async function acceptContact(
  tx: Transaction,
  id: string,
  contact: { readonly accountId: string; readonly emailKey: string },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE "RecoveryContact" SET "contactId" = ${contact.accountId}::uuid, "acceptedAt" = now()
    WHERE "id" = ${id}::uuid AND "acceptedAt" IS NULL AND "emailKey" = ${contact.emailKey}
      AND "accountId" <> ${contact.accountId}::uuid AND NOT is_mailbox_of("accountId", "emailKey")`;
  return count === 1;
}

/** Somebody who named this account. */
export type NamedBy = { id: string; name: string; acceptedAt: Date | null };

/** Who named this account as a contact. */
export const listNamedBy = (contact: {
  readonly accountId: string;
  readonly emailKey: string;
}): Promise<NamedBy[]> =>
  query<NamedBy>(
    "contact_named_by",
    `SELECT c."id", a."name", c."acceptedAt" FROM "RecoveryContact" c JOIN "Account" a ON a."id" = c."accountId"
     WHERE c."contactId" = $1 OR (c."contactId" IS NULL AND c."emailKey" = $2)
     ORDER BY c."createdAt", c."id"`,
    [contact.accountId, contact.emailKey],
  );

/** A recovery for which a contact may give a code now. */
export type Asking = {
  /** The row of the contact. */
  contactId: string;
  recoveryId: string;
  accountId: string;
  caseNumber: string;
  name: string;
  createdAt: Date;
  address: string;
  browser: string;
};

/** Every recovery that asks this account for a code now and for which it vouches, the newest first. */
export const listAsking = (accountId: string): Promise<Asking[]> =>
  query<Asking>(
    "contact_asking",
    `SELECT c."id" AS "contactId", r."id" AS "recoveryId", r."accountId", r."caseNumber", a."name", r."createdAt",
            r."address", r."browser"
     FROM "RecoveryContact" c JOIN "Account" a ON a."id" = c."accountId" JOIN "Recovery" r ON r."accountId" = c."accountId"
     WHERE c."contactId" = $1 AND contact_vouches(c."id", $2)
       AND r."contactAskedAt" IS NOT NULL AND r."startedAt" IS NULL AND r."endedAt" IS NULL AND r."expiresAt" > now()
     ORDER BY r."createdAt" DESC, r."id"`,
    [accountId, numbers.recovery.evidenceAge],
  );

/** Notes that a recovery asks the contacts of its account for a code; whether it is the first time. */
export async function markContactsAsked(tx: Transaction, recoveryId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isFirst: boolean }[]>`
    UPDATE "Recovery" r SET "contactAskedAt" = now()
    FROM (SELECT "id", "contactAskedAt" FROM "Recovery" WHERE "id" = ${recoveryId}::uuid FOR UPDATE) former
    WHERE r."id" = former."id" RETURNING former."contactAskedAt" IS NULL AS "isFirst"`;
  return row?.isFirst === true;
}

/** The addresses of the contacts of an account who vouch for it. */
export const listVouching = (
  tx: Transaction,
  accountId: string,
): Promise<{ accountId: string; email: string }[]> =>
  tx.$queryRaw<{ accountId: string; email: string }[]>`
    SELECT v."id" AS "accountId", v."email" FROM "RecoveryContact" c JOIN "Account" v ON v."id" = c."contactId"
    WHERE c."accountId" = ${accountId}::uuid AND contact_vouches(c."id", ${numbers.recovery.evidenceAge}::float8)`;
