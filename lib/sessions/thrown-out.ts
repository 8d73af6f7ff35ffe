import "server-only";
import type { Transaction } from "@/lib/db";
import { hasSession, type LockedAccount, lockAccountIfThere } from "./store";

/** A session was ended while a request of its own waited. Nothing was done; the next page is the sign-in. */
export class SessionEndedError extends Error {}

// Module state is duplicated between the framework's bundles.
const shared = globalThis as unknown as { latchkeyLeadThrownOut?: () => never };

function lead(): never {
  shared.latchkeyLeadThrownOut?.();
  throw new SessionEndedError("the session of this request was ended meanwhile");
}

/**
 * Says how whoever was thrown out is led on. lib/auth says it, which alone knows the framework, for the whole process;
 * where nobody did, a SessionEndedError is thrown.
 *
 * @param to throws, so that the transaction it is called in ends without a trace.
 */
export function leadThrownOut(to: () => never): void {
  shared.latchkeyLeadThrownOut = to;
}

/**
 * Locks an account and one of its sessions until the transaction ends, and gives the account as it is then (`lockAccount`). A
 * session that was ended since the guard of the action looked is led away, and nothing of the transaction stays: whoever was
 * thrown out does nothing more with the request that was under way.
 */
export async function holdSession(
  tx: Transaction,
  session: { readonly id: string; readonly accountId: string },
): Promise<LockedAccount> {
  const account = await lockAccountIfThere(tx, session.accountId);
  return account !== undefined && (await hasSession(tx, session.id)) ? account : lead();
}
