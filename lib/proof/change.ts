import "server-only";
import { type EventFacts, type EventKind, record } from "@/lib/activity";
import { inTransactionUnlessRefused, type Transaction } from "@/lib/db";
import { enqueue, inLanguageOf, type MessageToSend, mail } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { whereFrom } from "@/lib/places";
import { deleteSessions, holdSession } from "@/lib/sessions";
import { endAllTrust } from "@/lib/trusted-devices";
import { words } from "@/lib/words";
import { alertByPhone, phonesToTell } from "./phones";
import { isGrave, type PhoneToTell } from "./told";

/**
 * Tells a person by mail that their protection changed, in the transaction of the change: at the addresses that are
 * named, at the second one, and at former ones for numbers.alerts.formerAddress.
 */
export async function alert(
  tx: Transaction,
  account: { readonly id: string; readonly addresses: readonly string[] },
  /** Keys `alert.<key>.subject` and `.body` of the catalogue `messages`. */
  key: string,
  visit: Visit,
  facts: Readonly<Record<string, string | number | Date>> = {},
): Promise<void> {
  const former = await tx.formerAddress.findMany({
    where: { accountId: account.id, toldUntil: { gt: visit.now } },
    select: { email: true },
  });
  const owner = await tx.account.findUnique({ where: { id: account.id }, select: { secondEmail: true } });
  const second = owner?.secondEmail == null ? [] : [owner.secondEmail];
  const addresses = [...new Set([...account.addresses, ...second, ...former.map(({ email }) => email)])];
  const mails = await inLanguageOf(tx, account.id, () =>
    addresses.map((to) => alertMail(account.id, to, key, visit, facts)),
  );
  for (const message of mails) await enqueue(tx, message);
}

/** One alert as a message: `facts` and when, from where and with which browser fill its words. */
export const alertMail = (
  accountId: string,
  to: string,
  key: string,
  visit: Visit,
  facts: Readonly<Record<string, string | number | Date>> = {},
): MessageToSend => ({
  accountId,
  channel: "email",
  purpose: "alert",
  to,
  ...mail(`alert.${key}`, {
    ...facts,
    at: visit.now,
    address: whereFrom(visit.address),
    browser: visit.browser === "" ? words("messages")("alert.browser.unknown") : visit.browser,
  }),
  now: visit.now,
  expiresAt: after(visit.now, numbers.delivery.keepFor),
});

/**
 * The recipe of every security change, in one transaction: do it, record it, tell the person by mail (and of the graver
 * ones at the phones that were theirs before), forget trusted devices, end other sessions, unfinished sign-ins and mail
 * links. The fresh proof was asked for by the guard of the action.
 *
 * @param change `keepSessionId` undefined ends every session (a reset); `because` is the reason that the next code
 *   page shows; `addresses` are all that are told, old and new.
 * @param work does the change under the lock of the account; a refusal undoes everything. A session to keep that is over
 *   by then is led to the sign-in before (holdSession), and changes nothing.
 * @param afterwards adds to what was done in the same transaction, when trust and other sessions have ended already:
 *   where this very browser is to be trusted from now on.
 */
export async function securityChange<T, Reason extends string>(
  change: {
    readonly accountId: string;
    readonly addresses: readonly string[];
    readonly keepSessionId: string | undefined;
    readonly kind: EventKind;
    readonly because: TrustEndReason;
    readonly visit: Visit;
    readonly facts?: EventFacts;
    /** For the words of the mail alone: what no record may hold, such as a link. */
    readonly mailFacts?: Readonly<Record<string, string | Date>>;
    /** Numbers that are told besides those that were there before: one that the change adds. */
    readonly newPhones?: readonly PhoneToTell[];
  },
  work: (tx: Transaction) => Promise<Result<T, Reason>>,
  afterwards?: (tx: Transaction, done: T) => Promise<T>,
): Promise<Result<T, Reason>> {
  // Before the change: a phone that is removed is told too.
  const phones = isGrave(change.kind)
    ? [...(await phonesToTell(change.accountId)), ...(change.newPhones ?? [])]
    : [];
  return inTransactionUnlessRefused(async (tx) => {
    const { accountId, keepSessionId, visit } = change;
    // First, because an answer locks its attempt and then the account: the same order cannot deadlock.
    await endAttempts(tx, accountId);
    if (keepSessionId !== undefined) await holdSession(tx, { id: keepSessionId, accountId });
    const done = await work(tx);
    if (!done.ok) return done;
    await record(tx, accountId, change.kind, visit, change.facts, change.keepSessionId);
    await alert(tx, { id: accountId, addresses: change.addresses }, change.kind, visit, {
      ...change.facts,
      ...change.mailFacts,
    });
    await endAllTrust(tx, accountId, change.because, visit.now);
    // Once more, now that the account is held: those that were opened by what held until then, before it was.
    await endAttempts(tx, accountId);
    await deleteSessions(tx, accountId, change.keepSessionId);
    await tx.mailLink.deleteMany({ where: { accountId, usedAt: null, purpose: "reset-password" } });
    await endAtDesk(tx, accountId, visit.now);
    await endRecoveries(tx, accountId, change.keepSessionId, visit);
    // Late: the budgets of a country and of the site are everybody's, and locked until the transaction ends.
    await alertByPhone(tx, accountId, phones, change.kind, visit, change.facts);
    return afterwards === undefined ? done : ok(await afterwards(tx, done.value));
  });
}

