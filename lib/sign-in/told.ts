import { type NewMessage, sealMessage } from "@/lib/delivery";
import { inLanguage } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import type { Visit } from "@/lib/kernel/visit";
import { alertMail } from "@/lib/proof";

/** Whom a sign-in concerns, as the statements of `store/` read it. */
type Told = {
  readonly accountId: string;
  readonly email: string;
  readonly formerEmails: readonly string[] | null;
  readonly language: string | null;
};

const mailsTo = (
  account: Told,
  key: string,
  visit: Visit,
  facts: Readonly<Record<string, string | number | Date>>,
): NewMessage[] =>
  inLanguage(account.language, () =>
    [...new Set([account.email, ...(account.formerEmails ?? [])])].map((to) =>
      sealMessage(alertMail(account.accountId, to, key, visit, facts)),
    ),
  );

// A choice of an ICU message is a name without a hyphen.
const nameOf = (method: string): string => method.replaceAll("-", "_");

/**
 * What is told of a finished sign-in: that a browser was new to the account, or that one is trusted from now on. A known
 * browser that only signs in is no news.
 */
export function toldOfSignIn(
  account: Told,
  browser: { readonly isNew: boolean; readonly isTrusting: boolean; readonly method: string },
  visit: Visit,
): NewMessage[] {
  const { isNew, isTrusting, method } = browser;
  if (!isNew && !isTrusting) return [];
  return mailsTo(account, isNew ? "new-browser" : "device-trusted", visit, {
    method: nameOf(method),
    trusted: isTrusting ? "yes" : "no",
  });
}

/**
 * What is told of a wrong second step after the right password: at once where the browser is new to the account, and on
 * a browser that is known, whose owner mistypes now and then, when the attempt has no tries left. Once an attempt.
 */
export function toldOfFailure(
  spent: Told & { readonly deviceId: string | null; readonly triesLeft: number },
  method: string,
  purpose: "sign-in" | "proof" | "desk",
  visit: Visit,
): NewMessage[] {
  if (spent.deviceId !== null && spent.triesLeft > 0) return [];
  return mailsTo(spent, "second-step-failed", visit, {
    method: nameOf(method),
    purpose: nameOf(purpose),
  });
}

/** Until when nothing is looked at: of the account, or of the method that is asked. */
type Waiting = Told & { readonly lockedUntil: Date | null; readonly methodWaitsUntil: Date | null };

/** What is told of a wait, once it begins: the account's, or (`isAccounts` false) that of one method. */
export const toldOfWait = (spent: Waiting, isAccounts: boolean, visit: Visit): NewMessage[] =>
  mailsTo(spent, isAccounts ? "second-step-waits" : "method-waits", visit, {
    until: (isAccounts ? spent.lockedUntil : spent.methodWaitsUntil) ?? visit.now,
  });

/** What is told of a method that wrong codes disabled. */
export const toldOfEnd = (spent: Told, visit: Visit): NewMessage[] =>
  mailsTo(spent, "method-disabled", visit, {});

/** What is told of every sign-in at the support desk: whoever is in there as somebody else is found out by this mail. */
export const toldOfDesk = (account: Told, visit: Visit): NewMessage[] =>
  mailsTo(account, "desk-signed-in", visit, {});

/** What is told of a spent recovery code; with few left, that more are needed. */
export const toldOfCode = (account: Told, left: number, visit: Visit): NewMessage[] =>
  mailsTo(
    account,
    left <= numbers.recoveryCodes.warnAt ? "recovery-codes-few" : "recovery-code-used",
    visit,
    { left },
  );
