import "server-only";
import { type Ask, query, type Transaction } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { type SpentTry, spendTry } from "@/lib/limits";

// Every moment of a recovery is the database's own: no clock of an instance, and none of a browser, moves a wait.

/** A recovery with what it needs of its account, in one read. */
export type RecoveryRow = {
  id: string;
  accountId: string;
  tokenHash: string;
  linkSealed: string;
  caseNumber: string;
  beganWith: string;
  /** Whose budgets it spends: "password", "mail", "desk", or "device" and the id of the browser's row. */
  lane: string;
  address: string;
  browser: string;
  tries: number;
  createdAt: Date;
  expiresAt: Date;
  numberSealed: string | null;
  startedAt: Date | null;
  waitMs: number | null;
  noticedAt: Date | null;
  readyAt: Date | null;
  endedAt: Date | null;
  endedBecause: string | null;
  /** The moment of the read, by the database. */
  now: Date;
  name: string;
  email: string;
  secondEmail: string | null;
  secondEmailSince: Date | null;
  lockedUntil: Date | null;
  /** Whether the password is another one than that with which it began. */
  isPasswordNew: boolean;
  proofs: string[];
};

const columns = `r."id", r."accountId", r."tokenHash", r."linkSealed", r."caseNumber", r."beganWith", r."lane", r."address",
  r."browser", r."tries", r."createdAt", r."expiresAt", r."numberSealed", r."startedAt", r."waitMs"::float8 AS "waitMs",
  r."noticedAt", r."readyAt", r."endedAt", r."endedBecause", now() AS "now", a."name", a."email", a."secondEmail",
  a."secondEmailSince", a."lockedUntil", a."passwordChangedAt" > r."createdAt" AS "isPasswordNew",
  ARRAY(SELECT p."kind" FROM "RecoveryProof" p WHERE p."recoveryId" = r."id"
          AND (p."kind" <> 'contact' OR r."startedAt" IS NOT NULL
               OR contact_vouches(p."by"::uuid, ${numbers.recovery.evidenceAge}))
        ORDER BY p."provenAt", p."kind") AS "proofs"`;
const from = `FROM "Recovery" r JOIN "Account" a ON a."id" = r."accountId"`;

/** By which of its tokens a recovery is looked for. */
export type TokenKind = "browser" | "link" | "stop";
const columnOf = {
  browser: "tokenHash",
  link: "linkHash",
  stop: "stopHash",
  case: "caseNumber",
  id: "id",
} as const;

/** A recovery by the hash of one of its tokens, its case number or its id, whatever became of it. Writes nothing. */
export async function findBy(
  what: keyof typeof columnOf,
  value: string,
  ask: Ask = query,
): Promise<RecoveryRow | undefined> {
  const [row] = await ask<RecoveryRow>(
    `recovery_by_${what}`,
    `SELECT ${columns} ${from} WHERE r."${columnOf[what]}" = $1`,
    [value],
  );
  return row;
}

/** The recovery of an account that is under way: the one that waits, else the newest that collects evidence. */
export async function findOfAccount(accountId: string): Promise<RecoveryRow | undefined> {
  const [row] = await query<RecoveryRow>(
    "recovery_of_account",
    `SELECT ${columns} ${from} WHERE r."accountId" = $1 AND r."endedAt" IS NULL AND r."expiresAt" > now()
     ORDER BY r."startedAt" IS NULL, r."createdAt" DESC LIMIT 1`,
    [accountId],
  );
  return row;
}

/** Every recovery of an account that is under way: the one that waits, then those that collect evidence, the newest first. */
export const listOfAccount = (accountId: string): Promise<RecoveryRow[]> =>
  query<RecoveryRow>(
    "recovery_list_of_account",
    `SELECT ${columns} ${from} WHERE r."accountId" = $1 AND r."endedAt" IS NULL AND r."expiresAt" > now()
     ORDER BY r."startedAt" IS NULL, r."createdAt" DESC`,
    [accountId],
  );

