import "server-only";
import { randomInt, randomUUID } from "node:crypto";
import { inTransaction, type Transaction } from "@/lib/db";
import { now as clock } from "@/lib/kernel/clock";
import { after, before, days } from "@/lib/kernel/durations";
import { currentLanguage, inLanguage, type Language } from "@/lib/kernel/language";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash, keyedHashes, open, seal } from "@/lib/kernel/secrets";
import { spend } from "@/lib/limits";
import { breakerOf } from "./breaker";
import { type Channel, channels, findProvider } from "./channels";
import type { Callback, HandOver, OutgoingMessage, Provider, Report } from "./provider";
import {
  areaBudgets,
  backoff,
  countryOf,
  type FailureReason,
  failures,
  isFailureReason,
  isSilence,
  notTheNumbers,
  statesBefore,
} from "./rules";
import {
  applyReport,
  type ClaimedMessage,
  claimCostly,
  claimDueMessages,
  claimMessage,
  countOfCountry,
  countOfRecipient,
  findKept,
  findLanguage,
  insertMessage,
  markEnded,
  markForRetry,
  markHandedOver,
  markPostponed,
  type NewMessage,
  noteCost,
  replaceFailed,
  type StoredReport,
  wipeKept,
} from "./store";

type Content = { to: string; subject?: string; body: string; language?: Language };

const context = (message: { id: string; accountId: string | null }) => ({
  table: "Message",
  row: message.id,
  account: message.accountId ?? "",
});

/** The moment it is now for work that began at `start`: what is stored fits the moment that was passed in. */
function stopwatch(start: Date): () => Date {
  const began = performance.now();
  return () => after(start, Math.round(performance.now() - began));
}

const luck = (): number => randomInt(0, 1001) / 1000;

/** A message as its cause gives it to the queue. */
export type MessageToSend = {
  /** Of its row, where something else names it before it is written. */
  readonly id?: string;
  readonly accountId: string | null;
  readonly channel: Channel;
  readonly purpose: string;
  /** E.164 for text and voice, an address for e-mail. */
  readonly to: string;
  readonly subject?: string;
  readonly body: string;
  /** In which its words are; without one, that of the work under way. */
  readonly language?: Language;
  readonly now: Date;
  readonly expiresAt: Date;
  /** Somebody waits for it on a page: `handOver` follows in this request; the worker only steps in when that died. */
  readonly isAwaited?: boolean;
};

const recipientParts = (to: string): string[] => ["message", to];

/** A message as its row, sealed: for a statement that writes it along with its cause. */
export function sealMessage(message: MessageToSend): NewMessage {
  const { id = randomUUID(), accountId, channel, purpose, to, now, expiresAt, isAwaited = false } = message;
  const { subject, body, language = currentLanguage() } = message;
  const content: Content = { to, subject, body, language };
  return {
    id,
    accountId,
    channel,
    purpose,
    content: seal(JSON.stringify(content), context({ id, accountId })),
    country: channel === "email" ? null : countryOf(to),
    recipient: keyedHash("phone lookup", recipientParts(to)),
    createdAt: now,
    nextTryAt: isAwaited ? after(now, numbers.delivery.claim) : now,
    expiresAt,
    keptUntil: isAwaited && channels[channel].providers().length > 1 ? keptUntil(now, expiresAt) : null,
    notBy: [],
  };
}

const keptUntil = (now: Date, expiresAt: Date): Date => {
  const looked = after(now, numbers.delivery.nextProviderWithin);
  return looked < expiresAt ? looked : expiresAt;
};

/**
 * Does `work`, which puts a message into words, in the language of the person who gets it, whoever's request this is.
 * Where theirs is not known it stays the one of the request.
 */
export async function inLanguageOf<T>(tx: Transaction, accountId: string, work: () => T): Promise<T> {
  return inLanguage(await findLanguage(tx, accountId), work);
}

/** Queues a message in the transaction of its cause, sealed; returns its id. */
export async function enqueue(tx: Transaction, message: MessageToSend): Promise<string> {
  const row = sealMessage(message);
  await insertMessage(tx, row);
  return row.id;
}

/** How far a message got while its page was being made. */
export type HandOverState = "handed-over" | "still-trying" | "failed";

/**
 * Hands a message over within the request, at most 5 s; after that the person reads "still trying" while it goes on
 * here, or in the worker when this process died. Never throws for a provider's trouble.
 */
