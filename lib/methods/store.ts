import "server-only";
import { type Ask, type Prisma, query, type Transaction } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { open, seal } from "@/lib/kernel/secrets";
import type { RecoverySet } from "./recovery-codes/set";
import { isMethodKind, type MethodData, methods } from "./registry";

/** A confirmed method that may be asked for, opened. */
export type ActiveMethod = MethodData & {
  readonly id: string;
  readonly identity: string | null;
  readonly counter: bigint | null;
  readonly label: string;
  /** From 0, the order in which methods are asked for. */
  readonly position: number;
  /** Wrong codes in a row for this method alone, and until when none of its codes is looked at. */
  readonly failures: number;
  readonly waitsUntil: Date | null;
  /** When too many wrong codes took it out of use; null for one that is in force. */
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly provenAt: Date | null;
  /** Where it is kept, as far as its owner says (lib/lockout). */
  readonly livesOn: string;
  /** When it goes by itself (lib/new-number); null while it stays. */
  readonly retiresAt: Date | null;
};

/** A method's row as it is stored. */
export type MethodRow = Omit<ActiveMethod, "kind" | "data" | "counter"> & {
  readonly kind: string;
  readonly data: string;
  /** As text: neither pg nor JSON keeps 64 bits in a number. */
  readonly counter: string | null;
};

/** Where the sealed data of a row belongs; it opens nowhere else. */
const context = (table: "Method" | "Enrolment", row: string, account: string) => ({ table, row, account });

/** Seals a method's data for its row. */
export const sealMethodData = (
  table: "Method" | "Enrolment",
  row: { readonly id: string; readonly accountId: string },
  data: unknown,
): string => seal(JSON.stringify(data), context(table, row.id, row.accountId));

/**
 * Opens a row's data and checks its shape; undefined when it does not open, is of no kind we know or is not what it
 * should be: that factor is refused, nothing else suffers, and the owner of the site is told (AT-136).
 */
export function openMethodData(
  table: "Method" | "Enrolment",
  row: { readonly id: string; readonly accountId: string; readonly kind: string; readonly data: string },
): MethodData | undefined {
  if (!isMethodKind(row.kind)) return undefined;
  try {
    const plain: unknown = JSON.parse(open(row.data, context(table, row.id, row.accountId)));
    const parsed = methods[row.kind].data.safeParse(plain);
    if (parsed.success) return { kind: row.kind, data: parsed.data } as MethodData;
  } catch {
    // Told below, whatever it was.
  }
  tellBroken(table, row);
  return undefined;
}

/** Rows that do not open, and were told of; each part of the build that reads methods has its own. */
const broken = new Set<string>();

/**
 * A key that was lost, or a row that somebody changed by hand: one line for each row, because it is read again and again, and
 * for so many that a lost key fills no disk.
 */
function tellBroken(table: string, { id, kind }: { readonly id: string; readonly kind: string }): void {
  if (broken.has(id) || broken.size >= numbers.brokenRowsTold) return;
  broken.add(id);
  log.error({ table, id, kind }, "a way to get codes does not open: its key is gone, or its row was changed");
}

/** What an account can be asked for: methods in order, and how many rows do not open any more. */
export type ActiveMethods = { readonly methods: readonly ActiveMethod[]; readonly broken: number };

/** Opens rows that are in order already; those that do not open are left out and counted. */
export function openMethods(accountId: string, rows: readonly MethodRow[]): ActiveMethods {
  const opened = rows.flatMap((row): ActiveMethod[] => {
    const { kind: _kind, data: _data, counter, ...facts } = row;
    const inside = openMethodData("Method", { ...row, accountId });
    return inside === undefined
      ? []
      : [{ ...facts, ...inside, counter: counter === null ? null : BigInt(counter) }];
  });
  return { methods: opened, broken: rows.length - opened.length };
}

const columns = `"id", "kind", "data", "identity", "counter"::text AS "counter", "label", "position", "failures",
  "createdAt", "lastUsedAt", "provenAt", "livesOn", "retiresAt", "waitsUntil", "disabledAt"`;

/** The methods of an account that are neither removed nor disabled, in the order in which they are asked for. */
export async function listActiveMethods(accountId: string, ask: Ask = query): Promise<ActiveMethods> {
  const rows = await ask<MethodRow>(
    "method_list",
    `SELECT ${columns} FROM "Method"
     WHERE "accountId" = $1::uuid AND "removedAt" IS NULL AND "disabledAt" IS NULL ORDER BY "position", "createdAt"`,
    [accountId],
  );
  return openMethods(accountId, rows);
}