/** One case, as two agents of the desk named it; never whichever is the newest of the account. */
export type NamedCase = { readonly id: string; readonly accountId: string };

/** The number of a named case, as this transaction sees it; undefined for one that is another account's, or gone. */
export async function findNamedCase(tx: Transaction, named: NamedCase): Promise<string | undefined> {
  const { id, accountId } = named;
  const row = await tx.recovery.findFirst({ where: { id, accountId }, select: { caseNumber: true } });
  return row?.caseNumber;
}

/** Begins to collect evidence. */
export async function insertRecovery(
  tx: Transaction,
  recovery: {
    readonly id: string;
    readonly accountId: string;
    readonly tokenHash: string;
    readonly linkHash: string;
    readonly linkSealed: string;
    readonly stopHash: string;
    readonly caseNumber: string;
    readonly beganWith: string;
    readonly lane: string;
    readonly address: string;
    readonly browser: string;
  },
): Promise<void> {
  const r = recovery;
  const { tries, collect } = numbers.recovery;
  await tx.$executeRaw`
    INSERT INTO "Recovery" ("id", "accountId", "tokenHash", "linkHash", "linkSealed", "stopHash", "caseNumber",
                            "beganWith", "lane", "address", "browser", "tries", "createdAt", "expiresAt")
    VALUES (${r.id}::uuid, ${r.accountId}::uuid, ${r.tokenHash}, ${r.linkHash}, ${r.linkSealed}, ${r.stopHash},
            ${r.caseNumber}, ${r.beganWith}, ${r.lane}, ${r.address}, ${r.browser}, ${tries}, now(),
            now() + ${collect}::float8 * interval '1 millisecond')`;
}

/**
 * Adds a piece of evidence while it is collected; false when that is over, or this kind is there already. Another
 * contact's takes the place of the former one's, who may not vouch any more.
 */
export async function insertProof(
  tx: Transaction,
  recoveryId: string,
  kind: string,
  by: string | null = null,
): Promise<boolean> {
  const count = await tx.$executeRaw`
    INSERT INTO "RecoveryProof" ("recoveryId", "kind", "provenAt", "by")
    SELECT r."id", ${kind}, now(), ${by} FROM "Recovery" r
    WHERE r."id" = ${recoveryId}::uuid AND r."startedAt" IS NULL AND r."endedAt" IS NULL AND r."expiresAt" > now()
    ON CONFLICT ("recoveryId", "kind") DO UPDATE SET "by" = EXCLUDED."by", "provenAt" = EXCLUDED."provenAt"
      WHERE EXCLUDED."kind" = 'contact'`;
  return count === 1;
}

/** What a browser shows without being asked. */
export type Circumstances = {
  /** The browser's row, where it is known for long enough. */
  deviceId: string | null;
  isTrusted: boolean;
  isKnown: boolean;
  isUsual: boolean;
  /** The password is what the mailbox chose: nobody has signed in with it since. A passkey alone takes no password. */
  isPasswordByMail: boolean;
};

/**
 * Whether a browser passed the second step long enough before and was not thrown out since, and is trusted; whether
 * somebody signed in fully from the same network with the same kind of browser long before; and whether the password
 * proves more than the mailbox does.
 */
