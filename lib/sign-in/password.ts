/** The password, for whatever it is asked: its budgets, the comparison, and its hash made anew. */
import "server-only";
import { emailKey } from "@/lib/accounts";
import { noteWrongPassword } from "@/lib/activity";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, type Budget, budgetColumns, giveBackKeys } from "@/lib/limits";
import { hashUnlessBusy, isHashOutdated, isPasswordUnlessBusy, strangerBudgets } from "@/lib/passwords";
import { presentedTokens } from "@/lib/trusted-devices";
import type { BeginReason } from "./posts";
import { findAttempt } from "./store/attempts";
import { type Candidate, replacePasswordHash, spendPasswordTry } from "./store/password";

const { passwordFailures: passwordLimits } = numbers;

function passwordBudgets(key: string, visit: Visit): { known: Budget[]; unknown: Budget[] } {
  const byAddress = [
    addressBudget("password-minute", visit.address, passwordLimits.addressMinute),
    addressBudget("password-hour", visit.address, passwordLimits.addressHour),
  ];
  return {
    known: byAddress,
    unknown: [
      ...byAddress,
      ...strangerBudgets(key, visit.address),
      { name: ["password-unknown", key], ...passwordLimits.accountUnknownBrowsers },
    ],
  };
}

/** What a password is asked for, as the log of its account says it of a wrong one. */
export type PasswordAsked =
  | { readonly purpose: "sign-in" | "recovery" | "desk" | "access-pass" }
  | { readonly purpose: "proof"; readonly sessionId: string };

/** Spends the password budgets, then compares. The same words and the same time whether the address has an account. */
export async function comparePassword(
  email: string,
  password: string,
  devices: string | undefined,
  visit: Visit,
  asked: PasswordAsked,
): Promise<Result<RightPassword, BeginReason>> {
  const key = emailKey(email);
  const budgets = passwordBudgets(key ?? "", visit);
  const known = budgetColumns(budgets.known);
  const unknown = budgetColumns(budgets.unknown);
  const candidate = await spendPasswordTry({
    emailKey: key ?? "",
    tokens: presentedTokens(devices),
    // The device's own budget is added by the statement, which knows whether there is one.
    known: {
      keys: known.keys,
      max: [...known.max, passwordLimits.accountAndDevice.max],
      windows: [...known.windows, passwordLimits.accountAndDevice.window],
    },
    unknown,
    now: visit.now,
    address: visit.address,
  });
  if (candidate.refused !== null) return refuse("limit", { retryAt: candidate.retryAt ?? undefined });
  const { spentKeys } = candidate;
  const isRight = await isPasswordUnlessBusy(password, candidate.passwordHash ?? undefined);
  if (isRight === undefined) {
    // Nothing was compared, so nobody failed.
    await giveBackKeys(spentKeys);
    return refuse("busy");
  }
  if (!isRight || candidate.accountId === null || candidate.passwordHash === null) {
    const { accountId } = candidate;
    await noteWrongPassword({ accountId, emailKey: key ?? "", ...asked }, visit);
    return refuse("wrong-password");
  }
  return ok({ candidate: candidate as Known, spentKeys });
}

export type Known = Candidate & { accountId: string; passwordHash: string; email: string };

/** Whose password it was, and the budgets that were spent to compare it. */
export type RightPassword = { readonly candidate: Known; readonly spentKeys: string[] };

/**
 * Only the password, for a recovery: counted, compared and answered as the first post of a sign-in, which it is not:
 * nothing is sent and nothing is opened.
 */
export async function provePassword(
  input: { readonly email: string; readonly password: string; readonly devices: string | undefined },
  visit: Visit,
): Promise<Result<{ readonly accountId: string }, BeginReason>> {
  const compared = await comparePassword(input.email, input.password, input.devices, visit, {
    purpose: "recovery",
  });
  if (!compared.ok) return compared;
  await giveBackKeys(compared.value.spentKeys);
  return ok({ accountId: compared.value.candidate.accountId });
}

/** Whose password was right in an unfinished sign-in; undefined when that is over. */
export async function provenByAttempt(token: string | undefined, now: Date): Promise<string | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  return (await findAttempt(hashToken(token), "sign-in", now))?.accountId;
}

/**
 * Hashes a password that was right anew, where its hash was made with older parameters or an older pepper. Not while the
 * waiting line is full: the old one still works, and the next sign-in makes the new one.
 */
export async function rehash(accountId: string, stored: string, password: string): Promise<void> {
  if (!isHashOutdated(stored)) return;
  const hash = await hashUnlessBusy(password);
  if (hash !== undefined) await replacePasswordHash(accountId, stored, hash);
}
