import "server-only";
import { randomUUID } from "node:crypto";
import { emailKey, findOwner, mailOfAddressBudget, maskedEmail, parseEmail } from "@/lib/accounts";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { enqueue, inLanguageOf, mail } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { alert, holdKept, type KeptHeldReason } from "@/lib/proof";
import { holdSession, type LockedAccount, lockAccount, lockAccounts } from "@/lib/sessions";
import { newSecret } from "../codes";
import { countedFor } from "../rules";
import { findCollecting } from "../view";
import {
  type Asking,
  acceptContact,
  type ContactRow,
  deleteContact,
  findNamer,
  insertContact,
  isOwnMailbox,
  listAsking,
  listContacts,
  listNamedBy,
  listVouching,
  markContactsAsked,
  type NamedBy,
} from "./store";

/** Somebody signed in. */
export type Acting = { readonly id: string; readonly accountId: string; readonly email: string };

/** Whom somebody named. Reads only. */
export const readContacts = (accountId: string): Promise<ContactRow[]> => listContacts(accountId);

const keyOf = ({ email }: Acting): string => emailKey(email) ?? "";

/** A case of somebody who asks for a code: its number, and when and from where it was begun. */
export type AskingCase = Pick<Asking, "caseNumber" | "createdAt" | "address" | "browser">;

/** Who named the person of this session, and the cases in which each of them asks for a code now. Reads only. */
export async function readNamedBy(
  session: Acting,
): Promise<(NamedBy & { readonly cases: readonly AskingCase[] })[]> {
  const [named, asking] = await Promise.all([
    listNamedBy({ accountId: session.accountId, emailKey: keyOf(session) }),
    listAsking(session.accountId),
  ]);
  return named.map((person) => ({
    ...person,
    cases: asking.filter(({ contactId }) => contactId === person.id),
  }));
}

/** Why nobody was named. */
export type NameContactReason = "email-malformed" | "email-own" | "contact-there" | "limit" | KeptHeldReason;

/**
 * Names a recovery contact by their address, which is told, whether or not it has an account here; the answer is the
 * same. They count a week after they accepted.
 */
export async function nameContact(
  session: Acting,
  emailText: string,
  visit: Visit,
): Promise<Result<undefined, NameContactReason>> {
  const address = parseEmail(emailText);
  if (address === undefined) return refuse("email-malformed");
  const owner = await findOwner(session.accountId);
  // One mailbox under two names would be two proofs.
  if (owner === undefined || (await isOwnMailbox(owner.id, address.key))) return refuse("email-own");
  const spent = await spend(
    [
      mailOfAddressBudget(visit),
      { name: ["contact-named", owner.id], ...numbers.recovery.contactMails },
      { name: ["contact-named-mailbox", address.key], ...numbers.mailRequests.mailbox },
    ],
    visit.now,
  );
  if (!spent.ok) return spent;
  return inTransaction(async (tx) => {
    const held = await holdKept(tx, { accountId: owner.id, sessionId: session.id }, "add", visit.now);
    if (held !== undefined) return held;
    const contact = { id: randomUUID(), accountId: owner.id, emailKey: address.key, now: visit.now };
    if (!(await insertContact(tx, contact))) return refuse("contact-there");
    await enqueue(tx, {
      accountId: owner.id,
      channel: "email",
      purpose: "recovery-contact",
      to: address.email,
      ...(await inLanguageOf(tx, owner.id, () => mail("mail.recovery-contact-named", { name: owner.name }))),
      now: visit.now,
      expiresAt: after(visit.now, numbers.delivery.keepFor),
    });
    const facts = { email: maskedEmail(address.email) };
    await record(tx, owner.id, "recovery-contact-named", visit, facts, session.id);
    await alert(tx, { id: owner.id, addresses: [owner.email] }, "recovery-contact-named", visit, facts);
    return ok(undefined);
  });
}

/** Takes a contact away again, by whoever named them. Anybody else's is not there. */
export async function removeContact(
  session: Acting,
  id: string,
  visit: Visit,
): Promise<Result<undefined, "gone" | KeptHeldReason>> {
  return inTransaction(async (tx) => {
    const by = { accountId: session.accountId, sessionId: session.id };
    const held = await holdKept(tx, by, "take-away", visit.now);
    if (held !== undefined) return held;
    const gone = await deleteContact(tx, id, { accountId: session.accountId });
    if (gone === undefined) return refuse("gone");
    const facts = { email: maskedEmail(gone.emailKey) };
    await record(tx, gone.accountId, "recovery-contact-removed", visit, facts, session.id);
    await alert(
      tx,
      { id: gone.accountId, addresses: [session.email] },
      "recovery-contact-removed",
      visit,
      facts,
    );
    return ok(undefined);
  });
}