/** Ends every unfinished sign-in and proof of an account. */
async function endAttempts(tx: Transaction, accountId: string): Promise<void> {
  await tx.signInAttempt.deleteMany({ where: { accountId } });
}

/**
 * A change of protection overtakes what the support desk was about to do for this account, and an agent whose own
 * account was changed proves themselves at the desk anew: what somebody else may have done there as them is over.
 */
async function endAtDesk(tx: Transaction, accountId: string, now: Date): Promise<void> {
  await endWorkAtDesk(tx, accountId, now);
  await tx.deskRequest.updateMany({
    where: { accountId, carriedOutAt: null, endedAt: null, expiresAt: { gt: now } },
    data: { endedAt: now },
  });
  await tx.accessPass.updateMany({
    where: { accountId, usedAt: null, endedAt: null },
    data: { endedAt: now },
  });
}

/**
 * What was shown for a recovery was shown of an account that is another one now: evidence that is collected counts no
 * more. One that waits ends too when whoever made the change proved themselves with a method, and so needs none.
 */
async function endRecoveries(
  tx: Transaction,
  accountId: string,
  sessionId: string | undefined,
  visit: Visit,
): Promise<void> {
  const ended = await tx.$queryRaw<{ caseNumber: string; startedAt: Date | null }[]>`
    UPDATE "Recovery" SET "endedAt" = now(),
      "endedBecause" = CASE WHEN "startedAt" IS NULL THEN 'changed' ELSE 'signed-in' END
    WHERE "accountId" = ${accountId}::uuid AND "endedAt" IS NULL
      AND ("startedAt" IS NULL OR EXISTS (
        SELECT 1 FROM "Session" s WHERE s."id" = ${sessionId ?? null}::uuid AND s."accountId" = ${accountId}::uuid
          AND s."provenMethodId" IS NOT NULL))
    RETURNING "caseNumber", "startedAt"`;
  for (const { caseNumber, startedAt } of ended)
    if (startedAt !== null)
      await record(tx, accountId, "recovery-ended", visit, { case: caseNumber }, sessionId);
}

/**
 * Ends what an agent has under way at the support desk: their sign-ins there, what they asked for or approved and was not
 * carried out, and passes that came of it and were not used. For everybody who is no agent it ends nothing.
 */
export async function endWorkAtDesk(tx: Transaction, accountId: string, now: Date): Promise<void> {
  await tx.deskSession.deleteMany({ where: { accountId } });
  await tx.deskRequest.updateMany({
    where: {
      OR: [{ requesterId: accountId }, { approverId: accountId }],
      carriedOutAt: null,
      endedAt: null,
      expiresAt: { gt: now },
    },
    data: { endedAt: now },
  });
  await tx.$executeRaw`
    UPDATE "AccessPass" p SET "endedAt" = ${now} FROM "DeskRequest" r
    WHERE r."id" = p."requestId" AND (r."requesterId" = ${accountId}::uuid OR r."approverId" = ${accountId}::uuid)
      AND p."usedAt" IS NULL AND p."endedAt" IS NULL`;
}

/** Why trusted devices ended; each has its sentence for "why am I asked?". */
export type TrustEndReason =
  | "password-changed"
  | "methods-changed"
  | "email-changed"
  | "all-devices-forgotten"
  | "two-step-changed";
