import "server-only";
import type { Transaction } from "@/lib/db";
import type { Visit } from "@/lib/kernel/visit";
import { endInvitations } from "@/lib/recovery";
import { dropUnfinished } from "@/lib/setup";
import { endAddressLinks } from "./store";

/**
 * Ends what was begun in an account and would take effect later, in the transaction of a new password, whose caller holds
 * the account: links to another address, invitations of recovery contacts, a set-up that was not turned on. Somebody else may
 * have begun it, and a new password is how they are thrown out. What had taken effect already was told, and stays.
 */
export async function endWhatIsBegun(tx: Transaction, accountId: string, visit: Visit): Promise<void> {
  await endAddressLinks(tx, accountId, visit.now);
  await endInvitations(tx, accountId, visit);
  await dropUnfinished(tx, accountId);
}
