import "server-only";
import { randomUUID } from "node:crypto";
import { query, type Transaction } from "@/lib/db";
import type { Visit } from "@/lib/kernel/visit";

/** A browser that does not ask for codes. */
export type TrustedDevice = {
  readonly id: string;
  readonly browser: string;
  readonly address: string;
  readonly trustedAt: Date;
  readonly trustedUntil: Date;
  readonly lastSeenAt: Date;
  readonly tokenHash: string;
};

/** The browsers of an account that are trusted now, newest first. */
export async function listTrustedDevices(accountId: string, now: Date): Promise<TrustedDevice[]> {
  return query<TrustedDevice>(
    "device_list",
    `SELECT "id", "browser", "address", "trustedAt", "trustedUntil", "lastSeenAt", "tokenHash" FROM "Device"
     WHERE "accountId" = $1 AND "trustedUntil" > $2 ORDER BY "trustedAt" DESC LIMIT 100`,
    [accountId, now],
  );
}

/** Ends the trust of every browser of an account; the browsers stay known. Returns how many were trusted. */
export async function endAllTrust(
  tx: Transaction,
  accountId: string,
  because: string,
  now: Date,
): Promise<number> {
  // A browser that signed in and was never trusted is thrown out with the others: it is no evidence any more.
  if (because === "all-devices-forgotten" || because === "two-step-changed")
    await tx.device.updateMany({ where: { accountId }, data: { secondStepAt: null } });
  const { count } = await tx.device.updateMany({
    where: { accountId, trustedUntil: { gt: now } },
    data: { trustedUntil: null, trustedAt: null, trustEndedAt: now, trustEndedBecause: because },
  });
  if (count > 0) await tx.account.update({ where: { id: accountId }, data: { trustEndedAt: now } });
  return count;
}

/** Ends the trust of one browser of this account; false when it is not theirs or not trusted. */
export async function endTrust(tx: Transaction, accountId: string, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.device.updateMany({
    where: { id, accountId, trustedUntil: { gt: now } },
    data: {
      trustedUntil: null,
      trustedAt: null,
      trustEndedAt: now,
      trustEndedBecause: "device-forgotten",
      secondStepAt: null,
    },
  });
  return count === 1;
}

/** The one of these tokens that is this account's, with what it is worth now. */
export async function findDevice(
  tx: Transaction,
  accountId: string,
  tokenHashes: readonly string[],
): Promise<
  { id: string; tokenHash: string; trustedUntil: Date | null; secondStepAt: Date | null } | undefined
> {
  const row = await tx.device.findFirst({
    where: { accountId, tokenHash: { in: [...tokenHashes] } },
    select: { id: true, tokenHash: true, trustedUntil: true, secondStepAt: true },
  });
  return row ?? undefined;
}

/** Trusts a browser of this visit, under its new token: the row that is known, or else a new one. */
export async function writeTrust(
  tx: Transaction,
  accountId: string,
  known: { readonly id: string; readonly secondStepAt: Date | null } | undefined,
  trust: { readonly tokenHash: string; readonly until: Date },
  { now, address, browser }: Visit,
): Promise<void> {
  const data = {
    tokenHash: trust.tokenHash,
    browser,
    address,
    lastSeenAt: now,
    trustedAt: now,
    trustedUntil: trust.until,
    trustEndedAt: null,
    trustEndedBecause: null,
    secondStepAt: known?.secondStepAt ?? now,
  };
  if (known === undefined)
    await tx.device.create({ data: { id: randomUUID(), accountId, createdAt: now, ...data } });
  else await tx.device.update({ where: { id: known.id }, data });
}

/**
 * Ends the trust of the browser whose former token came back, and says whose it was; undefined when another request saw
 * the same token first, or there was no trust to end. Its other former tokens are forgotten: one copy is told once.
 */
export async function endCopiedTrust(
  tx: Transaction,
  accountId: string,
  tokenHash: string,
  now: Date,
): Promise<{ id: string; browser: string } | undefined> {
  const [device] = await tx.$queryRaw<{ id: string; browser: string }[]>`
    UPDATE "Device" d SET "trustedUntil" = NULL, "trustedAt" = NULL,
      "trustEndedAt" = ${now}, "trustEndedBecause" = 'device-copied',
      "secondStepAt" = NULL
    FROM "FormerToken" f
    WHERE f."tokenHash" = ${tokenHash} AND d."id" = f."deviceId" AND d."accountId" = ${accountId}::uuid
      AND d."trustedUntil" > ${now}
    RETURNING d."id", d."browser"`;
  if (device === undefined) return undefined;
  await tx.formerToken.deleteMany({ where: { deviceId: device.id } });
  await tx.account.update({
    where: { id: accountId },
    data: { trustEndedAt: now },
  });
  return device;
}
