import "server-only";
import { sendCode } from "@/lib/codes";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHashes } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, spend } from "@/lib/limits";
import { beginMethod, identityOf } from "@/lib/methods";
import { countedFor, stateOf } from "../rules";
import { findBy } from "../store";
import { findCollecting } from "../view";
import { bindingOf, openNumber, sealNumber } from "./sealed";
import { hadNumber, keepAskedNumber, keepNumber, takeAskedNumber } from "./store";

/** Why no number was taken. Whether it was the account's is no reason, and is told to nobody. */
export type NumberReason = "over" | "number-malformed" | "limit";

/**
 * Takes down a number that somebody says they had before. It is looked at afterwards, by nobody who waits for an answer
 * (`textAskedNumbers`): so neither what is answered nor how long that takes tells whether it was theirs.
 */
export async function askOldNumber(
  token: string | undefined,
  typed: string,
  visit: Visit,
): Promise<Result<undefined, NumberReason>> {
  const row = await findCollecting(token);
  if (row === undefined) return refuse("over");
  const begun = beginMethod("phone", { number: typed, country: "", channel: "text" });
  const number = begun.ok ? identityOf(begun.value) : null;
  if (number === null) return refuse("number-malformed");
  const { recovery, account, addressHour } = numbers.recovery.oldNumber;
  const spent = await spend(
    [
      addressBudget("recovery-number", visit.address, addressHour),
      { name: ["recovery-number-of", row.id], ...recovery },
      { name: ["recovery-number", ...countedFor(row)], ...account },
    ],
    visit.now,
  );
  if (!spent.ok) return spent;
  await keepAskedNumber(row.id, sealNumber(row, number));
  return ok(undefined);
}

/**
 * Looks at the numbers that were typed, and texts a code to those that their account had for long enough and has no more,
 * within the budgets of every code. One that cannot be looked at is in no other one's way. A round of its own: a provider
 * takes seconds for a text, and no notice waits for that.
 */
export async function textAskedNumbers(isStopping: () => boolean = () => false): Promise<void> {
  for (let count = 0; count < numbers.recovery.batch && !isStopping(); count += 1) {
    const asked = await takeAskedNumber();
    if (asked === undefined) return;
    try {
      await textAskedNumber(asked);
    } catch (error) {
      log.warn({ err: error }, "a number of a recovery could not be looked at");
    }
  }
}

async function textAskedNumber(asked: {
  readonly tokenHash: string;
  readonly sealed: string;
}): Promise<void> {
  const row = await findBy("browser", asked.tokenHash);
  if (row === undefined || stateOf(row, row.now) !== "collecting") return;
  const number = openNumber(row, asked.sealed);
  if (!(await hadNumber(row.accountId, keyedHashes("phone lookup", [row.accountId, number])))) return;
  await keepNumber(row.id, asked.sealed);
  // From where it was begun. What a budget refuses, nobody is told: it would say that the number was right.
  const visit: Visit = { now: row.now, address: row.address, browser: row.browser };
  await sendCode(bindingOf(row, number), { methodId: null, channel: "text" }, visit);
}