export async function readCircumstances(input: {
  readonly accountId: string;
  readonly tokenHashes: readonly string[];
  readonly address: string;
  readonly browser: string;
  readonly now: Date;
}): Promise<Circumstances> {
  const { evidenceAge, historyAge } = numbers.recovery;
  const [row] = await query<Circumstances>(
    "recovery_circumstances",
    `SELECT coalesce(bool_or(d."trustedUntil" > now()), FALSE) AS "isTrusted", count(d."id") > 0 AS "isKnown",
            min(d."id"::text) AS "deviceId",
            EXISTS (SELECT 1 FROM "Event" e WHERE e."accountId" = $1 AND e."kind" = 'signed-in' AND e."address" = $4
                    AND e."browser" = $5 AND e."browser" <> '' AND e."at" <= $6) AS "isUsual",
            coalesce((SELECT e."kind" = 'password-reset' FROM "Event" e WHERE e."accountId" = $1
                      AND (e."kind" = 'password-reset'
                           OR (e."kind" = 'signed-in' AND e."facts"->>'reason' IS DISTINCT FROM 'passkey')) ORDER BY e."id" DESC LIMIT 1), FALSE) AS "isPasswordByMail"
     FROM "Device" d JOIN "Account" a ON a."id" = d."accountId"
     WHERE d."accountId" = $1 AND d."tokenHash" = ANY ($2) AND d."lastSeenAt" > $7
       AND d."secondStepAt" <= $3 AND d."secondStepAt" >= a."twoStepOnAt"`,
    [
      input.accountId,
      input.tokenHashes,
      before(input.now, evidenceAge),
      input.address,
      input.browser,
      before(input.now, historyAge),
      before(input.now, numbers.trustedDevice.knownFor),
    ],
  );
  return row ?? { deviceId: null, isTrusted: false, isKnown: false, isUsual: false, isPasswordByMail: true };
}

/**
 * Spends a try of a recovery: of one that collects evidence, and one of its account where the answer can be guessed; or
 * of one that was started, where the code that finishes it is typed.
 */
export const spendRecoveryTry = (
  recovery: { readonly id: string; readonly accountId: string; readonly startedAt: Date | null },
  hash: string,
  isCounted: boolean,
  now: Date,
): Promise<SpentTry | undefined> =>
  spendTry(
    {
      table: "Recovery",
      isOpen: `(t."startedAt" IS NOT NULL) = $9::boolean AND t."endedAt" IS NULL AND t."expiresAt" > now()`,
    },
    recovery,
    { hash, isCounted },
    now,
    [recovery.startedAt !== null],
  );

/**
 * Gives a recovery whose wait is over its tries anew, with a new code: nobody is kept from finishing by what was typed
 * before, while evidence was collected or since. False when it is over.
 */
