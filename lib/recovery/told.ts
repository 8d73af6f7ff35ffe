import "server-only";
import type { Transaction } from "@/lib/db";
import { enqueue, inLanguageOf } from "@/lib/delivery";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { siteUrl } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { alertByPhone, alertMail, type PhoneToTell, phonesToTellSince } from "@/lib/proof";
import { isOldEnough } from "./rules";
import { listFormerAddresses, type RecoveryRow } from "./store";
import { openLink } from "./tokens";

/** What a notice is about; its words are `alert.<kind>` of the catalogue `messages`. */
export type NoticeKind = "recovery-started" | "recovery-waiting" | "recovery-ready" | "recovery-over";

/**
 * Tells every address and number of an account about its recovery, in the transaction of the cause; the ids of what is
 * on its way to its owner for sure: to the first address, and to a second one or a number that was there for a week.
 * A wait does not run by what an intruder put there, or by what a former address is told; nor by a call, which may have
 * rung in an empty house and leaves nothing behind.
 *
 * The owner's addresses get the link to its page and the one that stops it; a former address, which may be anybody's by
 * now or the owner's own until yesterday, the one that stops it. A number gets no link.
 */
export async function tellEverybody(
  tx: Transaction,
  recovery: RecoveryRow,
  kind: NoticeKind,
  facts: Readonly<Record<string, string | number | Date>>,
  /** Whether a number that only takes calls is called: not where it was called for the same before. */
  mayRing = true,
): Promise<string[]> {
  const { link, stop } = openLink(recovery);
  // From where it was begun, whoever sends the notice.
  const visit: Visit = { now: recovery.now, address: recovery.address, browser: recovery.browser };
  const own = [recovery.email, ...(recovery.secondEmail === null ? [] : [recovery.secondEmail])];
  const former = await listFormerAddresses(tx, recovery.accountId);
  const old = before(recovery.now, numbers.recovery.evidenceAge);
  const isSecondOld = isOldEnough(recovery.secondEmailSince, recovery.now);
  const counted = [recovery.email, ...(isSecondOld ? [recovery.secondEmail] : [])];
  const ids: string[] = [];
  for (const to of new Set([...own, ...former])) {
    const links = {
      stop: `${siteUrl()}/recover/stop/${stop}`,
      page: own.includes(to) ? `${siteUrl()}/recover/${link}` : "",
      own: own.includes(to) ? "yes" : "no",
    };
    const all = { case: recovery.caseNumber, ready: new Date(0), days: 0, because: "", ...facts, ...links };
    const message = await inLanguageOf(tx, recovery.accountId, () =>
      alertMail(recovery.accountId, to, kind, visit, all),
    );
    const id = await enqueue(tx, message);
    if (counted.includes(to)) ids.push(id);
  }
  const { phones, old: oldPhones } = await phonesToTellSince(tx, recovery.accountId, old);
  const isOld = (phone: PhoneToTell): boolean => oldPhones.some(({ number }) => number === phone.number);
  const doesCount = (phone: PhoneToTell): boolean => isOld(phone) && phone.channel === "text";
  const reached = mayRing ? phones : phones.filter(({ channel }) => channel === "text");
  const others = reached.filter((phone) => !doesCount(phone));
  // Those that were there before an intruder could have added one come first where a budget is short. All in one turn:
  // with the budgets of some held, those of the rest would be waited for.
  const inTurn = [
    ...reached.filter(doesCount),
    ...others.filter(isOld),
    ...others.filter((phone) => !isOld(phone)),
  ];
  const told = await alertByPhone(tx, recovery.accountId, inTurn, kind, visit, { case: recovery.caseNumber });
  return [...ids, ...told.filter(({ phone }) => doesCount(phone)).map(({ id }) => id)];
}
