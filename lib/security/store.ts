import "server-only";
import { query, type Transaction } from "@/lib/db";
import { type ActiveMethod, type MethodRow, openMethods } from "@/lib/methods";

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

/** Everything that Advanced Security Settings show of an account. */
export type SecurityOverview = {
  readonly twoStepOnAt: Date | null;
  readonly methods: readonly ActiveMethod[];
  /** Methods whose sealed data does not open any more: they can only be removed. */
  readonly brokenIds: readonly string[];
  /** Methods whose messages did not arrive, several times in a row. */
  readonly failingIds: readonly string[];
  readonly codesLeft: number;
  readonly codesMadeAt: Date | null;
  /** When codes were shown that nobody has said they saved. */
  readonly codesUnsavedSince: Date | null;
  readonly devices: readonly TrustedDevice[];
};

type Dated<T, Names extends keyof T> = { [K in keyof T]: K extends Names ? string | null : T[K] };

type OverviewRow = {
  twoStepOnAt: Date | null;
  methods: Dated<MethodRow, "createdAt" | "lastUsedAt" | "provenAt">[] | null;
  failingIds: string[] | null;
  codesLeft: number;
  codesMadeAt: Date | null;
  codesUnsavedSince: Date | null;
  devices: Dated<TrustedDevice, "trustedAt" | "trustedUntil" | "lastSeenAt">[] | null;
};

const moment = (text: string | null): Date => new Date(text ?? 0);
const momentOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** Reads all of Advanced Security Settings in one statement. */
export async function readOverview(accountId: string, now: Date): Promise<SecurityOverview> {
  const [row] = await query<OverviewRow>(
    "security_overview",
    `SELECT a."twoStepOnAt",
       (SELECT json_agg(json_build_object('id', m."id", 'kind', m."kind", 'data', m."data", 'identity', m."identity",
                 'counter', m."counter"::text, 'label', m."label", 'position', m."position", 'failures', m."failures",
                 'createdAt', m."createdAt", 'lastUsedAt', m."lastUsedAt", 'provenAt', m."provenAt")
                 ORDER BY m."position", m."createdAt")
        FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL AND m."disabledAt" IS NULL) AS "methods",
       (SELECT json_agg(m."id") FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL
          AND m."warnedAt" IS NOT NULL) AS "failingIds",
       r."left" AS "codesLeft", r."madeAt" AS "codesMadeAt",
       r."unsavedSince" AS "codesUnsavedSince",
       (SELECT json_agg(json_build_object('id', d."id", 'browser', d."browser", 'address', d."address",
                 'trustedAt', d."trustedAt", 'lastSeenAt', d."lastSeenAt", 'trustedUntil', d."trustedUntil", 'tokenHash', d."tokenHash") ORDER BY d."trustedAt" DESC)
        FROM (SELECT * FROM "Device" WHERE "accountId" = a."id" AND "trustedUntil" > $2
              ORDER BY "trustedAt" DESC LIMIT 100) d) AS "devices"
     FROM "Account" a
     CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE c."usedAt" IS NULL)::int AS "left", max(c."createdAt") AS "madeAt",
                                max(c."unsavedSince") AS "unsavedSince"
                         FROM "RecoveryCode" c WHERE c."accountId" = a."id") r
     WHERE a."id" = $1`,
    [accountId, now],
  );
  const rows = (row?.methods ?? []).map((method) => ({
    ...method,
    createdAt: moment(method.createdAt),
    lastUsedAt: momentOrNull(method.lastUsedAt),
    provenAt: momentOrNull(method.provenAt),
  }));
  const { methods } = openMethods(accountId, rows);
  return {
    twoStepOnAt: row?.twoStepOnAt ?? null,
    methods,
    brokenIds: rows.flatMap(({ id }) => (methods.some((method) => method.id === id) ? [] : [id])),
    failingIds: row?.failingIds ?? [],
    codesLeft: row?.codesLeft ?? 0,
    codesMadeAt: row?.codesMadeAt ?? null,
    codesUnsavedSince: row?.codesUnsavedSince ?? null,
    devices: (row?.devices ?? []).map((device) => ({
      ...device,
      trustedAt: moment(device.trustedAt),
      trustedUntil: moment(device.trustedUntil),
      lastSeenAt: moment(device.lastSeenAt),
    })),
  };
}

/** Takes a method of this account out of use; false when it is not there (any more). */
export async function markRemoved(
  tx: Transaction,
  accountId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.method.updateMany({
    where: { id, accountId, removedAt: null },
    data: { removedAt: now },
  });
  return count === 1;
}

/** Writes the order in which methods are asked for. */
export async function writeOrder(tx: Transaction, accountId: string, ids: readonly string[]): Promise<void> {
  for (const [position, id] of ids.entries())
    await tx.method.updateMany({ where: { id, accountId }, data: { position } });
}

/** Turns Two-Step Verification off with all that belongs to it; false when it is off already. */
export async function markOff(tx: Transaction, accountId: string, now: Date): Promise<boolean> {
  const { count } = await tx.account.updateMany({
    where: { id: accountId, twoStepOnAt: { not: null } },
    data: { twoStepOnAt: null },
  });
  if (count === 0) return false;
  await tx.method.updateMany({ where: { accountId, removedAt: null }, data: { removedAt: now } });
  await tx.recoveryCode.deleteMany({ where: { accountId } });
  await tx.session.updateMany({ where: { accountId }, data: { reveal: null } });
  return true;
}

/** Notes that the recovery codes of an account are saved; false when that was known. */
export async function markSaved(tx: Transaction, accountId: string): Promise<boolean> {
  const { count } = await tx.recoveryCode.updateMany({
    where: { accountId, unsavedSince: { not: null } },
    data: { unsavedSince: null },
  });
  return count > 0;
}
