import "server-only";
import { type Ask, query, type Transaction } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { lockAccounts } from "@/lib/sessions";
import type { RequestFacts, RequestKind } from "./rules";

/** Somebody proven at the desk, as long as all of it still holds. */
export type DeskSessionRow = {
  id: string;
  accountId: string;
  expiresAt: Date;
  email: string;
  accountName: string;
  /** As the owner calls them; null for the owner, who is no agent. */
  agentName: string | null;
  isOwner: boolean;
  /** Of the caller who signed in. */
  callerHash: string;
};

/**
 * Whose desk session it is; nobody's when it ran out, when they are no agent any more, without Two-Step Verification, or
 * within a week after a recovery.
 */
export async function findDeskSession(
  tokenHash: string,
  ownerKey: string | null,
  now: Date,
): Promise<DeskSessionRow | undefined> {
  const [row] = await query<DeskSessionRow>(
    "desk_session",
    `SELECT s."id", s."accountId", s."expiresAt", a."email", a."name" AS "accountName", g."name" AS "agentName",
            s."callerHash", a."emailKey" IS NOT DISTINCT FROM $2 AS "isOwner"
     FROM "DeskSession" s JOIN "Account" a ON a."id" = s."accountId" LEFT JOIN "DeskAgent" g ON g."accountId" = a."id"
     WHERE s."tokenHash" = $1 AND s."expiresAt" > $3 AND a."twoStepOnAt" IS NOT NULL
       AND (g."accountId" IS NOT NULL OR a."emailKey" = $2)
       AND (a."recoveredAt" IS NULL OR a."recoveredAt" <= $4)`,
    [tokenHash, ownerKey, now, before(now, numbers.recovery.holdRemovals)],
  );
  return row;
}

/** Ends a desk session; false when it had ended. */
export async function endDeskSession(tx: Transaction, tokenHash: string): Promise<boolean> {
  const { count } = await tx.deskSession.deleteMany({ where: { tokenHash } });
  return count === 1;
}

/**
 * Whether an account may use the desk, an agent's or the owner's; and until when it may not, because a way back in opened
 * it: after a recovery, and as long as it has no app from before an access pass.
 */
export async function standingAtDesk(
  accountId: string,
  ownerKey: string | null,
  now: Date,
  ask: Ask = query,
): Promise<{ heldUntil: Date | null } | undefined> {
  const [row] = await ask<{ heldUntil: Date | null }>(
    "desk_standing",
    `SELECT CASE WHEN held."until" > $4::timestamptz THEN held."until" END AS "heldUntil"
     -- No EXISTS: planned on a new site, it would read everybody's methods, or every agent, and go on doing so.
     FROM "Account" a, LATERAL (
       SELECT greatest(a."recoveredAt" + $3::float8 * interval '1 millisecond',
         CASE WHEN count(*) FILTER (WHERE m."kind" = 'app' AND m."removedAt" IS NULL AND m."disabledAt" IS NULL
                AND (m."cannotRemoveOthersUntil" IS NULL OR m."cannotRemoveOthersUntil" <= $4::timestamptz)) = 0
           THEN max(m."cannotRemoveOthersUntil") FILTER (WHERE m."removedAt" IS NULL) END) AS "until"
       FROM "Method" m WHERE m."accountId" = a."id") held
     WHERE a."id" = $1::uuid
       AND (a."emailKey" = $2 OR (SELECT count(*) FROM "DeskAgent" g WHERE g."accountId" = a."id") > 0)`,
    [accountId, ownerKey, numbers.recovery.holdRemovals, now],
  );
  return row;
}

/** An account as the desk looks for it. */
export type PersonRow = { id: string; email: string; name: string; twoStepOnAt: Date | null };

/** By the address as it is compared. */
export async function findPersonByKey(emailKey: string, ask: Ask = query): Promise<PersonRow | undefined> {
  const [row] = await ask<PersonRow>(
    "desk_person_key",
    `SELECT "id", "email", "name", "twoStepOnAt" FROM "Account" WHERE "emailKey" = $1`,
    [emailKey],
  );
  return row;
}

