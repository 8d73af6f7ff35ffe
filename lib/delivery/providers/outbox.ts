import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { now } from "@/lib/kernel/clock";
import { settings } from "@/lib/kernel/config";
import { seconds } from "@/lib/kernel/durations";
import type { HandOver, OutgoingMessage, Provider, Report } from "../provider";

/** Where the demonstration's messages lie, one JSON object a line. */
export const outboxPath = (): string => join(settings().dataDir, "outbox.jsonl");

async function lay({ id, channel, to, subject, body, purpose }: OutgoingMessage): Promise<void> {
  const line = JSON.stringify({ id, at: now().toISOString(), channel, to, subject, body, purpose });
  // One append of one line: whole or not at all, also with several instances on one file.
  await appendFile(outboxPath(), `${line}\n`, { mode: 0o600 });
}

const laterOnly = (wait: number, report: Report) => ({ after: wait, report: async () => report });

type Play = (message: OutgoingMessage, signal: AbortSignal) => HandOver | Promise<HandOver>;

/**
 * The numbers at which the outbox plays a carrier: +1 907 555 01xx, which North America keeps for films, by their last
 * two digits (docs/delivery.md). Everywhere else everything is delivered at once.
 */
const plays: Readonly<Record<string, Play>> = {
  // Slow: the carrier has it after 8 s, the phone after 25 s.
  "01": (message) => ({
    state: "handed-over",
    providerId: message.id,
    later: [
      laterOnly(seconds(8), { messageId: message.id, state: "accepted" }),
      {
        after: seconds(25),
        report: async () => {
          await lay(message);
          return { messageId: message.id, state: "delivered" };
        },
      },
    ],
  }),
  // A landline that looks like a mobile phone: takes calls only.
  "02": async (message) => {
    if (message.channel === "text") return { state: "refused", reason: "landline", isFinal: true };
    await lay(message);
    return { state: "delivered", providerId: message.id };
  },
  // Unreachable: switched off, or out of reach.
  "03": (message) => ({
    state: "handed-over",
    providerId: message.id,
    later: [
      laterOnly(seconds(2), { messageId: message.id, state: "accepted" }),
      laterOnly(seconds(6), { messageId: message.id, state: "failed", reason: "unreachable" }),
    ],
  }),
  // The carrier refuses it, at once.
  "04": () => ({ state: "refused", reason: "carrier-refused", isFinal: true }),
  // Taken, and never heard of again; it does arrive.
  "05": async (message) => {
    await lay(message);
    return { state: "accepted", providerId: message.id };
  },
  // The provider hangs, and lets go only when the time is up.
  "06": (_message, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
  // The provider has too much to do.
  "07": () => ({ state: "refused", reason: "busy", isFinal: false }),
  // The person once answered STOP.
  "08": () => ({ state: "refused", reason: "blocked", isFinal: true }),
};

/**
 * The provider of the demonstration: appends each message to `DATA_DIR/outbox.jsonl`, where /outbox and the tests read
 * it. Refused when SITE_URL is https.
 */
export const outbox: Provider = {
  name: "outbox",
  isPlayed: true,
  send: async (message, signal) => {
    const play = plays[/^\+190755501(\d\d)$/.exec(message.to)?.[1] ?? ""];
    if (play !== undefined) return play(message, signal);
    await lay(message);
    return { state: "delivered", providerId: message.id };
  },
};
