import "server-only";
import { type EventFacts, type EventKind, record } from "@/lib/activity";
import { inTransactionUnlessRefused, type Transaction } from "@/lib/db";
import { enqueue, inLanguageOf } from "@/lib/delivery";
import { ok, type Result } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { deleteSessions, holdSession, type LockedAccount, lockAccount } from "@/lib/sessions";
import { endAllTrust } from "@/lib/trusted-devices";
import { alertByPhone, phonesToTell } from "./phones";
import { dropAttempts, dropResetLinks, endAllAtDesk, endRecoveries, findAddressesToTell } from "./store";
import { alertMail } from "./texts";
import { isToldByPhone, type PhoneToTell } from "./told";

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
  const kept = await findAddressesToTell(tx, account.id, visit.now);
  const addresses = [...new Set([...account.addresses, ...kept])];
  const mails = await inLanguageOf(tx, account.id, () =>
    addresses.map((to) => alertMail(account.id, to, key, visit, facts)),
  );
  for (const message of mails) await enqueue(tx, message);
}

/**
 * The recipe of every security change, in one transaction: do it, record it, tell the person by mail (and of what
 * is told by phone at the phones that were theirs before), forget trusted devices, end other sessions, unfinished sign-ins and mail
 * links. The fresh proof was asked for by the guard of the action.
 *
 * @param change `keepSessionId` undefined ends every session (a reset); `because` is the reason that the next code
 *   page shows; `addresses` are all that are told, old and new.
 * @param work does the change; the account is locked and is given as it is then. A refusal undoes everything. A session to
 *   keep that is over by then is led to the sign-in before (holdSession), and changes nothing.
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
  work: (tx: Transaction, account: LockedAccount) => Promise<Result<T, Reason>>,
  afterwards?: (tx: Transaction, done: T) => Promise<T>,
): Promise<Result<T, Reason>> {
  // Before the change: a phone that is removed is told too.
  const phones = isToldByPhone(change.kind)
    ? [...(await phonesToTell(change.accountId)), ...(change.newPhones ?? [])]
    : [];
  return inTransactionUnlessRefused(async (tx) => {
    const { accountId, keepSessionId, visit } = change;
    // First, as an answer does that has its attempt and waits for the account (the order of `lockAccount`).
    await dropAttempts(tx, accountId);
    const account =
      keepSessionId === undefined
        ? await lockAccount(tx, accountId)
        : await holdSession(tx, { id: keepSessionId, accountId });
    const done = await work(tx, account);
    if (!done.ok) return done;
    await record(tx, accountId, change.kind, visit, change.facts, change.keepSessionId);
    await alert(tx, { id: accountId, addresses: change.addresses }, change.kind, visit, {
      ...change.facts,
      ...change.mailFacts,
    });
    await endAllTrust(tx, accountId, change.because, visit.now);
    // Once more, now that the account is locked and none can be opened: those that were until it was.
    await dropAttempts(tx, accountId);
    await deleteSessions(tx, accountId, change.keepSessionId);
    await dropResetLinks(tx, accountId);
    // What somebody else may have done at the desk as this person is over too.
    await endAllAtDesk(tx, accountId, visit.now);
    for (const caseNumber of await endRecoveries(tx, accountId, keepSessionId))
      await record(tx, accountId, "recovery-ended", visit, { case: caseNumber }, keepSessionId);
    // Late: the budgets of a country and of the site are everybody's, and locked until the transaction ends.
    await alertByPhone(tx, accountId, phones, change.kind, visit, change.facts);
    return afterwards === undefined ? done : ok(await afterwards(tx, done.value));
  });
}

/** Why trusted devices ended; each has its sentence for "why am I asked?". */
export type TrustEndReason =
  | "password-changed"
  | "methods-changed"
  | "email-changed"
  | "all-devices-forgotten"
  | "two-step-changed";
