import "server-only";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import type { Budget } from "@/lib/limits";
import { addressBudget, giveBack, spend } from "@/lib/limits";

/** The budget of mails that one network address asks for, whatever they are for. */
export const mailOfAddressBudget = (visit: Visit): Budget =>
  addressBudget("mail-request", visit.address, numbers.mailRequests.addressHour);

/** Spends a mail from it; over it, the person is told. */
export const spendMailOfAddress = (visit: Visit): Promise<Result<undefined, "limit">> =>
  spend([mailOfAddressBudget(visit)], visit.now);

/**
 * Spends a mail from the budget of a mailbox, counted apart for each thing that can be asked for: strangers who sign up
 * with an address must not use up its owner's "Forgot your password?" (AT-116).
 */
export const mailboxBudget = (what: string, emailKey: string): Budget => ({
  name: ["mail-request", "mailbox", what, emailKey],
  ...numbers.mailRequests.mailbox,
});

/** The same request again within half a minute, by a double click or a reload: one mail is enough. */
export const repeatBudget = (...what: readonly string[]): Budget => ({
  name: ["mail-request", "repeat", ...what],
  max: 1,
  window: numbers.attempt.repeatWindow,
});

/**
 * Sends a mail unless it is on its way since a moment ago. One that was refused is not, so that whoever asks once more
 * reads the refusal once more.
 */
export async function unlessRepeated<Reason extends string>(
  repeat: Budget,
  now: Date,
  send: () => Promise<Result<undefined, Reason>>,
): Promise<Result<undefined, Reason>> {
  if (!(await spend([repeat], now)).ok) return ok(undefined);
  const sent = await send();
  if (!sent.ok) await giveBack([repeat]);
  return sent;
}