/** Accepts to be somebody's contact; recorded with whoever named them. */
export async function acceptToHelp(
  session: Acting,
  id: string,
  visit: Visit,
): Promise<Result<undefined, "gone">> {
  return inTransaction(async (tx) => {
    const namer = await holdBoth(tx, session, await findNamer(tx, id));
    const contact = { accountId: session.accountId, emailKey: keyOf(session) };
    if (namer === undefined || !(await acceptContact(tx, id, contact))) return refuse("gone");
    const facts = { email: maskedEmail(session.email) };
    await record(tx, namer.id, "recovery-contact-accepted", anonymous(visit), facts);
    return ok(undefined);
  });
}

/** Is nobody's contact any more, or does not want to be; whoever named them is told. */
export async function declineToHelp(
  session: Acting,
  id: string,
  visit: Visit,
): Promise<Result<undefined, "gone">> {
  return inTransaction(async (tx) => {
    const namer = await holdBoth(tx, session, await findNamer(tx, id));
    const by = { contactId: session.accountId, emailKey: keyOf(session) };
    const gone = namer && (await deleteContact(tx, id, by));
    if (namer === undefined || gone === undefined) return refuse("gone");
    const facts = { email: maskedEmail(gone.emailKey) };
    const seen = anonymous(visit);
    await record(tx, namer.id, "recovery-contact-removed", seen, facts);
    await alert(tx, { id: namer.id, addresses: [namer.email] }, "recovery-contact-removed", seen, facts);
    return ok(undefined);
  });
}

/**
 * Holds the account that named somebody and their own, which may have named each other, before anything of either; and
 * their session. The account that named them, where it is there.
 */
async function holdBoth(
  tx: Transaction,
  session: Acting,
  namerId: string | undefined,
): Promise<LockedAccount | undefined> {
  const accounts = await lockAccounts(tx, [session.accountId, ...(namerId === undefined ? [] : [namerId])]);
  await holdSession(tx, session);
  return accounts.find(({ id }) => id === namerId);
}

// Where a contact is and what they use is theirs, and stands in nobody else's log.
const anonymous = (visit: Visit): Visit => ({ now: visit.now, address: "", browser: "" });

/**
 * Asks the contacts of a recovery for a code. The mails have a budget; without one of it the contacts are shown the case
 * all the same, so that nobody who asked before keeps its owner from a contact whom they call. Whether there is one, and
 * whether they were mailed, is told to nobody: the answer is the same.
 */
export async function askContacts(
  token: string | undefined,
  visit: Visit,
): Promise<Result<undefined, "over">> {
  const recovery = await findCollecting(token);
  if (recovery === undefined) return refuse("over");
  const { accountId, name } = recovery;
  const mayMail = await spend(
    [
      { name: ["recovery-contact-of", recovery.id], ...numbers.recovery.contactMailsEach },
      { name: ["recovery-contact", ...countedFor(recovery)], ...numbers.recovery.contactMails },
    ],
    visit.now,
  );
  await inTransaction(async (tx) => {
    await lockAccount(tx, accountId);
    const isFirst = await markContactsAsked(tx, recovery.id);
    for (const contact of mayMail.ok ? await listVouching(tx, accountId) : [])
      await enqueue(tx, {
        accountId: contact.accountId,
        channel: "email",
        purpose: "recovery-contact",
        to: contact.email,
        ...(await inLanguageOf(tx, contact.accountId, () => mail("mail.recovery-contact-asked", { name }))),
        now: visit.now,
        expiresAt: after(visit.now, numbers.recovery.collect),
      });
    // From now on the contacts are shown the case, mailed or not: its owner sees that.
    if (isFirst || mayMail.ok)
      await record(tx, accountId, "recovery-contact-asked", visit, { case: recovery.caseNumber });
  });
  return ok(undefined);
}

/** Why a contact was shown no code. */
export type GiveReason = "gone" | "limit";

/**
 * Shows a contact, once, the code to read out, for the case whose number the person on the telephone read to them, and for
 * no other. Recorded with whoever asks for it, so that they see who vouched for them.
 */
export async function giveCode(
  session: Acting,
  caseNumber: string,
  visit: Visit,
): Promise<
  Result<{ readonly code: string; readonly name: string; readonly caseNumber: string }, GiveReason>
> {
  const asking = (await listAsking(session.accountId)).find((each) => each.caseNumber === caseNumber);
  if (asking === undefined) return refuse("gone");
  const spent = await spend(
    [
      {
        name: ["contact-code", asking.recoveryId, session.accountId],
        ...numbers.recovery.codeMails,
      },
    ],
    visit.now,
  );
  if (!spent.ok) return spent;
  return inTransaction(async (tx) => {
    // Before the recovery, which the code refers to.
    await holdBoth(tx, session, asking.accountId);
    const code = await newSecret(tx, asking.recoveryId, "contact", asking.contactId);
    await record(tx, asking.accountId, "recovery-contact-answered", anonymous(visit), {
      case: caseNumber,
      email: maskedEmail(session.email),
    });
    return ok({ code, name: asking.name, caseNumber });
  });
}
