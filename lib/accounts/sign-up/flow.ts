import "server-only";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { enqueue, mail } from "@/lib/delivery";
import { currentLanguage, inLanguage } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, isSame, randomToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, spend } from "@/lib/limits";
import { hashUnlessBusy } from "@/lib/passwords";
import { doneBy } from "@/lib/places";
import { mailboxBudget, repeatBudget, spendMailOfAddress } from "../budgets";
import { compareWithHash, passwordRefusal } from "../judge";
import { linkData, makeLink, readLink } from "../links";
import { type LinkState, type PasswordReason, parseEmail } from "../rules";
import {
  consumeLink,
  deletePendingSignUps,
  findAccountByKey,
  holdPendingSignUps,
  insertAccount,
  type LinkRow,
} from "../store";

/** Why an account was not asked for. That its address has one already is no reason: nobody is told. */
export type SignUpReason = "email-malformed" | PasswordReason | "limit" | "busy";

const pendingData = z.object({
  name: z.string(),
  email: z.string(),
  passwordHash: z.string(),
  /** SHA-256 of the cookie of the browser that asked. */
  browserHash: z.string(),
});

/**
 * Asks for an account: nothing but a link exists until the address is confirmed. Known and unknown addresses get the
 * same answer after the same statements and one mail each; a known one reads that it has an account already.
 *
 * @param input `browserToken` is what the cookie `sign-up` of this browser holds already, if anything.
 * @returns the value for that cookie; none when this was a repetition, or the mailbox got its three mails this hour.
 */
export async function beginSignUp(
  input: {
    readonly name: string;
    readonly email: string;
    readonly password: string;
    readonly browserToken: string | undefined;
  },
  visit: Visit,
): Promise<Result<{ readonly browserToken: string | undefined }, SignUpReason>> {
  const { now } = visit;
  const address = parseEmail(input.email);
  if (address === undefined) return refuse("email-malformed");
  const problem = await passwordRefusal(input.password, { email: address.email, name: input.name });
  if (problem !== undefined) return refuse(problem);
  const mayAsk = await spendMailOfAddress(visit);
  if (!mayAsk.ok) return mayAsk;

  const passwordHash = await hashUnlessBusy(input.password);
  if (passwordHash === undefined) return refuse("busy");
  const mayMail = await spend(
    [
      repeatBudget("sign-up", address.key, visit.address, visit.browser),
      mailboxBudget("sign-up", address.key),
    ],
    now,
  );
  if (!mayMail.ok) return ok({ browserToken: undefined });

  const known = await findAccountByKey(address.key);
  const browserToken =
    input.browserToken !== undefined && isTokenShaped(input.browserToken)
      ? input.browserToken
      : randomToken();
  await inTransaction(async (tx) => {
    // A known address gets a link as well, whose token nobody ever learns, so that both cost the same (ASVS 6.3.8).
    const link = await makeLink(tx, {
      purpose: "confirm-sign-up",
      accountId: null,
      emailKey: address.key,
      data:
        known === undefined
          ? { name: input.name, email: address.email, passwordHash, browserHash: hashToken(browserToken) }
          : {},
      now,
    });
    const text =
      known === undefined
        ? mail("mail.confirm-sign-up", { link: link.url })
        : inLanguage(known.language, () => mail("mail.account-exists", doneBy(visit)));
    await enqueue(tx, {
      accountId: known?.id ?? null,
      channel: "email",
      purpose: "sign-up",
      // Only ever the stored address of an account, not what somebody typed that compares like it (AT-078).
      to: known?.email ?? address.email,
      ...text,
      now,
      expiresAt: link.expiresAt,
    });
  });
  return ok({ browserToken });
}

/** Why a new account's address was not confirmed. */
export type ConfirmSignUpReason =
  | Exclude<LinkState, "live">
  | "taken"
  | "password-missing"
  | "password-wrong"
  | "limit"
  | "busy";

/** A link as its page shows it. */
export type SignUpLink =
  | { readonly state: "live"; readonly email: string; readonly isPasswordNeeded: boolean }
  | { readonly state: Exclude<LinkState, "live"> };

/** What the page of a link shows; reads only. */
export async function readSignUpLink(
  token: string,
  browserToken: string | undefined,
  now: Date,
): Promise<SignUpLink> {
  const found = await readLink("confirm-sign-up", token, now);
  if (found.state !== "live") return found;
  const pending = pendingOf(found.link);
  return pending === undefined
    ? { state: "unknown" }
    : { state: "live", email: pending.email, isPasswordNeeded: !isSameBrowser(pending, browserToken) };
}

/**
 * Confirms the address of a new account and makes the account. A browser that did not ask for it must know the password
 * that was chosen: otherwise a stranger could sign up with somebody's address and have the owner confirm the stranger's
 * password (pre-hijacking, AT-096). Of any number of presses one makes the account. Nobody is signed in by it.
 */
export async function confirmSignUp(
  input: {
    readonly token: string;
    readonly browserToken: string | undefined;
    readonly password: string;
  },
  visit: Visit,
): Promise<Result<undefined, ConfirmSignUpReason>> {
  const { now } = visit;
  const found = await readLink("confirm-sign-up", input.token, now);
  if (found.state !== "live") return refuse(found.state);
  const { link } = found;
  const pending = pendingOf(link);
  if (pending === undefined) return refuse("unknown");
  if (!isSameBrowser(pending, input.browserToken)) {
    if (input.password === "") return refuse("password-missing");
    const budgets = [
      { name: ["confirm-sign-up", link.id], ...numbers.passwordFailures.accountAndDevice },
      addressBudget("confirm-sign-up", visit.address, numbers.passwordFailures.addressMinute),
    ];
    const judging = { budgets, wrong: "password-wrong", now } as const;
    const proven = await compareWithHash(input.password, pending.passwordHash, judging);
    if (!proven.ok) return proven;
  }

  return inTransaction(async (tx) => {
    await holdPendingSignUps(tx, link.emailKey);
    if (!(await consumeLink(tx, link.id, now))) return refuse("used");
    const id = randomUUID();
    const { name, email, passwordHash } = pending;
    const isMade = await insertAccount(tx, {
      id,
      name,
      email,
      emailKey: link.emailKey,
      passwordHash,
      language: currentLanguage(),
      createdAt: now,
    });
    // Somebody confirmed another sign-up of this address first; this link stays used up.
    if (!isMade) return refuse("taken");
    await deletePendingSignUps(tx, link.emailKey, link.id);
    await record(tx, id, "account-created", visit);
    return ok(undefined);
  });
}

/** What a link of a sign-up carries; undefined for the one of an address that had an account. */
function pendingOf(link: LinkRow): z.output<typeof pendingData> | undefined {
  const parsed = pendingData.safeParse(linkData(link));
  return parsed.success ? parsed.data : undefined;
}

const isSameBrowser = (pending: { browserHash: string }, browserToken: string | undefined): boolean =>
  browserToken !== undefined && isSame(hashToken(browserToken), pending.browserHash);
