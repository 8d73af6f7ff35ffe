import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { now } from "@/lib/kernel/clock";
import { settings } from "@/lib/kernel/config";
import type { Provider } from "../provider";

/** Where the demonstration's messages lie, one JSON object a line. */
export const outboxPath = (): string => join(settings().dataDir, "outbox.jsonl");

/**
 * The provider of the demonstration: appends each message to `DATA_DIR/outbox.jsonl`, where /outbox and the tests read
 * it. Refused when SITE_URL is https.
 */
export const outbox: Provider = {
  name: "outbox",
  send: async ({ id, channel, to, subject, body, purpose }) => {
    const line = JSON.stringify({ id, at: now().toISOString(), channel, to, subject, body, purpose });
    // One append of one line: whole or not at all, also with several instances on one file.
    await appendFile(outboxPath(), `${line}\n`, { mode: 0o600 });
    return { state: "delivered", providerId: id };
  },
};
