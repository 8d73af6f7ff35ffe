import "server-only";
import type { EventFacts } from "@/lib/activity";
import { mayNotSendTo } from "@/lib/codes";
import { type Transaction, within } from "@/lib/db";
import { alertCall, alertText, areaBudgets, enqueue, inLanguageOf, numberBlocks } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { Visit } from "@/lib/kernel/visit";
import { type Budget, spendSets } from "@/lib/limits";
import { challengeOf, listActiveMethods, type MethodData } from "@/lib/methods";
import { isToldByPhone, type NameByPhone, onePerNumber, type PhoneToTell, rings, told } from "./told";

const numbersOf = (methods: readonly MethodData[]): PhoneToTell[] =>
  onePerNumber(methods.flatMap((method) => challengeOf(method) ?? []));

/**
 * The numbers of an account that were proven, as they are before the change, and how each is reached. Who can only be
 * called is called.
 */
export const phonesToTell = async (accountId: string): Promise<PhoneToTell[]> =>
  numbersOf((await listActiveMethods(accountId)).methods);

/** The same as a transaction sees them, and which of them were there by a moment. */
export async function phonesToTellSince(
  tx: Transaction,
  accountId: string,
  since: Date,
): Promise<{ readonly phones: readonly PhoneToTell[]; readonly old: readonly PhoneToTell[] }> {
  const { methods } = await listActiveMethods(accountId, within(tx));
  return {
    phones: numbersOf(methods),
    old: numbersOf(methods.filter(({ createdAt }) => createdAt <= since)),
  };
}

/**
 * Tells each of these phones of an alert, in the transaction of its cause: by text, or by a call where that is how the
 * number is reached and the alert is one that rings. A country that is switched off and a budget that is used up leave
 * one out: the mail goes in any case. Returns which are told, and by what message.
 */
export async function alertByPhone(
  tx: Transaction,
  accountId: string,
  phones: readonly PhoneToTell[],
  kind: string,
  visit: Visit,
  facts: EventFacts = {},
): Promise<{ readonly id: string; readonly phone: PhoneToTell }[]> {
  if (!isToldByPhone(kind)) return [];
  const reachable: PhoneToTell[] = [];
  for (const phone of phones) {
    if (phone.channel === "voice" && !rings(kind)) continue;
    const { country } = numberBlocks(phone.number);
    // With this purpose the settings alone decide: nothing is asked of the database while the transaction waits.
    if (!(await mayNotSendTo(country, { channel: phone.channel, purpose: "sign-in" }, visit.now)))
      reachable.push(phone);
  }
  if (reachable.length === 0) return [];
  const isSpent = await spendSets(
    tx,
    reachable.map((phone) => budgetsOf(kind, accountId, phone)),
    visit.now,
  );
  const allowed = reachable.filter((_phone, place) => isSpent[place]);
  const { textUsefulFor, callUsefulFor } = numbers.alerts;
  const onTheirWay: { id: string; phone: PhoneToTell }[] = [];
  for (const phone of allowed) {
    const { number, channel } = phone;
    const values = { ...facts, at: visit.now };
    const wording = await inLanguageOf(tx, accountId, () =>
      channel === "voice" ? alertCall(kind, values) : alertText(kind, values),
    );
    const id = await enqueue(tx, {
      accountId,
      channel,
      purpose: "alert",
      to: number,
      ...wording,
      now: visit.now,
      expiresAt: after(visit.now, channel === "voice" ? callUsefulFor : textUsefulFor),
    });
    onTheirWay.push({ id, phone });
  }
  return onTheirWay;
}

/**
 * What telling one phone spends: nothing of what codes spend from, but the shares of prefix, country and site, and past
 * those a fifth.
 */
function budgetsOf(kind: NameByPhone, accountId: string, { number, channel }: PhoneToTell): Budget[] {
  const { alerts } = numbers;
  const ofNumber: Budget[] =
    channel === "voice"
      ? [
          { name: ["alert-call-pause", told[kind], number], ...alerts.callPause },
          { name: ["alert-call", told[kind], number], ...alerts.callDay },
        ]
      : [{ name: ["alert-number", told[kind], number], ...alerts.numberDay }];
  return [
    ...ofNumber,
    { name: ["alert-account", told[kind], accountId], ...alerts.accountDay },
    ...areaBudgets(number, alerts.areaShare),
  ];
}