/** By its id. */
export async function findPerson(id: string): Promise<PersonRow | undefined> {
  const [row] = await query<PersonRow>(
    "desk_person",
    `SELECT "id", "email", "name", "twoStepOnAt" FROM "Account" WHERE "id" = $1`,
    [id],
  );
  return row;
}

/** Whether somebody's Two-Step Verification is on, as this transaction sees them. */
export async function isTwoStepOn(tx: Transaction, accountId: string): Promise<boolean> {
  return (await tx.account.count({ where: { id: accountId, twoStepOnAt: { not: null } } })) === 1;
}

/** Somebody who works at the desk. */
export type AgentRow = { accountId: string; name: string; email: string; addedAt: Date; isOn: boolean };

/** Everybody who works at the desk. */
export const listAgents = (ask: Ask = query): Promise<AgentRow[]> =>
  ask<AgentRow>(
    "desk_agents",
    `SELECT g."accountId", g."name", a."email", g."addedAt", a."twoStepOnAt" IS NOT NULL AS "isOn"
     FROM "DeskAgent" g JOIN "Account" a ON a."id" = g."accountId" ORDER BY g."name", g."addedAt"`,
    [],
  );

/** Makes an account an agent's; false when it is one. */
export async function insertAgent(
  tx: Transaction,
  agent: { readonly accountId: string; readonly name: string; readonly addedAt: Date },
): Promise<boolean> {
  const { count } = await tx.deskAgent.createMany({ data: [agent], skipDuplicates: true });
  return count === 1;
}

/**
 * Holds a person and agents of the desk until the transaction ends; those of them that are agents now, with Two-Step
 * Verification on and no recovery within a week, so that nobody is taken from the desk in the middle. The owner is none,
 * also when they were one before. The accounts of all come first, the person may be an agent too, then the places at the
 * desk (`lockAccount`), and all of it before the desk session, because a change of protection ends that one last.
 */
export async function holdPersonAndAgents(
  tx: Transaction,
  personId: string,
  agentIds: readonly string[],
  ownerKey: string | null,
): Promise<string[]> {
  await lockAccounts(tx, [personId, ...agentIds]);
  const rows = await tx.$queryRaw<{ accountId: string }[]>`
    SELECT g."accountId" FROM "DeskAgent" g JOIN "Account" a ON a."id" = g."accountId"
    WHERE g."accountId" = ANY (${[...agentIds]}::uuid[]) AND a."twoStepOnAt" IS NOT NULL
      AND a."emailKey" IS DISTINCT FROM ${ownerKey}
      AND (a."recoveredAt" IS NULL
           OR a."recoveredAt" <= now() - ${numbers.recovery.holdRemovals}::float8 * interval '1 millisecond')
    ORDER BY g."accountId" FOR SHARE OF g`;
  return rows.map(({ accountId }) => accountId);
}

/**
 * Whether a desk session is there, held until the transaction ends: as for a change of it, because its step is often taken
 * then, and two that only read it would both wait for the other to let go.
 */
