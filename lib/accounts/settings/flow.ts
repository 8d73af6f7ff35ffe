import "server-only";
import { z } from "zod";
import { noteWrongPassword, record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { enqueue, mail } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { inLanguage, type Language, languageNames } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { hashUnlessBusy, passwordForm } from "@/lib/passwords";
import { alert, changesHeldUntil, heldUntil, readHold, securityChange } from "@/lib/proof";
import { holdSession, rotateSession } from "@/lib/sessions";
import { endWhatIsBegun } from "../begun";
import { mailboxBudget, repeatBudget, spendMailOfAddress, unlessRepeated } from "../budgets";
import { compareWithHash, passwordRefusal } from "../judge";
import { linkData, makeLink, readLink } from "../links";
import { type EmailAddress, type LinkState, maskedEmail, type PasswordReason, parseEmail } from "../rules";
import {
  type AccountRow,
  consumeLink,
  endAddressLinks,
  endLinks,
  findAccount,
  findAccountByKey,
  findOwner,
  isOtherLanguage,
  keepTelling,
  updateEmail,
  updateLanguage,
  updateName,
  updatePassword,
} from "../store";

/** Until when address and password stay as they are after a recovery. */
const heldByRecovery = async (accountId: string, now: Date): Promise<Date | undefined> =>
  changesHeldUntil((await findOwner(accountId))?.recoveredAt ?? null, now);

/** The session whose owner changes something; its proof is fresh, the guard of the action saw to that. */
export type ActingSession = { readonly id: string; readonly accountId: string };

/** Gives the account another name and tells its address. The name it has already is no change and no mail. */
export async function changeName(session: ActingSession, name: string, visit: Visit): Promise<void> {
  const account = await findAccount(session.accountId);
  if (account === undefined) return;
  await inTransaction(async (tx) => {
    await holdSession(tx, session);
    if (!(await updateName(tx, account.id, name))) return;
    await record(tx, account.id, "name-changed", visit, {}, session.id);
    await alert(tx, { id: account.id, addresses: [account.email] }, "name-changed", visit);
  });
}

/**
 * Writes to this person in another language from now on. They read so in the one before: an intruder must not be able to
 * make the next alerts unreadable without being seen. Past the day's budget messages stay as they are.
 */
export async function changeLanguage(
  session: ActingSession,
  language: Language,
  visit: Visit,
): Promise<void> {
  const account = await findAccount(session.accountId);
  if (account === undefined || account.language === language) return;
  const mayChange = await spend(
    [{ name: ["language", account.id], ...numbers.languageChoice.accountDay }],
    visit.now,
  );
  if (!mayChange.ok) return;
  await inTransaction(async (tx) => {
    await holdSession(tx, session);
    // Pressed twice: the second one waits here, and finds it done.
    if (!(await isOtherLanguage(tx, account.id, language))) return;
    const facts = { language: languageNames[language] };
    // Before the change, so that it is written in the language that was.
    await alert(tx, { id: account.id, addresses: [account.email] }, "language-changed", visit, facts);
    await record(tx, account.id, "language-changed", visit, facts, session.id);
    await updateLanguage(tx, account.id, language);
  });
}

/** Why a change of address was not asked for; that somebody else has the address is no reason. */
export type AskEmailReason = "held" | "email-malformed" | "email-same" | "limit" | "recovered";

/**
 * Asks for another address. Nothing changes until the new one is confirmed; both are told at once. Where the new address
 * belongs to another account its owner reads that somebody tried, and the screen says the same as ever.
 */
export async function askEmailChange(
  session: ActingSession,
  emailText: string,
  visit: Visit,
): Promise<Result<undefined, AskEmailReason>> {
  const { now } = visit;
  const address = parseEmail(emailText);
  if (address === undefined) return refuse("email-malformed");
  const account = await findAccount(session.accountId);
  if (account === undefined || account.emailKey === address.key) return refuse("email-same");
  const mayAsk = await spendMailOfAddress(visit);
  if (!mayAsk.ok) return mayAsk;
  const recovered = await heldByRecovery(account.id, now);
  if (recovered !== undefined) return refuse("recovered", { retryAt: recovered });
  const held = await readHold(session, now);
  if (held !== undefined) return refuse("held", { retryAt: held });
  return unlessRepeated(repeatBudget("email-change", account.id, address.key), now, () =>
    mailConfirmation(session, account, address, visit),
  );
}

async function mailConfirmation(
  session: ActingSession,
  account: AccountRow,
  address: EmailAddress,
  visit: Visit,
): Promise<Result<undefined, "limit">> {
  const { now } = visit;
  const mayMail = await spend(
    [mailboxBudget("email-change", address.key), mailboxBudget("email-change-of", account.id)],
    now,
  );
  if (!mayMail.ok) return mayMail;

  const owner = await findAccountByKey(address.key);
  await inTransaction(async (tx) => {
    await holdSession(tx, session);
    await endLinks(tx, account.id, "confirm-email");
    const link = await makeLink(tx, {
      purpose: "confirm-email",
      accountId: account.id,
      emailKey: address.key,
      data: { email: address.email },
      now,
    });
    await enqueue(tx, {
      accountId: owner?.id ?? account.id,
      channel: "email",
      purpose: "confirm-email",
      to: owner?.email ?? address.email,
      ...inLanguage((owner ?? account).language, () =>
        owner === undefined
          ? mail("mail.confirm-email", { link: link.url })
          : mail("mail.email-taken", { at: now }),
      ),
      now,
      expiresAt: link.expiresAt,
    });
    const facts = { email: maskedEmail(address.email) };
    await record(tx, account.id, "email-change-asked", visit, facts, session.id);
    await alert(tx, { id: account.id, addresses: [account.email] }, "email-change-asked", visit, facts);
  });
  return ok(undefined);
}

const emailData = z.object({ email: z.string() });

/** A link to a new address as its page shows it. */
export type EmailLink =
  | { readonly state: "live"; readonly email: string }
  | { readonly state: Exclude<LinkState, "live"> | "other-account" };

/** What the page of a link shows; a browser that is signed in to another account learns nothing. Reads only. */
export async function readEmailLink(
  token: string,
  session: ActingSession | undefined,
  now: Date,
): Promise<EmailLink> {
  const found = await readLink("confirm-email", token, now);
  if (found.state !== "live") return found;
  if (session !== undefined && session.accountId !== found.link.accountId) return { state: "other-account" };
  return { state: "live", email: emailData.parse(linkData(found.link)).email };
}

/** Why a new address was not confirmed. */
export type ConfirmEmailReason = Exclude<LinkState, "live"> | "other-account" | "held" | "taken";

/**
 * Makes a new address the account's, signed in or not: whoever has the link reads that mailbox. The browser that is
 * signed in to the account stays so; everywhere else it ends, and so does every other link to an address, a second one too.
 * Both addresses are told.
 *
 * Refused with "held" where a method came by an access pass since it was asked for: whoever was in before its owner came
 * back would go on to take the address away. A recovery ends all links.
 */
export async function confirmEmailChange(
  token: string,
  session: ActingSession | undefined,
  visit: Visit,
): Promise<Result<undefined, ConfirmEmailReason>> {
  const { now } = visit;
  const found = await readLink("confirm-email", token, now);
  if (found.state !== "live") return refuse(found.state);
  const { link } = found;
  if (session !== undefined && session.accountId !== link.accountId) return refuse("other-account");
  const account = link.accountId === null ? undefined : await findAccount(link.accountId);
  if (account === undefined) return refuse("unknown");
  const { email } = emailData.parse(linkData(link));

  try {
    return await securityChange<undefined, ConfirmEmailReason>(
      {
        accountId: account.id,
        addresses: [account.email, email],
        keepSessionId: session?.id,
        kind: "email-changed",
        because: "email-changed",
        visit,
        facts: { email: maskedEmail(email) },
      },
      async (tx) => {
        const held = await heldUntil(tx, { id: session?.id ?? account.id, accountId: account.id }, now);
        if (held !== undefined) return refuse("held");
        if (!(await consumeLink(tx, link.id, now))) return refuse("used");
        const change = { email, emailKey: link.emailKey, replacing: account.emailKey };
        if (!(await updateEmail(tx, account.id, change))) return refuse("taken");
        await endAddressLinks(tx, account.id);
        const former = { email: account.email, key: account.emailKey };
        await keepTelling(tx, account.id, former, after(now, numbers.alerts.formerAddress));
        return ok(undefined);
      },
    );
  } catch (error) {
    // Somebody else got the address in the same moment: the index holds, and nothing of this change stays.
    if (isAddressTaken(error)) return refuse("taken");
    throw error;
  }
}

/** Why the password was not changed; "already" is the same form posted twice, or another tab that was faster. */
export type ChangePasswordReason =
  | "current-missing"
  | "current-wrong"
  | "password-same"
  | "already"
  | "recovered"
  | PasswordReason
  | "limit"
  | "busy";

/**
 * Changes the password of somebody who knows the current one. A wrong current password is a counted failure. This
 * session goes on under a new token (ASVS 7.2.4), which is returned; every other one ends, with what
 * was only begun.
 */
export async function changePassword(
  session: ActingSession,
  input: { readonly current: string; readonly password: string },
  visit: Visit,
): Promise<Result<{ readonly sessionToken: string }, ChangePasswordReason>> {
  const { now } = visit;
  if (input.current === "") return refuse("current-missing");
  const account = await findAccount(session.accountId);
  if (account === undefined) return refuse("already");
  const recovered = await heldByRecovery(account.id, now);
  if (recovered !== undefined) return refuse("recovered", { retryAt: recovered });
  const { id: accountId, emailKey } = account;
  const budgets = [
    { name: ["change-password", accountId, session.id], ...numbers.passwordFailures.accountAndDevice },
  ];
  const judging = { budgets, wrong: "current-wrong", now } as const;
  const proven = await compareWithHash(input.current, account.passwordHash, judging);
  if (!proven.ok) {
    if (proven.reason === "current-wrong")
      await noteWrongPassword({ accountId, emailKey, purpose: "settings", sessionId: session.id }, visit);
    return proven;
  }
  const problem = await passwordRefusal(input.password, account);
  if (problem !== undefined) return refuse(problem);
  if (passwordForm(input.current) === passwordForm(input.password)) return refuse("password-same");
  const hash = await hashUnlessBusy(input.password);
  if (hash === undefined) return refuse("busy");

  return securityChange<{ sessionToken: string }, ChangePasswordReason>(
    {
      accountId: account.id,
      addresses: [account.email],
      keepSessionId: session.id,
      kind: "password-changed",
      because: "password-changed",
      visit,
    },
    async (tx) => {
      if (!(await updatePassword(tx, account.id, { hash, replacing: account.passwordHash, now })))
        return refuse("already");
      await endWhatIsBegun(tx, account.id, visit);
      return ok({ sessionToken: await rotateSession(tx, session.id) });
    },
  );
}

// Prisma's error for a raw statement says which index refused it in its message only.
const isAddressTaken = (error: unknown): boolean =>
  error instanceof Error && error.message.includes("Account_emailKey_key");
