import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import type { Visit } from "@/lib/kernel/visit";
import { alert } from "@/lib/proof";
import { deleteSession, lockAccountIfThere, type SessionRow } from "@/lib/sessions";
import { endCopiedTrust } from "@/lib/trusted-devices";

/**
 * A token that was replaced long ago came back, after the right password or a passkey: somebody has a copy of that
 * browser's cookie, and which of the two is the owner nobody here can know. Its trust ends, its owner is told, and the
 * log says so, in one transaction and once (docs/decisions/0018). True when that browser was trusted until now.
 */
export async function noticeCopy(
  account: {
    readonly accountId: string;
    readonly email: string;
    readonly copiedTokenHash: string | null;
  },
  /** What was right, beside the token that came back. */
  proof: "password" | "passkey",
  visit: Visit,
): Promise<boolean> {
  const { accountId, email, copiedTokenHash } = account;
  if (copiedTokenHash === null) return false;
  await inTransaction(async (tx) => {
    await lockAccountIfThere(tx, accountId);
    const device = await endCopiedTrust(tx, accountId, copiedTokenHash, visit.now);
    if (device === undefined) return;
    await record(tx, accountId, "device-copied", visit, { copied: device.browser });
    await alert(tx, { id: accountId, addresses: [email] }, "device-copied", visit, {
      copied: device.browser,
      proof,
    });
  });
  return true;
}

/**
 * A session is used by another browser than the one that signed in: its cookie was copied, and which of the two is the
 * owner nobody here can know. It ends for both, its owner is told, and the log says so, in one transaction and once
 * (docs/decisions/0026).
 */
export const endCopiedSession = (
  session: Pick<SessionRow, "id" | "accountId" | "email" | "browser">,
  visit: Visit,
): Promise<void> =>
  inTransaction(async (tx) => {
    await lockAccountIfThere(tx, session.accountId);
    if ((await deleteSession(tx, session.accountId, session.id)) === undefined) return;
    const facts = { ended: session.browser };
    await record(tx, session.accountId, "session-copied", visit, facts, session.id);
    await alert(tx, { id: session.accountId, addresses: [session.email] }, "session-copied", visit, facts);
  });
