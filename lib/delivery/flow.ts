import "server-only";
import { randomUUID } from "node:crypto";
import type { Transaction } from "@/lib/db";
import { now as clock } from "@/lib/kernel/clock";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { open, seal } from "@/lib/kernel/secrets";
import { type Channel, channels } from "./channels";
import type { OutgoingMessage } from "./provider";
import { backoff } from "./rules";
import {
  type ClaimedMessage,
  claimDueMessages,
  claimMessage,
  insertMessage,
  markEnded,
  markForRetry,
  markHandedOver,
  type NewMessage,
} from "./store";

type Content = { to: string; subject?: string; body: string };

const context = (message: { id: string; accountId: string | null }) => ({
  table: "Message",
  row: message.id,
  account: message.accountId ?? "",
});

export type MessageToSend = {
  readonly accountId: string | null;
  readonly channel: Channel;
  readonly purpose: string;
  /** E.164 for text and voice, an address for e-mail. */
  readonly to: string;
  readonly subject?: string;
  readonly body: string;
  readonly now: Date;
  readonly expiresAt: Date;
  /** Somebody waits for it on a page: `handOver` follows in this request; the worker only steps in when that died. */
  readonly isAwaited?: boolean;
};

/** A message as its row, sealed: for a statement that writes it along with its cause. */
export function sealMessage(message: MessageToSend): NewMessage {
  const id = randomUUID();
  const { accountId, channel, purpose, now, expiresAt } = message;
  const content: Content = { to: message.to, subject: message.subject, body: message.body };
  return {
    id,
    accountId,
    channel,
    purpose,
    content: seal(JSON.stringify(content), context({ id, accountId })),
    createdAt: now,
    nextTryAt: message.isAwaited === true ? after(now, numbers.delivery.claim) : now,
    expiresAt,
  };
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
 * Hands a message over within the request, at most 5 s; after that the person reads "still trying" and the worker goes
 * on. Never throws for a provider's trouble.
 */
export async function handOver(messageId: string): Promise<HandOverState> {
  const now = clock();
  const message = await claimMessage(messageId, now, after(now, numbers.delivery.claim));
  return message === undefined ? "still-trying" : deliver(message);
}

/** Hands over a batch of due messages; returns how many there were. */
export async function handOverDue(): Promise<number> {
  const now = clock();
  const due = await claimDueMessages(now, after(now, numbers.delivery.claim), numbers.delivery.batch);
  await Promise.all(due.map(deliver));
  return due.length;
}

async function deliver(message: ClaimedMessage): Promise<HandOverState> {
  const now = clock();
  if (message.content === null || message.expiresAt <= now) {
    await markEnded(message.id, "expired", "expired");
    return "failed";
  }
  const provider = channels[message.channel as Channel]?.provider();
  if (provider === undefined) {
    await markEnded(message.id, "failed", "no-channel");
    return "failed";
  }
  try {
    const { to, subject, body } = JSON.parse(open(message.content, context(message))) as Content;
    const outgoing: OutgoingMessage = {
      id: message.id,
      channel: message.channel as Channel,
      to,
      subject,
      body,
      purpose: message.purpose,
    };
    const signal = AbortSignal.timeout(numbers.delivery.withinRequest);
    const said = await provider.send(outgoing, signal);
    if (said.state !== "refused") {
      await markHandedOver(message.id, said.state, provider.name, said.providerId, clock());
      return "handed-over";
    }
    if (said.isFinal || message.tries >= numbers.delivery.maxTries) {
      await markEnded(message.id, "failed", said.reason);
      return "failed";
    }
    await markForRetry(message.id, said.reason, clock(), backoff(message.tries));
    return "still-trying";
  } catch {
    // The provider did not answer, or the content does not open: tried again, never lost, never logged.
    await markForRetry(message.id, "no-answer", clock(), backoff(message.tries));
    return "still-trying";
  }
}
