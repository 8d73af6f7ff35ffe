import "server-only";
import { type Ask, query, type Transaction, within } from "@/lib/db";

type Session = { readonly id: string; readonly accountId: string };

/**
 * Until when this session may take nothing away from its account; undefined when it may. A method that came by a way
 * back in (an access pass, a recovery) holds the others for seven days: whatever is proven by it, or by something that
 * could have been made with it such as a recovery code, removes none of them. A proof by a method that is not held is
 * its owner's, and is not bound.
 */
export const heldUntil = (tx: Transaction, session: Session, now: Date): Promise<Date | undefined> =>
  holdOf(within(tx), session, now);

/** The same for a page that only looks. */
export const readHold = (session: Session, now: Date): Promise<Date | undefined> =>
  holdOf(query, session, now);

async function holdOf(ask: Ask, session: Session, now: Date): Promise<Date | undefined> {
  const [row] = await ask<{ until: Date | null }>(
    "session_hold",
    `SELECT max(m."cannotRemoveOthersUntil") AS "until" FROM "Method" m
     WHERE m."accountId" = $2::uuid AND m."removedAt" IS NULL AND m."cannotRemoveOthersUntil" > $3::timestamptz
       AND NOT EXISTS (
         SELECT 1 FROM "Session" s JOIN "Method" p ON p."id" = s."provenMethodId"
         WHERE s."id" = $1::uuid AND s."accountId" = m."accountId" AND p."accountId" = m."accountId"
           AND p."removedAt" IS NULL
           AND (p."cannotRemoveOthersUntil" IS NULL OR p."cannotRemoveOthersUntil" <= $3::timestamptz))`,
    [session.id, session.accountId, now],
  );
  return row?.until ?? undefined;
}
