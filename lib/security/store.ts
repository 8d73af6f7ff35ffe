import "server-only";
import { query, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import {
  type ActiveMethod,
  describeMethod,
  type MethodFacts,
  type MethodRow,
  openMethodData,
  openMethods,
  retireRecoveryCodes,
} from "@/lib/methods";
import type { TrustedDevice } from "@/lib/trusted-devices";

/** A method that is suspended, as far as a screen may show it; `facts` undefined where it does not open any more. */
export type SuspendedMethod = {
  readonly id: string;
  readonly facts: MethodFacts | undefined;
  readonly label: string;
  readonly suspendedAt: Date;
  /** When it is removed, unless it is taken into use again before. */
  readonly suspendedUntil: Date;
  /** Wrong codes had disabled it before, or would have: it stays so when its phone is back. */
  readonly isDisabled: boolean;
  /** The phone or device that it was suspended with: its own id, or that of the method whose device it is. */
  readonly thingId: string;
};

/** Everything that Advanced Security Settings show of an account. */
export type SecurityOverview = {
  readonly twoStepOnAt: Date | null;
  readonly methods: readonly ActiveMethod[];
  /** Methods whose sealed data does not open any more: they can only be removed. */
  readonly brokenIds: readonly string[];
  /** Methods whose messages did not arrive, several times in a row. */
  readonly failingIds: readonly string[];
  /** Methods that had too many wrong codes: they are taken into use again by trying them, or removed. */
  readonly disabled: readonly ActiveMethod[];
  /** Methods that came by a way back in and hold the others for a while. */
  readonly holdingIds: readonly string[];
  /** Methods that are suspended with a stolen phone, until it is back or they are removed. */
  readonly suspended: readonly SuspendedMethod[];
  readonly codesLeft: number;
  readonly codesMadeAt: Date | null;
  /** When codes were shown that nobody has said they saved. */
  readonly codesUnsavedSince: Date | null;
  /** When one of the codes was last used or tried; null: never since they were made. */
  readonly codesProvenAt: Date | null;
  /** How many of them can be tried by three characters. */
  readonly codesTriable: number;
  readonly devices: readonly TrustedDevice[];
};

type Dated<T, Names extends keyof T> = { [K in keyof T]: K extends Names ? string | null : T[K] };

type OverviewRow = {
  twoStepOnAt: Date | null;
  methods:
    | Dated<MethodRow, "createdAt" | "lastUsedAt" | "provenAt" | "retiresAt" | "waitsUntil" | "disabledAt">[]
    | null;
  failingIds: string[] | null;
  holdingIds: string[] | null;
  suspended:
    | {
        id: string;
        kind: string;
        data: string;
        label: string;
        suspendedAt: string;
        suspendedUntil: string;
        livesOn: string;
        failures: number;
      }[]
    | null;
  codesLeft: number;
  codesMadeAt: Date | null;
  codesUnsavedSince: Date | null;
  codesProvenAt: Date | null;
  codesTriable: number;
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
                 'createdAt', m."createdAt", 'lastUsedAt', m."lastUsedAt", 'provenAt', m."provenAt",
                 'livesOn', m."livesOn", 'retiresAt', m."retiresAt", 'waitsUntil', m."waitsUntil",
                 'disabledAt', m."disabledAt")
                 ORDER BY m."position", m."createdAt")
        FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL AND m."suspendedAt" IS NULL) AS "methods",
       (SELECT json_agg(m."id") FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL
          AND m."warnedAt" IS NOT NULL) AS "failingIds",
       (SELECT json_agg(json_build_object('id', m."id", 'kind', m."kind", 'data', m."data", 'label', m."label",
                 'suspendedAt', m."suspendedAt", 'suspendedUntil', m."suspendedUntil",
                 'livesOn', m."livesOn", 'failures', m."failures") ORDER BY m."suspendedAt", m."position")
        FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL
          AND m."suspendedAt" IS NOT NULL) AS "suspended",
       (SELECT json_agg(m."id") FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL
          AND m."cannotRemoveOthersUntil" > $2) AS "holdingIds",
       r."left" AS "codesLeft", r."madeAt" AS "codesMadeAt", r."unsavedSince" AS "codesUnsavedSince",
       r."provenAt" AS "codesProvenAt", r."triable" AS "codesTriable",
       (SELECT json_agg(json_build_object('id', d."id", 'browser', d."browser", 'address', d."address",
                 'trustedAt', d."trustedAt", 'lastSeenAt', d."lastSeenAt", 'trustedUntil', d."trustedUntil", 'tokenHash', d."tokenHash") ORDER BY d."trustedAt" DESC)
        FROM (SELECT * FROM "Device" WHERE "accountId" = a."id" AND "trustedUntil" > $2
              ORDER BY "trustedAt" DESC LIMIT 100) d) AS "devices"
     FROM "Account" a
     CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE c."usedAt" IS NULL)::int AS "left", max(c."createdAt") AS "madeAt",
                                max(c."unsavedSince") AS "unsavedSince",
                                greatest(max(c."usedAt"), max(c."provenAt")) AS "provenAt",
                                count(*) FILTER (WHERE c."usedAt" IS NULL AND c."trial" IS NOT NULL)::int AS "triable"
                         FROM "RecoveryCode" c WHERE c."accountId" = a."id") r
     WHERE a."id" = $1`,
    [accountId, now],
  );
  const rows = (row?.methods ?? []).map((method) => ({
    ...method,
    createdAt: moment(method.createdAt),
    lastUsedAt: momentOrNull(method.lastUsedAt),
    provenAt: momentOrNull(method.provenAt),
    retiresAt: momentOrNull(method.retiresAt),
    waitsUntil: momentOrNull(method.waitsUntil),
    disabledAt: momentOrNull(method.disabledAt),
  }));
  const opened = openMethods(accountId, rows).methods;
  const methods = opened.filter(({ disabledAt }) => disabledAt === null);
  return {
    twoStepOnAt: row?.twoStepOnAt ?? null,
    methods,
    brokenIds: rows.flatMap(({ id }) => (opened.some((method) => method.id === id) ? [] : [id])),
    failingIds: row?.failingIds ?? [],
    disabled: opened.filter(({ disabledAt }) => disabledAt !== null),
    holdingIds: row?.holdingIds ?? [],
    suspended: suspendedOf(accountId, row?.suspended ?? []),
    codesLeft: row?.codesLeft ?? 0,
    codesMadeAt: row?.codesMadeAt ?? null,
    codesUnsavedSince: row?.codesUnsavedSince ?? null,
    codesProvenAt: row?.codesProvenAt ?? null,
    codesTriable: row?.codesTriable ?? 0,
    devices: (row?.devices ?? []).map((device) => ({
      ...device,
      trustedAt: moment(device.trustedAt),
      trustedUntil: moment(device.trustedUntil),
      lastSeenAt: moment(device.lastSeenAt),
    })),
  };
}

function suspendedOf(
  accountId: string,
  rows: NonNullable<OverviewRow["suspended"]>,
): readonly SuspendedMethod[] {
  const ids = rows.map(({ id }) => id);
  return rows.map(({ id, kind, data, label, suspendedAt, suspendedUntil, livesOn, failures }) => {
    const opened = openMethodData("Method", { id, accountId, kind, data });
    return {
      id,
      facts: opened && describeMethod(opened),
      label,
      suspendedAt: moment(suspendedAt),
      suspendedUntil: moment(suspendedUntil),
      isDisabled: failures >= numbers.failuresInRow.methodDisabledAt,
      thingId: ids.includes(livesOn) ? livesOn : id,
    };
  });
}

/**
 * Takes a method of this account out of use; false when it is not there (any more).
 *
 * @param removalId what can put it back (lib/undo); null where nothing can.
 */
export async function markRemoved(
  tx: Transaction,
  accountId: string,
  id: string,
  removalId: string | null,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.method.updateMany({
    where: { id, accountId, removedAt: null, suspendedAt: null },
    data: { removedAt: now, removalId },
  });
  return count === 1;
}

/** Whether a method itself is one that came by a way back in and still holds the others: it may always go. */
export async function isHolding(tx: Transaction, id: string, now: Date): Promise<boolean> {
  return (await tx.method.count({ where: { id, cannotRemoveOthersUntil: { gt: now } } })) === 1;
}

/** Writes the order in which methods are asked for, in one statement however many there are. */
export async function writeOrder(tx: Transaction, accountId: string, ids: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Method" m SET "position" = o."place" - 1
    FROM unnest(${[...ids]}::uuid[]) WITH ORDINALITY AS o("id", "place")
    WHERE m."id" = o."id" AND m."accountId" = ${accountId}::uuid`;
}