export async function handOver(messageId: string, now: Date = clock()): Promise<HandOverState> {
  const message = await claimMessage(messageId, now, after(now, numbers.delivery.claim));
  if (message === undefined) return "still-trying";
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HandOverState>((resolve) => {
    timer = setTimeout(() => resolve("still-trying"), numbers.delivery.withinRequest);
  });
  const delivering = deliver(message, now);
  // Past the limit nobody waits for it any more; what fails then is found again when the claim runs out.
  delivering.catch(() => {});
  try {
    return await Promise.race([delivering, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Hands over what one channel has due until nothing is: handed over, a message lets the next one to its recipient go.
 * Each channel has a round of its own, so that a provider of texts that hangs keeps no mail waiting.
 */
export async function handOverAllDue(channel: Channel, isStopping: () => boolean): Promise<void> {
  while (!isStopping() && (await handOverDue(channel, clock())) > 0);
}

/**
 * Hands over what one channel has due at a moment, at most a batch; returns how many messages were looked at. While a
 * provider is being tried after a rest, one message tries it.
 */
export async function handOverDue(channel: Channel, now: Date): Promise<number> {
  const readiness = channels[channel].providers().map(({ name }) => breakerOf(name, channel).readiness(now));
  if (readiness.every((one) => one === "resting")) return 0;
  const limit = readiness.includes("ready") ? numbers.delivery.batch : 1;
  const due = await claimDueMessages(channel, now, after(now, numbers.delivery.claim), limit);
  await Promise.all(due.map((message) => deliver(message, now)));
  return due.length;
}

function openContent(message: ClaimedMessage): Content | undefined {
  try {
    return JSON.parse(open(message.content ?? "", context(message))) as Content;
  } catch {
    return undefined;
  }
}

/**
 * Asks one provider. Silence, however it comes about, is a refusal that may be tried again: never lost, never logged. A
 * fault of a provider's module is treated the same, and logged: it will not go away by itself.
 */
async function ask(provider: Provider, message: OutgoingMessage, limit: number): Promise<HandOver> {
  const signal = AbortSignal.timeout(limit);
  const silence = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([provider.send(message, signal), silence]);
  } catch (error) {
    if (!isSilence(error)) log.warn({ provider: provider.name, err: error }, "a provider's module failed");
    return { state: "refused", reason: "no-answer", isFinal: false };
  }
}

/** Who may still be asked for a message: not those that took its words before and failed. */
const leftFor = (channel: Channel, notBy: readonly string[]): Provider[] =>
  channels[channel].providers().filter(({ name }) => !notBy.includes(name));

/** When to ask a provider what a message cost; undefined for one that says so at once, or never. */
const costAskAt = (provider: Provider | undefined, now: Date): Date | undefined =>
  provider?.findCost === undefined ? undefined : after(now, numbers.delivery.askCost.first);

async function deliver(message: ClaimedMessage, start: Date): Promise<HandOverState> {
  const now = stopwatch(start);
  if (message.content === null || message.expiresAt <= start) {
    await markEnded(message.id, "expired", "expired", null, start);
    return "failed";
  }
  const { channel } = message;
  const content = openContent(message);
  if (content === undefined) return tryLater(message, "unreadable", null, now());
  if (channel === undefined) {
    await markEnded(message.id, "failed", "no-channel", null, now());
    return "failed";
  }

  const providers = leftFor(channel, message.notBy);
  let refusal: { reason: FailureReason; provider: string } | undefined;
  let mayChange = false; // whether another try could end otherwise
  for (const [place, provider] of providers.entries()) {
    const breaker = breakerOf(provider.name, channel);
    if (!breaker.take(now())) {
      mayChange = true;
      continue;
    }
    const { withinProvider } = numbers.delivery;
    const limit = place === providers.length - 1 ? withinProvider.last : withinProvider.before;
    const usefulFor = Math.max(1, Math.floor((message.expiresAt.getTime() - now().getTime()) / 1000));
    const outgoing = { id: message.id, channel, purpose: message.purpose, usefulFor, ...content };
    const said = await ask(provider, outgoing, limit);
    if (said.state === "refused" && failures[said.reason].isTrouble && provider.isPlayed !== true) {
      if (breaker.wasInTrouble(now()))
        log.warn({ provider: provider.name, channel, reason: said.reason }, "a provider rests");
    } else breaker.answered();

    if (said.state !== "refused") {
      const { state, providerId, cost } = said;
      const taken = {
        state,
        provider: provider.name,
        providerId,
        cost,
        costAskAt: costAskAt(provider, now()),
      };
      await markHandedOver(message.id, taken, now());
      for (const { after: wait, report } of said.later ?? []) reportLater(provider.name, wait, report, now);
      return "handed-over";
    }
    refusal = { reason: said.reason, provider: provider.name };
    mayChange ||= !said.isFinal;
    if (!failures[said.reason].mayAskNext) {
      mayChange = !said.isFinal;
      break;
    }
  }

  if (refusal === undefined && mayChange) {
    await markPostponed(message.id, now(), Math.round(numbers.delivery.breaker.rest * luck()));
    return "still-trying";
  }
  const { reason, provider } = refusal ?? { reason: "no-channel" as const, provider: null };
  if (mayChange) return tryLater(message, reason, provider, now());
  await markEnded(message.id, "failed", reason, provider, now());
  return "failed";
}

async function tryLater(
  message: ClaimedMessage,
  reason: FailureReason,
  provider: string | null,
  now: Date,
): Promise<HandOverState> {
  const wait = backoff(message.tries, reason, luck());
  if (wait === undefined) {
    await markEnded(message.id, "failed", reason, provider, now);
    return "failed";
  }
  await markForRetry(message.id, reason, now, wait);
  return "still-trying";
}

function reportLater(provider: string, wait: number, report: () => Promise<Report>, now: () => Date): void {
  setTimeout(() => {
    // A demonstration that stops in between loses a report; so does a carrier now and then.
    report()
      .then((said) => noteReport(provider, said, now()))
      .catch(() => {});
  }, wait).unref();
}

async function noteReport(providerName: string, report: Report, now: Date): Promise<void> {
  const stored = {
    state: report.state,
    messageId: report.messageId,
    providerId: report.providerId,
    reason: report.reason,
    cost: report.cost,
    costAskAt: costAskAt(findProvider(providerName), now),
  };
  if (report.state === "failed" && (await goesOn(providerName, stored, now))) return;
  await applyReport(providerName, stored, statesBefore(report.state), now);
}

/**
 * A code that its provider could not deliver after all, for a reason that is not the phone's: while somebody may be
 * waiting for it, the next provider of its channel gets it, in a message of its own with the same code. Costs what a
 * message costs, so the budgets of prefix, country and site are spent; the code counts once for its number and account.
 */
async function goesOn(provider: string, report: StoredReport, now: Date): Promise<boolean> {
  if (report.reason === undefined || !isFailureReason(report.reason)) return false;
  if (!failures[report.reason].mayAskNext) return false;
  const from = statesBefore("failed");
  const failed = await findKept(provider, report, from, now);
  const content = failed && openContent(failed);
  if (failed === undefined || content === undefined) return false;
  const notBy = [...failed.notBy, provider];
  const { channel, accountId, purpose, expiresAt } = failed;
  if (channel === undefined || leftFor(channel, notBy).length === 0) return false;
  if (!(await spend(areaBudgets(content.to), now)).ok) return false;

  const sealed = sealMessage({
    ...content,
    accountId,
    channel,
    purpose,
    now,
    expiresAt,
  });
  const next = { ...sealed, keptUntil: failed.keptUntil, notBy };
  return inTransaction((tx) => replaceFailed(tx, { id: failed.id, provider, report, from }, next, now));
}

/**
 * Does what can wait: asks providers what messages cost that they could not say at once, and wipes words that were kept
 * for a next provider. Returns how many costs were found.
 */
export async function tidyUp(now: Date = clock()): Promise<number> {
  const { wipeBatch } = numbers.delivery;
  while ((await wipeKept(now, wipeBatch)) === wipeBatch);
  const { again, batch, limit } = numbers.delivery.askCost;
  const found = await Promise.all(
    (await claimCostly(now, again, batch)).map(async ({ id, provider, providerId, channel }) => {
      const cost = await findProvider(provider)
        ?.findCost?.({ providerId, channel }, AbortSignal.timeout(limit))
        // No answer is no cost yet; it is asked for again.
        .catch(() => undefined);
      if (cost !== undefined) await noteCost(id, cost);
      return cost !== undefined;
    }),
  );
  return found.filter(Boolean).length;
}

/**
 * Takes a provider's call-back. Refused when the provider is not in use here, when its signature is not the provider's,
 * or when it cannot be read. Repeated, late and out-of-order reports are taken and change nothing.
 */
export async function receiveReport(
  providerName: string,
  callback: Callback,
): Promise<Result<undefined, "unknown" | "forged" | "malformed">> {
  const provider = findProvider(providerName);
  if (provider?.readReport === undefined) return refuse("unknown");
  const read = provider.readReport(callback);
  if (!read.ok) {
    if (read.reason === "forged") log.warn({ provider: providerName }, "a call-back was not the provider's");
    return read;
  }
  if (read.value !== undefined) await noteReport(provider.name, read.value, callback.now);
  return ok(undefined);
}

/** How a number has done in the last thirty days. */
export type NumberHealth = {
  /** Messages with a code. */
  readonly sent: number;
  /** Messages whose code was used. */
  readonly confirmed: number;
  /** Failures of the number itself since the last message that arrived; trouble of ours or a provider's is not among them. */
  readonly failedInRow: number;
};

/** How texts and calls to a number in E.164 have done lately: for its budget of codes, and to warn its owner in time. */
export const numberHealth = (number: string, now: Date): Promise<NumberHealth> =>
  countOfRecipient(
    keyedHashes("phone lookup", recipientParts(number)),
    before(now, numbers.messages.unconfirmed.lookBack),
    notTheNumbers,
  );

/** Whether messages of a channel cost nothing: they go to the outbox and nowhere else. */
export const isFree = (channel: Channel): boolean =>
  channels[channel].providers().every(({ name }) => name === "outbox");

/** What went to a country in the last day, how much of it was not answered yet, and in the seven days before. */
export const countryTraffic = (
  country: string,
  now: Date,
): Promise<{ readonly today: number; readonly unconfirmed: number; readonly earlier: number }> => {
  const dayAgo = before(now, days(1));
  return countOfCountry(country, dayAgo, before(dayAgo, numbers.messages.suddenCountry.average));
};
