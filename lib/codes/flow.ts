import "server-only";
import { randomUUID } from "node:crypto";
import { inTransaction } from "@/lib/db";
import { type CodePurpose, codeCall, codeText, enqueue, type HandOverState, handOver } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result } from "@/lib/kernel/result";
import { isKeyedHash, keyedHash, randomDigits } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, type Budget, spend } from "@/lib/limits";
import { letterOf, numberBlocks } from "./rules";
import { countCodes, insertCode } from "./store";

/** What a code is good for, and nothing else: the HMAC covers all of it (ASVS 6.6.2). */
export type CodeBinding = {
  readonly ownerId: string;
  readonly accountId: string;
  readonly purpose: CodePurpose;
  readonly number: string;
};

const parts = (binding: CodeBinding, digits: string): string[] => [
  binding.ownerId,
  binding.accountId,
  binding.purpose,
  binding.number,
  digits,
];

/** Whether `hash` is the code `digits` for exactly this binding, in constant time. */
export const isCode = (hash: string, binding: CodeBinding, digits: string): boolean =>
  isKeyedHash(hash, "code", parts(binding, digits));

function messageBudgets({ accountId, number, purpose }: CodeBinding, address: string): Budget[] {
  const { prefix, country } = numberBlocks(number);
  const { messages } = numbers;
  return [
    { name: ["message-pause", number, purpose], ...messages.numberPause },
    { name: ["message-hour", number], ...messages.numberHour },
    { name: ["message-day", number], ...messages.numberDay },
    { name: ["message-account", accountId], ...messages.accountDay },
    addressBudget("message-address", address, messages.addressHour),
    { name: ["message-prefix", prefix], ...messages.prefixDay },
    { name: ["message-country", country], ...messages.countryDay },
    { name: ["message-site"], ...messages.siteDay },
  ];
}

/**
 * Sends a new lettered code by text or call, within the budgets: code row and message in one transaction, handed over
 * in this request. Earlier codes of the same owner stay good. Refused with `limit` and the moment to come back.
 */
export async function sendCode(
  binding: CodeBinding,
  to: { readonly methodId: string | null; readonly channel: "text" | "voice" },
  visit: Visit,
): Promise<Result<{ readonly letter: string; readonly state: HandOverState }, "limit">> {
  const { accountId, ownerId, number, purpose } = binding;
  const budget = await spend(messageBudgets(binding, visit.address), visit.now);
  if (!budget.ok) return budget;

  const digits = randomDigits(numbers.code.digits);
  const sent = await inTransaction(async (tx) => {
    const letter = letterOf(await countCodes(tx, ownerId));
    const messageId = await enqueue(tx, {
      accountId,
      channel: to.channel,
      purpose,
      to: number,
      body: to.channel === "text" ? codeText(digits, letter) : codeCall(digits, letter),
      now: visit.now,
      expiresAt: after(visit.now, numbers.code.lifetime),
      isAwaited: true,
    });
    await insertCode(tx, {
      id: randomUUID(),
      ownerId,
      methodId: to.methodId,
      messageId,
      letter,
      hash: keyedHash("code", parts(binding, digits)),
      sentAt: visit.now,
      expiresAt: after(visit.now, numbers.code.lifetime),
    });
    return { letter, messageId };
  });
  return ok({ letter: sent.letter, state: await handOver(sent.messageId) });
}
