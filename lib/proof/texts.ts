import { type MessageToSend, mail } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { Visit } from "@/lib/kernel/visit";
import { doneBy } from "@/lib/places";

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
    ...doneBy(visit),
  }),
  now: visit.now,
  expiresAt: after(visit.now, numbers.delivery.keepFor),
});
