import "server-only";
import { z } from "zod";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction, within } from "@/lib/db";
import { enqueue, inLanguageOf, mail } from "@/lib/delivery";
import { after, before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { alert, holdKept, type KeptHeldReason } from "@/lib/proof";
import { lockAccount } from "@/lib/sessions";
import { mailboxBudget, repeatBudget, spendMailOfAddress, unlessRepeated } from "../budgets";
import { linkData, makeLink, readLink } from "../links";
import { type EmailAddress, emailKey, type LinkState, maskedEmail, parseEmail } from "../rules";
import type { ActingSession } from "../settings/flow";
import { consumeLink, endLinks, findOwner, keepTelling, type OwnerRow, writeSecondEmail } from "../store";

/** Why a second address was not asked for. */
export type AskSecondReason = "email-malformed" | "email-same" | "limit" | KeptHeldReason;

/**
 * Asks for a second address: told of whatever happens, and evidence when all ways in are lost. It counts once the link
 * in the mail that goes there was opened; whose mailbox it is besides is nobody's business here.
 */
export async function askSecondEmail(
  session: ActingSession,
  emailText: string,
  visit: Visit,
): Promise<Result<undefined, AskSecondReason>> {
  const { now } = visit;
  const address = parseEmail(emailText);
  if (address === undefined) return refuse("email-malformed");
  const owner = await findOwner(session.accountId);
  // The same mailbox twice would be one address.
  if (owner === undefined || owner.emailKey === address.key) return refuse("email-same");
  const mayAsk = await spendMailOfAddress(visit);
  if (!mayAsk.ok) return mayAsk;
  return unlessRepeated(repeatBudget("second-email", owner.id, address.key), now, () =>
    mailSecond(session, owner, address, visit),
  );
}

async function mailSecond(
  session: ActingSession,
  owner: OwnerRow,
  address: EmailAddress,
  visit: Visit,
): Promise<Result<undefined, AskSecondReason>> {
  const { now } = visit;
  const mayMail = await spend(
    [mailboxBudget("second-email", address.key), mailboxBudget("second-email-of", owner.id)],
    now,
  );
  if (!mayMail.ok) return mayMail;
  return inTransaction(async (tx) => {
    const held = await holdOwner(tx, { accountId: owner.id, sessionId: session.id }, now);
    if (!held.ok) return held;
    await endLinks(tx, owner.id, "confirm-second-email");
    const link = await makeLink(tx, {
      purpose: "confirm-second-email",
      accountId: owner.id,
      emailKey: address.key,
      data: { email: address.email },
      now,
    });
    await enqueue(tx, {
      accountId: owner.id,
      channel: "email",
      purpose: "confirm-second-email",
      to: address.email,
      ...(await inLanguageOf(tx, owner.id, () => mail("mail.confirm-second-email", { link: link.url }))),
      now,
      expiresAt: link.expiresAt,
    });
    const facts = { email: maskedEmail(address.email) };
    await record(tx, owner.id, "second-email-asked", visit, facts, session.id);
    await alert(tx, { id: owner.id, addresses: [owner.email] }, "second-email-asked", visit, facts);
    return ok(undefined);
  });
}

/**
 * Takes the account's lock and reads whose it is as it is then; refused where its second address stays as it is. One in
 * the place of another takes that away.
 */
async function holdOwner(
  tx: Transaction,
  by: { readonly accountId: string; readonly sessionId: string | undefined },
  now: Date,
): Promise<Result<OwnerRow, KeptHeldReason>> {
  await lockAccount(tx, by.accountId);
  const owner = await findOwner(by.accountId, within(tx));
  if (owner === undefined) throw new Error("the account is gone under its lock");
  const held = await holdKept(tx, by, owner.secondEmail === null ? "add" : "take-away", now);
  return held ?? ok(owner);
}

/**
 * A second address that an intruder takes away is told on for a while, as a former first one is. One that came less than a
 * week ago may be the intruder's own: it is told that it is one no longer, and nothing after that.
 */
async function keepTellingSecond(
  tx: Transaction,
  owner: OwnerRow,
  former: string | null,
  now: Date,
): Promise<void> {
  const { secondEmail, secondEmailSince: since } = owner;
  if (former === null || former !== secondEmail || since === null) return;
  if (since > before(now, numbers.recovery.evidenceAge)) return;
  const address = { email: former, key: emailKey(former) ?? former };
  await keepTelling(tx, owner.id, address, after(now, numbers.alerts.formerAddress));
}

const data = z.object({ email: z.string() });

/** A link to a second address as its page shows it. */
export type SecondLink =
  | { readonly state: "live"; readonly email: string }
  | { readonly state: Exclude<LinkState, "live"> };

/** What the page of a link shows. Reads only. */
export async function readSecondLink(token: string, now: Date): Promise<SecondLink> {
  const found = await readLink("confirm-second-email", token, now);
  return found.state === "live" ? { state: "live", email: data.parse(linkData(found.link)).email } : found;
}

/** Why an address did not become the second one. */
export type ConfirmSecondReason = Exclude<LinkState, "live"> | KeptHeldReason;

/** Makes it the second address; whoever has the link reads that mailbox. Everybody is told, the one before it too. */
export async function confirmSecondEmail(
  token: string,
  visit: Visit,
): Promise<Result<undefined, ConfirmSecondReason>> {
  const { now } = visit;
  const found = await readLink("confirm-second-email", token, now);
  if (found.state !== "live") return refuse(found.state);
  const { link } = found;
  const { accountId } = link;
  if (accountId === null) return refuse("unknown");
  const { email } = data.parse(linkData(link));
  return inTransaction(async (tx) => {
    const held = await holdOwner(tx, { accountId, sessionId: undefined }, now);
    if (!held.ok) return held;
    const owner = held.value;
    if (!(await consumeLink(tx, link.id, now))) return refuse("used");
    const former = await writeSecondEmail(tx, owner.id, { email, key: link.emailKey }, now);
    await keepTellingSecond(tx, owner, former, now);
    const facts = { email: maskedEmail(email) };
    await record(tx, owner.id, "second-email-added", visit, facts);
    const addresses = [owner.email, ...(former === null ? [] : [former])];
    await alert(tx, { id: owner.id, addresses }, "second-email-added", visit, facts);
    return ok(undefined);
  });
}

/** Takes the second address away; it is told. Refused when there is none (any more). */
export async function removeSecondEmail(
  session: ActingSession,
  visit: Visit,
): Promise<Result<undefined, "gone" | KeptHeldReason>> {
  return inTransaction(async (tx) => {
    const held = await holdOwner(tx, { accountId: session.accountId, sessionId: session.id }, visit.now);
    if (!held.ok) return held;
    const owner = held.value;
    const former = await writeSecondEmail(tx, owner.id, null, visit.now);
    if (former === null) return refuse("gone");
    await keepTellingSecond(tx, owner, former, visit.now);
    await endLinks(tx, owner.id, "confirm-second-email");
    const facts = { email: maskedEmail(former) };
    await record(tx, owner.id, "second-email-removed", visit, facts, session.id);
    await alert(tx, { id: owner.id, addresses: [owner.email, former] }, "second-email-removed", visit, facts);
    return ok(undefined);
  });
}
