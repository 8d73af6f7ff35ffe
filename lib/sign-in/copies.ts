import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import type { Visit } from "@/lib/kernel/visit";
import { alert } from "@/lib/proof";
import { endCopiedTrust } from "@/lib/trusted-devices";

/**
 * A token that was replaced long ago came back, after the right password: somebody has a copy of that browser's cookie,
 * and which of the two is the owner nobody here can know. Its trust ends, its owner is told, and the log says so, in one
 * transaction and once (docs/decisions/0018). True when that browser was trusted until now.
 */
export async function noticeCopy(
  account: {
    readonly accountId: string;
    readonly email: string;
    readonly copiedTokenHash: string | null;
  },
  visit: Visit,
): Promise<boolean> {
  const { accountId, email, copiedTokenHash } = account;
  if (copiedTokenHash === null) return false;
  await inTransaction(async (tx) => {
    const device = await endCopiedTrust(tx, accountId, copiedTokenHash, visit.now);
    if (device === undefined) return;
    await record(tx, accountId, "device-copied", visit, { copied: device.browser });
    await alert(tx, { id: accountId, addresses: [email] }, "device-copied", visit, {
      copied: device.browser,
    });
  });
  return true;
}
