import "server-only";
import { query, type Transaction, within } from "@/lib/db";
import { type Refusal, refuse } from "@/lib/kernel/result";
import { holdSession, lockAccount } from "@/lib/sessions";
import { changesHeldUntil } from "./rules";
import { findHold } from "./store";

type Session = { readonly id: string; readonly accountId: string };

/**
 * Until when this session may take nothing away from its account; undefined when it may. A method that came by a way
 * back in (an access pass, a recovery) holds the others for seven days: whatever is proven by it, or by something that
 * could have been made with it such as a recovery code, removes none of them. A proof by a method that is not held is
 * its owner's, and is not bound.
 */
export const heldUntil = (tx: Transaction, session: Session, now: Date): Promise<Date | undefined> =>
  findHold(within(tx), session, now);

/** The same for a page that only looks. */
export const readHold = (session: Session, now: Date): Promise<Date | undefined> =>
  findHold(query, session, now);

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
  const { recoveredAt } =
    sessionId === undefined
      ? await lockAccount(tx, accountId)
      : await holdSession(tx, { id: sessionId, accountId });
  const recovered = changesHeldUntil(recoveredAt, now);
  if (recovered !== undefined) return refuse("recovered", { retryAt: recovered });
  if (change === "add") return undefined;
  const held = await heldUntil(tx, { id: sessionId ?? accountId, accountId }, now);
  return held && refuse("held", { retryAt: held });
}
