import { z } from "zod";

/** One line of the outbox file: a message that the demonstration's phone or mailbox got. */
export type OutboxMessage = {
  readonly id: string;
  readonly at: Date;
  readonly channel: "text" | "voice" | "email";
  /** E.164 for text and voice, an address for e-mail. */
  readonly to: string;
  readonly subject: string;
  readonly body: string;
};

const line = z.object({
  id: z.string(),
  at: z.iso.datetime().transform((text) => new Date(text)),
  channel: z.enum(["text", "voice", "email"]),
  to: z.string(),
  subject: z.string().default(""),
  body: z.string(),
});

/**
 * The messages in the end of an outbox file, newest first, at most `limit`. A line that is torn (the file was cut in
 * front, or an append is still on its way) or is not ours is left out.
 */
export function parseOutbox(text: string, limit: number): OutboxMessage[] {
  const messages: OutboxMessage[] = [];
  const lines = text.split("\n");
  for (let place = lines.length - 1; place >= 0 && messages.length < limit; place -= 1) {
    const parsed = line.safeParse(jsonOf(lines[place] ?? ""));
    if (parsed.success) messages.push(parsed.data);
  }
  return messages;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
