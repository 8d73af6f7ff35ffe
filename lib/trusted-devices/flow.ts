import "server-only";
import { record } from "@/lib/activity";
import type { Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { cookieWith, tokensInCookie } from "./rules";
import { findDevice, writeTrust } from "./store";

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
  const until = after(visit.now, numbers.trustedDevice.lifetime);
  await writeTrust(tx, accountId, known, { tokenHash: hashToken(token), until }, visit);
  await record(tx, accountId, "device-trusted", visit);
  const replaced = tokens.find((candidate) => hashToken(candidate) === known?.tokenHash);
  return cookieWith(cookie, token, replaced);
}