/**
 * One method of an account that can be proven in the settings: in force, or disabled after too many wrong codes. Not one
 * that is suspended: that one comes back with its phone alone. Nor a number whose day has come: it is about to go.
 */
export async function findProvable(
  accountId: string,
  id: string,
  now: Date,
): Promise<ActiveMethod | undefined> {
  const rows = await query<MethodRow>(
    "method_provable",
    `SELECT ${columns} FROM "Method"
     WHERE "accountId" = $1 AND "id"::text = $2 AND "removedAt" IS NULL AND "suspendedAt" IS NULL
       AND ("retiresAt" IS NULL OR "retiresAt" > $3)`,
    [accountId, id, now],
  );
  return openMethods(accountId, rows).methods[0];
}

/** Puts a new set of recovery codes in the place of the old one, in the transaction of its cause. */
export async function replaceRecoveryCodes(
  tx: Transaction,
  accountId: string,
  rows: RecoverySet["rows"],
  now: Date,
  /** Whether its owner said that they have saved it. */
  isSaved = true,
): Promise<void> {
  await retireRecoveryCodes(tx, accountId, now);
  const unsavedSince = isSaved ? null : now;
  await tx.recoveryCode.createMany({
    data: rows.map((row) => ({ id: crypto.randomUUID(), accountId, createdAt: now, unsavedSince, ...row })),
  });
}

/**
 * The condition by which a counter is used up once: it goes on, and no hint spoke of it (docs/decisions/0020). A passkey that
 * counts nothing says 0 each time (WebAuthn L3 6.1.1), and what makes its answer good for one time is the challenge.
 */
const counterGoesOn = (counter: bigint, isPasskey: boolean) => ({
  NOT: { burntSteps: { has: counter } },
  OR: [
    { counter: null },
    { counter: { lt: counter } },
    ...(isPasskey && counter === 0n ? [{ counter: 0n }] : []),
  ],
});

/** What a right answer uses up: a code that was sent, or its counter; and a passkey's data from now on, sealed. */
export type RightAnswer = {
  readonly accountId: string;
  readonly methodId: string;
  /** What the code was sent for. */
  readonly ownerId: string;
  readonly counter: bigint | undefined;
  readonly codeId: string | undefined;
  readonly data: string | undefined;
};

/**
 * Uses up a right answer outside of a sign-in, and says on its method that it was proven; false when somebody was faster
 * with the same one, or the method is not what `still` says any more.
 */
export async function spendAnswer(
  tx: Transaction,
  answer: RightAnswer,
  now: Date,
  still: Prisma.MethodWhereInput = {},
  change: Prisma.MethodUpdateManyMutationInput = {},
): Promise<boolean> {
  const { accountId, methodId, ownerId, counter, codeId, data } = answer;
  if (codeId !== undefined) {
    const spent = await tx.code.updateMany({
      where: { id: codeId, ownerId, usedAt: null },
      data: { usedAt: now },
    });
    if (spent.count === 0) return false;
  }
  const { count } = await tx.method.updateMany({
    where: {
      id: methodId,
      accountId,
      AND: still,
      ...(counter === undefined ? {} : counterGoesOn(counter, data !== undefined)),
    },
    data: {
      provenAt: now,
      failures: 0,
      waitsUntil: null,
      ...(counter === undefined ? {} : { counter }),
      ...(data === undefined ? {} : { data }),
      ...change,
    },
  });
  return count === 1;
}

/**
 * Takes the recovery codes of an account out of use. Those that nobody used stay known by their hashes: they let nobody
 * in any more, and are evidence when every method is lost (lib/recovery). A set that its owner never saved, or that
 * counted for less than a week, is none: an intruder makes one in a minute.
 */
export async function retireRecoveryCodes(tx: Transaction, accountId: string, now: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "FormerRecoveryCode" ("id", "accountId", "lookup", "hash", "replacedAt")
    SELECT "id", "accountId", "lookup", "hash", ${now} FROM "RecoveryCode"
    WHERE "accountId" = ${accountId}::uuid AND "usedAt" IS NULL AND "unsavedSince" IS NULL
      AND "createdAt" <= ${before(now, numbers.recovery.evidenceAge)} ON CONFLICT DO NOTHING`;
  await tx.recoveryCode.deleteMany({ where: { accountId } });
}
