import "server-only";
import type { EventFacts } from "@/lib/activity";
import { mayNotSendTo } from "@/lib/codes";
import type { Transaction } from "@/lib/db";
import { alertText, areaBudgets, enqueue, inLanguageOf, numberBlocks } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { Visit } from "@/lib/kernel/visit";
import { type Budget, spendSets } from "@/lib/limits";
import { challengeOf, listActiveMethods } from "@/lib/methods";
import { isGrave, told } from "./told";

/**
 * The numbers of an account that take texts and were proven, as they are before the change; with `since`, only those that
 * were there by then.
 */
export async function phonesToTell(accountId: string, since?: Date): Promise<string[]> {
  const { methods } = await listActiveMethods(accountId);
  const there = methods.filter(({ createdAt }) => since === undefined || createdAt <= since);
  const deliveries = there.flatMap((method) => challengeOf(method) ?? []);
  return [...new Set(deliveries.flatMap(({ channel, to }) => (channel === "text" ? [to] : [])))];
}

/**
 * Texts an alert to each of these numbers, in the transaction of its cause. A country that is switched off and a budget
 * that is used up leave one out: the mail goes in any case. Returns the ids of those that are on their way.
 */
export async function alertByText(
  tx: Transaction,
  accountId: string,
  phones: readonly string[],
  kind: string,
  visit: Visit,
  facts: EventFacts = {},
): Promise<string[]> {
  if (!isGrave(kind)) return [];
  const { alerts } = numbers;
  const reachable: string[] = [];
  // With this purpose the settings alone decide: nothing is asked of the database while the transaction waits.
  for (const number of phones) {
    const { country } = numberBlocks(number);
    if (!(await mayNotSendTo(country, { channel: "text", purpose: "sign-in" }, visit.now)))
      reachable.push(number);
  }
  if (reachable.length === 0) return [];
  const budgetsOf = (number: string): Budget[] => {
    return [
      { name: ["alert-number", told[kind], number], ...alerts.numberDay },
      { name: ["alert-account", told[kind], accountId], ...alerts.accountDay },
      ...areaBudgets(number),
    ];
  };
  const isSpent = await spendSets(tx, reachable.map(budgetsOf), visit.now);
  const text = await inLanguageOf(tx, accountId, () => alertText(kind, { ...facts, at: visit.now }));
  const ids: string[] = [];
  for (const number of reachable.filter((_number, place) => isSpent[place])) {
    const id = await enqueue(tx, {
      accountId,
      channel: "text",
      purpose: "alert",
      to: number,
      ...text,
      now: visit.now,
      expiresAt: after(visit.now, alerts.textUsefulFor),
    });
    ids.push(id);
  }
  return ids;
}
