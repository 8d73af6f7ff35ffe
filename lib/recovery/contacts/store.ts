import "server-only";
import { query, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";

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

/** Takes a contact away; by whom it was named, or (`contactId`) by the contact. The address, or undefined. */
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

/** Accepts to be a contact, once; whose, or undefined. */
export async function acceptContact(
  tx: Transaction,
  id: string,
  contact: { readonly accountId: string; readonly emailKey: string },
): Promise<{ accountId: string } | undefined> {
  const [row] = await tx.$queryRaw<{ accountId: string }[]>`
    UPDATE "RecoveryContact" SET "contactId" = ${contact.accountId}::uuid, "acceptedAt" = now()
    WHERE "id" = ${id}::uuid AND "acceptedAt" IS NULL AND "emailKey" = ${contact.emailKey}
      AND "accountId" <> ${contact.accountId}::uuid
    RETURNING "accountId"`;
  return row;
}

// Whether contact `v` of row `c` vouches for account `a`: with Two-Step Verification, not recovered within a week, and with
// a mailbox that is none of the account's own ($3 milliseconds).
const vouches = `v."twoStepOnAt" IS NOT NULL AND (v."recoveredAt" IS NULL OR v."recoveredAt" <= now() - $3::float8 * interval '1 millisecond')
  AND NOT EXISTS (SELECT 1 FROM (VALUES (a."emailKey"), (lower(a."secondEmail"))) own("key")
                  WHERE own."key" IN (c."emailKey", v."emailKey"))
  AND NOT EXISTS (SELECT 1 FROM "FormerAddress" f WHERE f."accountId" = a."id" AND f."toldUntil" > now()
                  AND lower(f."email") IN (c."emailKey", v."emailKey"))`;

/** Somebody who named this account. */
export type NamedBy = {
  id: string;
  name: string;
  acceptedAt: Date | null;
  /** Whether they ask for a code now, and this contact counts. */
  isAsking: boolean;
};

/** Who named this account as a contact, and whether they ask for a code now. */
export const listNamedBy = (contact: {
  readonly accountId: string;
  readonly emailKey: string;
}): Promise<NamedBy[]> =>
  query<NamedBy>(
    "contact_named_by",
    `SELECT c."id", a."name", c."acceptedAt",
            c."acceptedAt" <= now() - $3::float8 * interval '1 millisecond' AND EXISTS (
              SELECT 1 FROM "Recovery" r WHERE r."accountId" = a."id" AND r."contactAskedAt" IS NOT NULL
                AND r."startedAt" IS NULL AND r."endedAt" IS NULL AND r."expiresAt" > now())
            AND ${vouches} AS "isAsking"
     FROM "RecoveryContact" c JOIN "Account" a ON a."id" = c."accountId"
     LEFT JOIN "Account" v ON v."id" = c."contactId"
     WHERE c."contactId" = $1 OR (c."contactId" IS NULL AND c."emailKey" = $2)
     ORDER BY c."createdAt", c."id"`,
    [contact.accountId, contact.emailKey, numbers.recovery.evidenceAge],
  );

/** The recovery for which a contact may give a code now: the newest that asks. */
export async function findAsking(
  id: string,
  contactId: string,
): Promise<{ recoveryId: string; accountId: string; caseNumber: string; name: string } | undefined> {
  const [row] = await query<{ recoveryId: string; accountId: string; caseNumber: string; name: string }>(
    "contact_asking",
    `SELECT r."id" AS "recoveryId", r."accountId", r."caseNumber", a."name"
     FROM "RecoveryContact" c JOIN "Account" a ON a."id" = c."accountId"
     JOIN "Account" v ON v."id" = c."contactId" JOIN "Recovery" r ON r."accountId" = c."accountId"
     WHERE c."id" = $1 AND c."contactId" = $2 AND c."acceptedAt" <= now() - $3::float8 * interval '1 millisecond'
       AND ${vouches}
       AND r."contactAskedAt" IS NOT NULL AND r."startedAt" IS NULL AND r."endedAt" IS NULL AND r."expiresAt" > now()
     ORDER BY r."contactAskedAt" DESC LIMIT 1`,
    [id, contactId, numbers.recovery.evidenceAge],
  );
  return row;
}

/** Notes that the contacts were asked; the addresses of those who count. */
export async function markContactsAsked(
  tx: Transaction,
  recovery: { readonly id: string; readonly accountId: string },
): Promise<{ accountId: string; email: string }[]> {
  await tx.$executeRaw`UPDATE "Recovery" SET "contactAskedAt" = now() WHERE "id" = ${recovery.id}::uuid`;
  return tx.$queryRaw<{ accountId: string; email: string }[]>`
    SELECT v."id" AS "accountId", v."email" FROM "RecoveryContact" c JOIN "Account" v ON v."id" = c."contactId"
    WHERE c."accountId" = ${recovery.accountId}::uuid AND v."twoStepOnAt" IS NOT NULL
      AND c."acceptedAt" <= now() - ${numbers.recovery.evidenceAge}::float8 * interval '1 millisecond'`;
}
