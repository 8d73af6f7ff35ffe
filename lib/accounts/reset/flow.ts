import "server-only";
import { randomUUID } from "node:crypto";
import { recordIfThere } from "@/lib/activity";
import { inTransaction, within } from "@/lib/db";
import { enqueue, mail } from "@/lib/delivery";
import { inLanguage } from "@/lib/kernel/language";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { forget, spend } from "@/lib/limits";
import { hashUnlessBusy, strangerBudgets } from "@/lib/passwords";
import { doneBy } from "@/lib/places";
import { changesHeldUntil, securityChange } from "@/lib/proof";
import { lockAccountIfThere } from "@/lib/sessions";
import { endWhatIsBegun } from "../begun";
import { mailboxBudget, repeatBudget, spendMailOfAddress } from "../budgets";
import { passwordRefusal } from "../judge";
import { makeLink, readLink } from "../links";
import { type LinkState, type PasswordReason, parseEmail } from "../rules";
import {
  type AccountRow,
  consumeLink,
  endLinks,
  findAccount,
  findAccountByKey,
  findOwner,
  type LinkRow,
  updatePassword,
} from "../store";

/** Why no answer but a refusal was given; an unknown address is no reason. */
export type AskResetReason = "email-malformed" | "limit";

/**
 * Sends a link to choose a new password to the stored address of the one account that has this address, and ends the
 * earlier ones. Every address gets the same answer after the same statements; where there is no account, the message
 * is over before it begins and goes nowhere.
 */
export async function askReset(emailText: string, visit: Visit): Promise<Result<undefined, AskResetReason>> {
  const { now } = visit;
  const address = parseEmail(emailText);
  if (address === undefined) return refuse("email-malformed");
  const mayAsk = await spendMailOfAddress(visit);
  if (!mayAsk.ok) return mayAsk;
  const mayMail = await spend(
    [repeatBudget("reset", address.key, visit.address, visit.browser), mailboxBudget("reset", address.key)],
    now,
  );
  // To say so would tell a stranger what somebody else asked for.
  if (!mayMail.ok) return ok(undefined);

  const found = await findAccountByKey(address.key);
  await inTransaction(async (tx) => {
    // Two requests at the same moment: the later one sees and ends the earlier one's link.
    await lockAccountIfThere(tx, found?.id ?? randomUUID());
    // Asked again: the address may have been given up before the account was held, and then it is nobody's.
    const owner = await findAccountByKey(address.key, within(tx));
    const account = owner?.id === found?.id ? owner : undefined;
    const accountId = account?.id ?? null;
    const held = accountId ?? randomUUID();
    await endLinks(tx, held, "reset-password");
    await recordIfThere(tx, held, "password-reset-asked", visit);
    const link = await makeLink(tx, { purpose: "reset-password", accountId, emailKey: address.key, now });
    await enqueue(tx, {
      accountId,
      channel: "email",
      purpose: "reset-password",
      to: account?.email ?? "",
      ...inLanguage(account?.language, () =>
        mail("mail.reset-password", { link: link.url, ...doneBy(visit) }),
      ),
      now,
      expiresAt: account === undefined ? now : link.expiresAt,
    });
  });
  return ok(undefined);
}

/**
 * A link with the account whose password it lets be chosen. One that was mailed to an address which is not the account's
 * any more is over: whoever has that mailbox today need not be its owner.
 */
async function findReset(
  token: string,
  now: Date,
): Promise<
  | { readonly state: "live"; readonly link: LinkRow; readonly account: AccountRow }
  | { readonly state: Exclude<LinkState, "live"> }
> {
  const found = await readLink("reset-password", token, now);
  if (found.state !== "live") return found;
  const { link } = found;
  const account = link.accountId === null ? undefined : await findAccount(link.accountId);
  if (account === undefined) return { state: "unknown" };
  return account.emailKey === link.emailKey ? { state: "live", link, account } : { state: "expired" };
}

/** Whether a link still lets a password be chosen; reads only. */
export const readResetLink = async (token: string, now: Date): Promise<LinkState> =>
  (await findReset(token, now)).state;

/** Whose account a link is for that still lets a password be chosen; undefined for any other. Reads only. */
export async function ownerOfResetLink(token: string, now: Date): Promise<string | undefined> {
  const found = await findReset(token, now);
  return found.state === "live" ? found.account.id : undefined;
}

/**
 * Uses a link up without a new password: whoever has lost more than the password begins a recovery with it instead. Whose
 * it was, or undefined when it is over; of two presses one gets it.
 */
export async function takeResetLink(token: string, now: Date): Promise<string | undefined> {
  const found = await findReset(token, now);
  if (found.state !== "live") return undefined;
  const { link, account } = found;
  return inTransaction(async (tx) => {
    await lockAccountIfThere(tx, account.id);
    return (await consumeLink(tx, link.id, now)) ? account.id : undefined;
  });
}

/** Why a new password was not saved. */
export type ResetReason = Exclude<LinkState, "live"> | PasswordReason | "busy" | "recovered";

/**
 * Sets a new password by a link. One press of any number counts; every session, trusted device, unfinished sign-in, other
 * link of the account and whatever else was only begun in it ends. Nobody is signed in by it, and the second step stays
 * what it was.
 */
export async function resetPassword(
  input: { readonly token: string; readonly password: string },
  visit: Visit,
): Promise<Result<undefined, ResetReason>> {
  const { now } = visit;
  const found = await findReset(input.token, now);
  if (found.state !== "live") return refuse(found.state);
  const { link, account } = found;
  // Whoever reads the mailbox alone must not reap what somebody waited for: until then the password is the new one.
  const until = changesHeldUntil((await findOwner(account.id))?.recoveredAt ?? null, now);
  if (until !== undefined) return refuse("recovered", { retryAt: until });
  const problem = await passwordRefusal(input.password, account);
  if (problem !== undefined) return refuse(problem);
  const hash = await hashUnlessBusy(input.password);
  if (hash === undefined) return refuse("busy");

  return securityChange<undefined, ResetReason>(
    {
      accountId: account.id,
      addresses: [account.email],
      keepSessionId: undefined,
      kind: "password-reset",
      because: "password-changed",
      visit,
    },
    async (tx) => {
      if (!(await consumeLink(tx, link.id, now))) return refuse("used");
      await updatePassword(tx, account.id, { hash, now });
      await endWhatIsBegun(tx, account.id, visit);
      // Whoever forgot it has tried the former one here, and would wait with the new one.
      await forget(tx, strangerBudgets(account.emailKey, visit.address));
      return ok(undefined);
    },
  );
}
