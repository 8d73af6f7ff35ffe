import "server-only";
import { randomUUID } from "node:crypto";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import {
  areaBudgets,
  type CodePurpose,
  codeCall,
  codeText,
  enqueue,
  type HandOverState,
  handOver,
  inLanguageOf,
  numberBlocks,
} from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { inLanguage } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { isKeyedHash, keyedHash, open, randomDigits, seal } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, type Budget, budgetLeft, spend } from "@/lib/limits";
import type { TaskFacts } from "@/lib/proof";
import { lockAccount } from "@/lib/sessions";
import { dayOfNumber, mayNotSendTo } from "./countries";
import { type Allowance, allowance, isBeingCalled, nextLetter } from "./rules";
import { findNewestCode, findNextCode, insertCode, lockCode, pointCode } from "./store";

/** What a code is good for, and nothing else: the HMAC covers all of it (ASVS 6.6.2). */
export type CodeBinding = {
  readonly ownerId: string;
  readonly accountId: string;
  readonly purpose: CodePurpose;
  readonly number: string;
  /** What a fresh proof is asked for; a code for one action proves no other. */
  readonly action?: string | null;
};

/** Which method a code is of, and what its message says that it does; without a task, that it signs in or confirms. */
type CodeOf = { readonly methodId: string | null; readonly task?: TaskFacts };

const parts = (binding: CodeBinding, digits: string): string[] => [
  binding.ownerId,
  binding.accountId,
  binding.purpose,
  binding.number,
  ...(binding.action == null ? [] : [binding.action]),
  digits,
];

/** Whether `hash` is the code `digits` for exactly this binding, in constant time. */
export const isCode = (hash: string, binding: CodeBinding, digits: string): boolean =>
  isKeyedHash(hash, "code", parts(binding, digits));

/** A call that repeats a text that did not come must not wait for the pause after that text; it has its own. */
type Pause = CodePurpose | `${CodePurpose}-call`;

function messageBudgets(
  { accountId, action, number }: CodeBinding,
  address: string,
  numberDay: { readonly max: number; readonly window: number },
  pause: Pause,
): Budget[] {
  const { messages } = numbers;
  return [
    // Whoever may see the settings and then removes something needs another code at once; the hour bounds the sum.
    { name: ["message-pause", number, pause, ...(action == null ? [] : [action])], ...messages.numberPause },
    { name: ["message-hour", number], ...messages.numberHour },
    { name: ["message-day", number], ...numberDay },
    { name: ["message-account", accountId], ...messages.accountDay },
    addressBudget("message-address", address, messages.addressHour),
    ...areaBudgets(number),
  ];
}

/** What the log says of a code that went out: never the code, and of the number its end. */
const sentFacts = ({ number, purpose }: CodeBinding, channel: string, letter: string) => ({
  method: "phone",
  channel,
  purpose,
  letter,
  lastDigits: number.slice(-2),
});

const sealContext = (id: string, accountId: string) => ({ table: "Code", row: id, account: accountId });

/** What may still be sent to a number, for a page that says so before somebody asks; reads only. */
export async function allowanceOf(binding: CodeBinding, visit: Visit): Promise<Allowance> {
  const numberDay = await dayOfNumber(binding.number, binding.purpose, visit.now);
  const budgets = messageBudgets(binding, visit.address, numberDay, binding.purpose);
  const [pause, ...others] = await budgetLeft(budgets, visit.now);
  return allowance(pause, others);
}

/** Why no code was sent. */
export type SendReason = "limit" | "country-off";

/**
 * What every code goes through before it is sent. Refused before anything is spent with `country-off` where the site
 * sends nothing (by its settings, or held), and with `limit` and the moment to come back; a number that had codes and
 * never used one has a smaller day.
 */
async function spendMessage(
  binding: CodeBinding,
  channel: "text" | "voice",
  pause: Pause,
  visit: Visit,
): Promise<Result<undefined, SendReason>> {
  const { number, purpose } = binding;
  const { country } = numberBlocks(number);
  if (await mayNotSendTo(country, { channel, purpose }, visit.now)) return refuse("country-off", { country });
  const numberDay = await dayOfNumber(number, purpose, visit.now);
  return spend(messageBudgets(binding, visit.address, numberDay, pause), visit.now);
}