export async function isDeskSessionLive(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "DeskSession" WHERE "id" = ${id}::uuid AND "expiresAt" > ${now} FOR NO KEY UPDATE`;
  return rows.length === 1;
}

/**
 * Takes the code that was given in this desk session for one step: once, within a minute of it, and for no other step.
 * False when there is none.
 */
export async function takeProvenStep(
  tx: Transaction,
  sessionId: string,
  step: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.deskSession.updateMany({
    where: {
      id: sessionId,
      expiresAt: { gt: now },
      provenFor: step,
      provenAt: { gt: before(now, numbers.desk.step) },
    },
    data: { provenFor: null, provenAt: null },
  });
  return count === 1;
}

/** A request as the desk lists it. */
export type RequestRow = RequestFacts & {
  readonly id: string;
  readonly kind: RequestKind;
  readonly requester: string;
  readonly approver: string | null;
  /** Sealed. */
  readonly note: string;
  readonly createdAt: Date;
  /** Which recovery it is for; the id goes with the recovery, the number stays. */
  readonly recoveryId: string | null;
  readonly caseNumber: string | null;
  /** Of the person. */
  readonly email: string;
  /** When the pass that came of it runs out, while it was neither used up nor ended. */
  readonly passUntil: Date | null;
};

const requestColumns = `r."id", r."kind", r."accountId", r."requesterId", r."requester", r."note", r."createdAt",
  r."expiresAt", r."approverId", r."approver", r."approvedAt", r."carriedOutAt", r."endedAt", r."recoveryId",
  r."caseNumber", a."email", p."expiresAt" AS "passUntil"`;
const requestFrom = `FROM "DeskRequest" r JOIN "Account" a ON a."id" = r."accountId"
  LEFT JOIN "AccessPass" p ON p."requestId" = r."id" AND p."usedAt" IS NULL AND p."endedAt" IS NULL`;

/** One request. */
export async function findRequest(id: string): Promise<RequestRow | undefined> {
  const [row] = await query<RequestRow>(
    "desk_request",
    `SELECT ${requestColumns} ${requestFrom} WHERE r."id" = $1`,
    [id],
  );
  return row;
}

/** What waits for a second agent or for its first one, or is a pass that somebody may still use, the oldest first. */
export const listOpenRequests = (now: Date): Promise<RequestRow[]> =>
  query<RequestRow>(
    "desk_requests",
    `SELECT ${requestColumns} ${requestFrom}
     WHERE r."expiresAt" > $2 AND r."endedAt" IS NULL
       AND CASE WHEN r."carriedOutAt" IS NULL THEN r."expiresAt" ELSE p."expiresAt" END > $1
     ORDER BY r."expiresAt" LIMIT 200`,
    // A pass outlives its request by its own time and, once it was typed, by that of its browser.
    [now, before(now, 2 * numbers.desk.pass.lifetime)],
  );

/** Whether something of this kind is asked for already, for the same case; behind the lock of the account. */
export async function hasOpenRequest(
  tx: Transaction,
  what: { readonly accountId: string; readonly kind: RequestKind; readonly recoveryId: string | null },
  now: Date,
): Promise<boolean> {
  const where = { ...what, carriedOutAt: null, endedAt: null, expiresAt: { gt: now } };
  return (await tx.deskRequest.count({ where })) > 0;
}

/** Writes a request. */
export async function insertRequest(
  tx: Transaction,
  request: {
    readonly id: string;
    readonly kind: RequestKind;
    readonly recoveryId: string | null;
    readonly caseNumber: string | null;
    readonly accountId: string;
    readonly requesterId: string;
    readonly requester: string;
    readonly note: string;
    readonly createdAt: Date;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await tx.deskRequest.create({ data: request });
}

/** Approves a request that waits, as somebody else than who asked; false when that is not so (any more). */
export async function markApproved(
  tx: Transaction,
  id: string,
  approver: { readonly id: string; readonly name: string },
  now: Date,
): Promise<boolean> {
  const { count } = await tx.deskRequest.updateMany({
    where: {
      id,
      requesterId: { not: approver.id },
      accountId: { not: approver.id },
      approvedAt: null,
      carriedOutAt: null,
      endedAt: null,
      expiresAt: { gt: now },
    },
    data: { approverId: approver.id, approver: approver.name, approvedAt: now },
  });
  return count === 1;
}

/** Ends a request that was not carried out; false when there is none such. */
export async function markEnded(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.deskRequest.updateMany({
    where: { id, carriedOutAt: null, endedAt: null, expiresAt: { gt: now } },
    data: { endedAt: now },
  });
  return count === 1;
}

/** Ends the pass that came of a request, while nobody has added a method by it; false when there is none such. */
export async function endPassOf(tx: Transaction, requestId: string, now: Date): Promise<boolean> {
  const { count } = await tx.accessPass.updateMany({
    where: { requestId, usedAt: null, endedAt: null, expiresAt: { gt: now } },
    data: { endedAt: now },
  });
  return count === 1;
}

/** Marks an approved request carried out by who asked for it, once. */
export async function markCarriedOut(
  tx: Transaction,
  id: string,
  requesterId: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.deskRequest.updateMany({
    where: {
      id,
      requesterId,
      approvedAt: { not: null },
      approverId: { not: null },
      carriedOutAt: null,
      endedAt: null,
      expiresAt: { gt: now },
    },
    data: { carriedOutAt: now },
  });
  return count === 1;
}

/** Writes a pass; an older one of the account that was not used is over. */
export async function insertPass(
  tx: Transaction,
  pass: {
    readonly id: string;
    readonly accountId: string;
    readonly requestId: string;
    readonly hash: string;
    readonly tries: number;
    readonly createdAt: Date;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await tx.accessPass.updateMany({
    where: { accountId: pass.accountId, usedAt: null, endedAt: null },
    data: { endedAt: pass.createdAt },
  });
  await tx.accessPass.create({ data: pass });
}

/** Spends a try of the account's live pass before it is compared; nothing comes back when there is none. */
export async function spendPassTry(
  accountId: string,
  now: Date,
): Promise<{ id: string; hash: string } | undefined> {
  const [row] = await query<{ id: string; hash: string }>(
    "pass_spend",
    `UPDATE "AccessPass" SET "tries" = "tries" - 1
     WHERE "id" = (SELECT "id" FROM "AccessPass" WHERE "accountId" = $1 AND "openedAt" IS NULL AND "endedAt" IS NULL
                     AND "expiresAt" > $2 ORDER BY "createdAt" DESC LIMIT 1 FOR UPDATE)
       AND "openedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > $2 AND "tries" > 0
     RETURNING "id", "hash"`,
    [accountId, now],
  );
  return row;
}

/**
 * Opens a pass for one browser, once: from now on its token goes on, until `expiresAt`. Behind the lock of the account,
 * and only while the password is still the one that was compared.
 */
export async function openPassRow(
  tx: Transaction,
  pass: {
    readonly id: string;
    readonly tokenHash: string;
    readonly passwordHash: string;
    readonly now: Date;
    readonly expiresAt: Date;
  },
): Promise<boolean> {
  const { count } = await tx.accessPass.updateMany({
    where: {
      id: pass.id,
      openedAt: null,
      usedAt: null,
      endedAt: null,
      expiresAt: { gt: pass.now },
      account: { passwordHash: pass.passwordHash },
    },
    data: { openedAt: pass.now, tokenHash: pass.tokenHash, expiresAt: pass.expiresAt },
  });
  return count === 1;
}

/** A pass that a browser has opened. */
export type OpenPassRow = {
  id: string;
  accountId: string;
  email: string;
  expiresAt: Date;
  requester: string;
  approver: string;
};

/** The pass behind the token of a browser, while it is good. */
export async function findOpenPass(tokenHash: string, now: Date): Promise<OpenPassRow | undefined> {
  const [row] = await query<OpenPassRow>(
    "pass_open",
    `SELECT p."id", p."accountId", a."email", p."expiresAt", r."requester", coalesce(r."approver", '') AS "approver"
     FROM "AccessPass" p JOIN "Account" a ON a."id" = p."accountId" JOIN "DeskRequest" r ON r."id" = p."requestId"
     WHERE p."tokenHash" = $1 AND p."openedAt" IS NOT NULL AND p."usedAt" IS NULL AND p."endedAt" IS NULL
       AND p."expiresAt" > $2
       AND a."twoStepOnAt" IS NOT NULL`,
    [tokenHash, now],
  );
  return row;
}

/** Uses a pass up; false when it was used, ended or ran out. */
export async function takePass(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.accessPass.updateMany({
    where: { id, openedAt: { not: null }, usedAt: null, endedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  });
  return count === 1;
}
