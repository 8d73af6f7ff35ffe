import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { enqueue, numberHealth } from "@/lib/delivery";
import { before } from "@/lib/kernel/durations";
import { inLanguage } from "@/lib/kernel/language";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { challengeOf, describeMethod, openMethodData } from "@/lib/methods";
import { alertMail } from "@/lib/proof";
import { lockAccountIfThere } from "@/lib/sessions";
import { stepFor } from "./rules";
import { clearWarned, listWatched, markWarned, type WatchedMethod } from "./store";

/**
 * Looks at the numbers whose messages failed or arrived lately: whoever's number failed three times in a row is told by
 * mail, once, and sees it in the account; one that works again is no longer marked. Returns how many were told. Any
 * number of instances may look at once.
 */
export async function lookAtNumbers(now: Date): Promise<number> {
  const { lookBack, batch } = numbers.numberHealth;
  let told = 0;
  for (const method of await listWatched(before(now, lookBack), batch)) {
    // One that cannot be looked at must not keep from everybody after it what they have to know.
    const isTold = await lookAtNumber(method, now).catch((error) => {
      log.warn({ err: error }, "a number could not be looked at");
      return false;
    });
    if (isTold) told += 1;
  }
  return told;
}

async function lookAtNumber(row: WatchedMethod, now: Date): Promise<boolean> {
  const method = openMethodData("Method", row);
  const delivery = method === undefined ? null : challengeOf(method);
  if (method === undefined || delivery === null) return false;
  const { failedInRow } = await numberHealth(delivery.to, now);
  const step = stepFor(failedInRow, row.warnedAt !== null);
  if (step === "clear") await clearWarned(row.id);
  if (step !== "warn") return false;

  const { kind, ...shown } = describeMethod(method);
  const facts = { method: kind, ...shown };
  return inTransaction(async (tx) => {
    if ((await lockAccountIfThere(tx, row.accountId)) === undefined) return false;
    if (!(await markWarned(tx, row.id, now))) return false;
    // Nobody's browser had a part in it, so the mail names none.
    const visit = { now, address: "", browser: "" };
    await record(tx, row.accountId, "number-failing", visit, facts);
    await enqueue(
      tx,
      inLanguage(row.language, () => alertMail(row.accountId, row.email, "number-failing", visit, facts)),
    );
    return true;
  });
}
