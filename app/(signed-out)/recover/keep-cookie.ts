import "server-only";
import { readCookie, writeCookie } from "@/lib/auth";
import { viewRecovery } from "@/lib/recovery";

/** Lets the browser's cookie of a started recovery last no longer than that recovery can; only in an action. */
export async function keepRecoveryCookie(now: Date): Promise<void> {
  const token = await readCookie("recovery");
  const recovery = await viewRecovery("browser", token);
  if (token === undefined || recovery === undefined || recovery.startedAt === null) return;
  if (recovery.neededUntil > now) await writeCookie("recovery", token, { at: recovery.neededUntil, now });
}