/** Browsers of an account forget what was used last on them, so that the person's own order holds again. */
export async function forgetLastUsed(tx: Transaction, accountId: string): Promise<void> {
  await tx.device.updateMany({
    where: { accountId, lastMethodId: { not: null } },
    data: { lastMethodId: null },
  });
}

/** Gives a method of this account a name and a place; false when it is not there or has both already. */
export async function writeName(
  tx: Transaction,
  accountId: string,
  id: string,
  name: { readonly label: string; readonly livesOn: string },
): Promise<boolean> {
  const { count } = await tx.method.updateMany({
    where: { id, accountId, removedAt: null, NOT: name },
    data: name,
  });
  return count === 1;
}

/**
 * The methods of an account that too many wrong codes disabled, as this transaction sees them. What is suspended is none
 * of them: it goes by its thirty days alone, or whoever suspended it would take it away without any rule of a removal
 * (docs/decisions/0025).
 */
export async function listDisabled(tx: Transaction, accountId: string): Promise<ActiveMethod[]> {
  const rows = await tx.method.findMany({
    where: { accountId, removedAt: null, disabledAt: { not: null }, suspendedAt: null },
  });
  const sealed = rows.map((row) => ({ ...row, counter: row.counter?.toString() ?? null }));
  return [...openMethods(accountId, sealed).methods];
}

