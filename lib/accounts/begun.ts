import "server-only";
import { record } from "@/lib/activity";
import type { Transaction } from "@/lib/db";
import type { Visit } from "@/lib/kernel/visit";
import { dropUnfinished } from "@/lib/setup";
import { maskedEmail } from "./rules";
import { deleteInvitations, endAddressLinks } from "./store";

/**
 * Ends what was begun in an account and would take effect later, in the transaction of a new password, whose caller holds
 * the account: links to another address, invitations of recovery contacts, a set-up that was not turned on. Somebody else may
 * have begun it, and a new password is how they are thrown out. What had taken effect already was told, and stays.
 */
export async function endWhatIsBegun(tx: Transaction, accountId: string, visit: Visit): Promise<void> {
  await endAddressLinks(tx, accountId);
  await endInvitations(tx, accountId, visit);
  await dropUnfinished(tx, accountId);
}

/**
 * Ends the invitations that nobody accepted, in the transaction of a new password: they have no end of their own, and whoever
 * named somebody while they were in would have evidence a week after that one accepts. Each is recorded; the mail of the
 * change is the caller's.
 */
async function endInvitations(tx: Transaction, accountId: string, visit: Visit): Promise<void> {
  for (const invited of await deleteInvitations(tx, accountId))
    await record(tx, accountId, "recovery-contact-removed", visit, { email: maskedEmail(invited) });
}