export async function renewTries(tx: Transaction, id: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE "Recovery" SET "tries" = ${numbers.recovery.tries}
    WHERE "id" = ${id}::uuid AND "endedAt" IS NULL AND "readyAt" <= now() AND "expiresAt" > now()`;
  return count === 1;
}

/** A code that a mail or a contact gave, not used yet. */
export type SecretRow = { id: string; kind: string; hash: string; contactId: string | null };

/** The codes of a recovery that still count; one of a contact only while they vouch. */
export const listSecrets = (recoveryId: string): Promise<SecretRow[]> =>
  query<SecretRow>(
    "recovery_secrets",
    `SELECT "id", "kind", "hash", "contactId" FROM "RecoverySecret"
     WHERE "recoveryId" = $1 AND "usedAt" IS NULL AND "expiresAt" > now()
       AND ("kind" <> 'contact' OR contact_vouches("contactId", $2))`,
    [recoveryId, numbers.recovery.evidenceAge],
  );

/** Keeps the hash of a code that a mail or a contact gives. */
export async function insertSecret(
  tx: Transaction,
  secret: {
    readonly id: string;
    readonly recoveryId: string;
    readonly kind: string;
    readonly hash: string;
    readonly contactId: string | null;
  },
): Promise<void> {
  const { id, recoveryId, kind, hash, contactId } = secret;
  await tx.$executeRaw`
    INSERT INTO "RecoverySecret" ("id", "recoveryId", "kind", "hash", "contactId", "createdAt", "expiresAt")
    VALUES (${id}::uuid, ${recoveryId}::uuid, ${kind}, ${hash}, ${contactId}::uuid, now(),
            now() + ${numbers.recovery.secret.lifetime}::float8 * interval '1 millisecond')`;
}

/** Uses up a code of a mail or a contact; false when somebody was faster. */
export async function spendSecret(tx: Transaction, id: string): Promise<boolean> {
  return (
    (await tx.$executeRaw`
      UPDATE "RecoverySecret" SET "usedAt" = now() WHERE "id" = ${id}::uuid AND "usedAt" IS NULL`) === 1
  );
}

/** Uses up a code that was texted to an old number; false when somebody was faster. */
export async function spendSentCode(
  tx: Transaction,
  recoveryId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.code.updateMany({
    where: { id, ownerId: recoveryId, usedAt: null },
    data: { usedAt: now },
  });
  return count === 1;
}

/** Recovery codes that an answer may be: of replaced sets, and of the one that counts. */
export async function listCodesLike(
  accountId: string,
  lookups: readonly string[],
): Promise<{ id: string; lookup: string; hash: string; isFormer: boolean }[]> {
  return query(
    "recovery_codes_like",
    `SELECT "id", "lookup", "hash", TRUE AS "isFormer" FROM "FormerRecoveryCode"
     WHERE "accountId" = $1 AND "lookup" = ANY ($2)
     UNION ALL
     SELECT "id", "lookup", "hash", FALSE FROM "RecoveryCode"
     WHERE "accountId" = $1 AND "lookup" = ANY ($2) AND "usedAt" IS NULL`,
    [accountId, lookups],
  );
}

/** Uses up a code of a replaced set; false when somebody was faster. */
export async function spendFormerCode(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.formerRecoveryCode.deleteMany({ where: { id } })).count === 1;
}

/** Ends what ran out, so that it is in nobody's way. */
export async function expireOfAccount(tx: Transaction, accountId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Recovery" SET "endedAt" = now(), "endedBecause" = 'expired'
    WHERE "accountId" = ${accountId}::uuid AND "startedAt" IS NOT NULL AND "endedAt" IS NULL AND "expiresAt" <= now()`;
}

/** Whether an account has a recovery that was started and has not ended; ask under the account's lock. */
export async function hasActive(tx: Transaction, accountId: string): Promise<boolean> {
  return (await tx.recovery.count({ where: { accountId, startedAt: { not: null }, endedAt: null } })) > 0;
}

/**
 * Holds a recovery that still collects, until the transaction ends: nothing that ends it comes in between. False when it
 * does not collect any more, or the account asks for no codes, so that its password opens it.
 */
export async function holdCollecting(tx: Transaction, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "Recovery" r JOIN "Account" a ON a."id" = r."accountId"
    WHERE r."id" = ${id}::uuid AND r."startedAt" IS NULL AND r."endedAt" IS NULL AND r."expiresAt" > now()
      AND a."twoStepOnAt" IS NOT NULL
    FOR UPDATE OF r`;
  return rows.length === 1;
}

/** The evidence of a recovery as this transaction sees it: a contact's only while they vouch. */
export async function listProofs(tx: Transaction, recoveryId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ kind: string }[]>`
    SELECT "kind" FROM "RecoveryProof" WHERE "recoveryId" = ${recoveryId}::uuid
      AND ("kind" <> 'contact' OR contact_vouches("by"::uuid, ${numbers.recovery.evidenceAge}::float8))`;
  return rows.map(({ kind }) => kind);
}

/** Starts a recovery with the notices that are on their way; false when it is started, ended or too old. */
export async function markStarted(
  tx: Transaction,
  id: string,
  wait: number,
  noticeIds: readonly string[],
): Promise<boolean> {
  const { unnoticedFor, noticeEvery } = numbers.recovery;
  const count = await tx.$executeRaw`
    UPDATE "Recovery" SET "startedAt" = now(), "waitMs" = ${wait}::bigint, "noticeIds" = ${[...noticeIds]}::uuid[],
      "expiresAt" = now() + ${unnoticedFor}::float8 * interval '1 millisecond',
      "nextNoticeAt" = now() + ${noticeEvery}::float8 * interval '1 millisecond'
    WHERE "id" = ${id}::uuid AND "startedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > now()`;
  return count === 1;
}

