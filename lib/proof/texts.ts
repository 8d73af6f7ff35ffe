import { type MessageToSend, mail } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { Visit } from "@/lib/kernel/visit";
import { whereFrom } from "@/lib/places";
import { words } from "@/lib/words";

/** One alert as a message: `facts` and when, from where and with which browser fill its words. */
export const alertMail = (
  accountId: string,
  to: string,
  key: string,
  visit: Visit,
  facts: Readonly<Record<string, string | number | Date>> = {},
): MessageToSend => ({
  accountId,
  channel: "email",
  purpose: "alert",
  to,
  ...mail(`alert.${key}`, {
    ...facts,
    at: visit.now,
    address: whereFrom(visit.address),
    browser: visit.browser === "" ? words("messages")("alert.browser.unknown") : visit.browser,
  }),
  now: visit.now,
  expiresAt: after(visit.now, numbers.delivery.keepFor),
});