/**
 * Sends a new lettered code by text or call, within the budgets: code row and message in one transaction, handed over
 * in this request. Earlier codes of the same owner stay good. Refused as `spendMessage` says.
 */
export async function sendCode(
  binding: CodeBinding,
  to: CodeOf & { readonly channel: "text" | "voice" },
  visit: Visit,
): Promise<
  Result<{ readonly letter: string; readonly messageId: string; readonly state: HandOverState }, SendReason>
> {
  const { accountId, ownerId, number, purpose } = binding;
  const spent = await spendMessage(binding, to.channel, purpose, visit);
  if (!spent.ok) return spent;

  const digits = randomDigits(numbers.code.digits);
  const id = randomUUID();
  const expiresAt = after(visit.now, numbers.code.lifetime);
  const messageId = randomUUID();
  const code = {
    id,
    ownerId,
    methodId: to.methodId,
    messageId,
    hash: keyedHash("code", parts(binding, digits)),
    sealed: seal(digits, sealContext(id, accountId)),
    sentAt: visit.now,
    expiresAt,
  };
  const letter = await inTransaction(async (tx) => {
    const { letter, language } = await storeCode(tx, code, binding, to.channel, visit);
    await enqueue(tx, {
      id: messageId,
      accountId,
      channel: to.channel,
      purpose,
      to: number,
      ...inLanguage(language, () =>
        to.channel === "text" ? codeText(digits, letter, to.task) : codeCall(digits, letter, to.task),
      ),
      now: visit.now,
      expiresAt,
      isAwaited: true,
    });
    return letter;
  });
  return ok({ letter, messageId, state: await handOver(messageId, visit.now) });
}

/**
 * Stores a code with the next letter of its owner. Where another one that is sent at this moment was faster with that
 * letter, it is committed by then and the one after it is taken: each turn, somebody's code was stored.
 */
async function storeCode(
  tx: Transaction,
  code: Omit<Parameters<typeof insertCode>[1], "letter">,
  binding: CodeBinding,
  channel: "text" | "voice",
  { address, browser }: Visit,
): Promise<{ readonly letter: string; readonly language: string | null }> {
  const { accountId, ownerId } = binding;
  for (;;) {
    const { letters, language } = await findNextCode(tx, ownerId, accountId);
    const letter = nextLetter(letters);
    const note = { accountId, address, browser, facts: sentFacts(binding, channel, letter) };
    if (await insertCode(tx, { ...code, letter }, note)) return { letter, language };
  }
}

/**
 * Calls the number of a text that did not come, and says the same code: it keeps its letter and its end. Pressed twice,
 * it calls once.
 *
 * Refused with "gone" when there is no such code, or it ends too soon to be typed in.
 */
export async function repeatByCall(
  binding: CodeBinding,
  { methodId, task }: CodeOf,
  visit: Visit,
): Promise<Result<undefined, SendReason | "gone">> {
  const { accountId, ownerId, number, purpose } = binding;
  const code = await findNewestCode(ownerId, methodId);
  if (code === undefined || code.usedAt !== null || code.sealed === null) return refuse("gone");
  if (code.expiresAt <= after(visit.now, numbers.line.callWithin)) return refuse("gone");
  if (isBeingCalled(code, visit.now)) return ok(undefined);
  const spent = await spendMessage(binding, "voice", `${purpose}-call`, visit);
  if (!spent.ok) return spent;

  const digits = open(code.sealed, sealContext(code.id, accountId));
  const messageId = await inTransaction(async (tx) => {
    await lockAccount(tx, accountId);
    if ((await lockCode(tx, code.id)) === undefined) return undefined;
    const called = await enqueue(tx, {
      accountId,
      channel: "voice",
      purpose,
      to: number,
      ...(await inLanguageOf(tx, accountId, () => codeCall(digits, code.letter, task))),
      now: visit.now,
      expiresAt: code.expiresAt,
      isAwaited: true,
    });
    await pointCode(tx, code.id, called);
    await record(tx, accountId, "code-sent", visit, sentFacts(binding, "voice", code.letter));
    return called;
  });
  if (messageId === undefined) return refuse("gone");
  await handOver(messageId, visit.now);
  return ok(undefined);
}
