import "server-only";
import { randomUUID } from "node:crypto";
import { record } from "@/lib/activity";
import type { Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { cookieWith, tokensInCookie } from "./rules";
import { findDevice } from "./store";

/**
 * Makes this browser trusted for the account ("Don't require codes on this device"), 30 days from now and no longer,
 * whatever happens in between. The token is new every time. Returns the new value of the cookie `devices`.
 */
export async function trustBrowser(
  tx: Transaction,
  accountId: string,
  cookie: string | undefined,
  visit: Visit,
): Promise<string> {
  const tokens = tokensInCookie(cookie);
  const known = await findDevice(tx, accountId, tokens.map(hashToken));
  const token = randomToken();
  const facts = {
    tokenHash: hashToken(token),
    browser: visit.browser,
    address: visit.address,
    lastSeenAt: visit.now,
    trustedAt: visit.now,
    trustedUntil: after(visit.now, numbers.trustedDevice.lifetime),
    trustEndedAt: null,
    trustEndedBecause: null,
    secondStepAt: known?.secondStepAt ?? visit.now,
  };
  if (known === undefined)
    await tx.device.create({ data: { id: randomUUID(), accountId, createdAt: visit.now, ...facts } });
  else await tx.device.update({ where: { id: known.id }, data: facts });
  await record(tx, accountId, "device-trusted", visit);
  const replaced = tokens.find((candidate) => hashToken(candidate) === known?.tokenHash);
  return cookieWith(cookie, token, replaced);
}