/** Ends a recovery that has not ended, once; what it was, or undefined. */
export async function markEnded(
  tx: Transaction,
  id: string,
  because: "stopped" | "desk",
): Promise<{ caseNumber: string; startedAt: Date | null } | undefined> {
  const [row] = await tx.$queryRaw<{ caseNumber: string; startedAt: Date | null }[]>`
    UPDATE "Recovery" SET "endedAt" = now(), "endedBecause" = ${because}
    WHERE "id" = ${id}::uuid AND "endedAt" IS NULL AND "expiresAt" > now()
    RETURNING "caseNumber", "startedAt"`;
  return row;
}

/**
 * The one statement that finishes a recovery: by the database's clock, once, and never before its time (AT-080), or
 * while its owner could not be told of the last day. Whoever gets true is the one. By the password, only while it is
 * still the one that it began with.
 */
export async function markFinished(tx: Transaction, id: string, by: "password" | "code"): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE "Recovery" r SET "endedAt" = now(), "endedBecause" = 'finished', "endToldAt" = now()
    WHERE "id" = ${id}::uuid AND "endedAt" IS NULL AND "startedAt" IS NOT NULL AND "noticedAt" IS NOT NULL
      AND "readyAt" <= now() AND "expiresAt" > now()
      AND EXISTS (SELECT 1 FROM "Message" m WHERE m."id" = ANY ("noticeIds") AND m."handedOverAt" IS NOT NULL)
      AND (${by} = 'code' OR EXISTS (
        SELECT 1 FROM "Account" a WHERE a."id" = r."accountId" AND a."passwordChangedAt" <= r."createdAt"))`;
  return count === 1;
}

/**
 * Everything that opened the account is gone: methods (removed ones with their links too), codes, browsers, what is
 * begun; sessions and attempts are the caller's recipe. The password is the new one, and the set-up is due.
 */
export async function clearProtection(
  tx: Transaction,
  accountId: string,
  passwordHash: string,
): Promise<void> {
  const where = { accountId };
  await tx.removal.deleteMany({ where });
  await tx.trial.deleteMany({ where });
  await tx.enrolment.deleteMany({ where });
  await tx.method.deleteMany({ where });
  await tx.recoveryCode.deleteMany({ where });
  await tx.formerRecoveryCode.deleteMany({ where });
  await tx.formerNumber.deleteMany({ where });
  await tx.device.deleteMany({ where });
  await tx.mailLink.deleteMany({ where });
  await tx.$executeRaw`
    UPDATE "Account" SET "passwordHash" = ${passwordHash}, "passwordChangedAt" = now(), "twoStepOnAt" = NULL,
      "failuresInRow" = 0, "lockedUntil" = NULL, "recoveredAt" = now(), "mustSetUpSince" = now()
    WHERE "id" = ${accountId}::uuid`;
}

/** Gives a recovery that the desk began to the browser that opened its link; once, and only while it collects. */
export async function adoptRecovery(tx: Transaction, id: string, tokenHash: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE "Recovery" SET "tokenHash" = ${tokenHash}, "beganWith" = 'desk-mail'
    WHERE "id" = ${id}::uuid AND "beganWith" = 'desk' AND "startedAt" IS NULL AND "endedAt" IS NULL
      AND "expiresAt" > now()`;
  return count === 1;
}

/** Former addresses of an account that are still told. */
export async function listFormerAddresses(tx: Transaction, accountId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ email: string }[]>`
    SELECT "email" FROM "FormerAddress" WHERE "accountId" = ${accountId}::uuid AND "toldUntil" > now()`;
  return rows.map(({ email }) => email);
}