/** How many recovery codes an account has left, as this transaction sees it. */
export const countCodesLeft = (tx: Transaction, accountId: string): Promise<number> =>
  tx.recoveryCode.count({ where: { accountId, usedAt: null } });

/** The method that the last fresh proof of a session was given with; null where it was none, or there was no proof. */
export async function findProof(tx: Transaction, sessionId: string): Promise<string | null> {
  const row = await tx.session.findUnique({ where: { id: sessionId }, select: { provenMethodId: true } });
  return row?.provenMethodId ?? null;
}

/** The same for a page that only looks. */
export async function readProof(sessionId: string): Promise<string | null> {
  const [row] = await query<{ provenMethodId: string | null }>(
    "session_proof",
    `SELECT "provenMethodId" FROM "Session" WHERE "id" = $1`,
    [sessionId],
  );
  return row?.provenMethodId ?? null;
}

/**
 * Ends the fresh proof of a session when it was given with this method (null: with a recovery code), and asks for another
 * one next.
 *
 * @param avoid what is not asked for next; while it is set, the sign-in is no proof either.
 */
export async function dropProof(
  session: { readonly id: string; readonly accountId: string },
  methodId: string | null,
  avoid: string | null = methodId,
): Promise<boolean> {
  const rows = await query(
    "session_drop_proof",
    `UPDATE "Session" SET "provenAt" = NULL, "avoidMethodId" = $4
     WHERE "id" = $1 AND "accountId" = $2 AND "provenMethodId" IS NOT DISTINCT FROM $3::uuid RETURNING 1`,
    [session.id, session.accountId, methodId, avoid],
  );
  return rows.length === 1;
}

/**
 * Turns Two-Step Verification off with all that belongs to it; false when it is off already. Its methods stay sealed as
 * long as `removalId` can put them back; its recovery codes are gone. What is suspended stays suspended, so that the way
 * back of the suspension goes on.
 */
export async function markOff(
  tx: Transaction,
  accountId: string,
  removalId: string | null,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.account.updateMany({
    where: { id: accountId, twoStepOnAt: { not: null } },
    data: { twoStepOnAt: null },
  });
  if (count === 0) return false;
  await tx.method.updateMany({
    where: { accountId, removedAt: null, suspendedAt: null },
    data: { removedAt: now, removalId },
  });
  await retireRecoveryCodes(tx, accountId, now);
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
