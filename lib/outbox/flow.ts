import "server-only";
import { outboxPath } from "@/lib/delivery";
import { settings } from "@/lib/kernel/config";
import { numbers } from "@/lib/kernel/numbers";
import { isDemonstration } from "@/lib/kernel/site";
import { type OutboxMessage, parseOutbox } from "./rules";
import { readEnd } from "./store";

/** Whether messages of this site lie in the outbox: never with an https SITE_URL. */
function hasOutbox(): boolean {
  const { smsProviders, voiceProviders, emailProviders } = settings();
  return isDemonstration() && [...smsProviders, ...voiceProviders, ...emailProviders].includes("outbox");
}

/** The newest messages of the demonstration, newest first; undefined on a site that has no outbox. */
export async function readOutbox(): Promise<readonly OutboxMessage[] | undefined> {
  if (!hasOutbox()) return undefined;
  return parseOutbox(await readEnd(outboxPath(), numbers.outbox.bytes), numbers.outbox.messages);
}
