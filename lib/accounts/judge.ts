import "server-only";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { siteName } from "@/lib/kernel/site";
import { type Budget, giveBack, spend } from "@/lib/limits";
import { isPasswordUnlessBusy } from "@/lib/passwords";
import { breachedPasswords } from "./breached";
import { type PasswordReason, passwordProblem } from "./rules";

/** Why this password cannot be chosen for an account, or for one that is asked for; undefined when it can. */
export const passwordRefusal = async (
  password: string,
  account: { readonly email: string; readonly name: string },
): Promise<PasswordReason | undefined> =>
  passwordProblem(password, {
    siteName: siteName(),
    email: account.email,
    name: account.name,
    isOnList: await breachedPasswords(),
  });

/**
 * Compares a password with a hash. The try is spent first, so that parallel ones stay within the budgets, and given back when
 * the password was right or when too many wait to be compared.
 *
 * @param wrong the reason of the caller's own for one that is not right.
 */
export async function compareWithHash<Wrong extends string>(
  password: string,
  passwordHash: string,
  { budgets, wrong, now }: { readonly budgets: readonly Budget[]; readonly wrong: Wrong; readonly now: Date },
): Promise<Result<undefined, Wrong | "limit" | "busy">> {
  const mayTry = await spend(budgets, now);
  if (!mayTry.ok) return mayTry;
  const isRight = await isPasswordUnlessBusy(password, passwordHash);
  if (isRight === false) return refuse(wrong);
  await giveBack(budgets);
  return isRight === undefined ? refuse("busy") : ok(undefined);
}
