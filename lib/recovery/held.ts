import "server-only";
import type { Transaction } from "@/lib/db";
import { type Refusal, refuse } from "@/lib/kernel/result";
import { heldUntil } from "@/lib/proof";
import { holdSession } from "@/lib/sessions";
import { lockAccount } from "@/lib/setup";
import { changesHeldUntil } from "./rules";

/** Why a second address and the contacts stay as they are. */
export type KeptHeldReason = "recovered" | "held";

/**
 * Takes the account's lock, and says why what is kept for its next recovery stays as it is: for 48 hours after the last
 * one; and, where something is taken away, as long as methods are held that came by a way back in. Without a session
 * (by a link of a mail) nothing proves that a method is not held.
 */
export async function holdKept(
  tx: Transaction,
  by: { readonly accountId: string; readonly sessionId: string | undefined },
  change: "add" | "take-away",
  now: Date,
): Promise<Refusal<KeptHeldReason> | undefined> {
  const { accountId, sessionId } = by;
  if (sessionId !== undefined) await holdSession(tx, { id: sessionId, accountId });
  const { recoveredAt } = await lockAccount(tx, accountId);
  const recovered = changesHeldUntil(recoveredAt, now);
  if (recovered !== undefined) return refuse("recovered", { retryAt: recovered });
  if (change === "add") return undefined;
  const held = await heldUntil(tx, { id: sessionId ?? accountId, accountId }, now);
  return held && refuse("held", { retryAt: held });
}
