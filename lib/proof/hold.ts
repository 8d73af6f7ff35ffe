import "server-only";
import { inTransaction, type Transaction } from "@/lib/db";

/**
 * Until when this session may take nothing away from its account; undefined when it may. A method that came by a way
 * back in (an access pass, a recovery) holds the others for seven days: whatever is proven by it, or by something that
 * could have been made with it such as a recovery code, removes none of them. A proof by a method that is not held is
 * its owner's, and is not bound.
 */
export async function heldUntil(
  tx: Transaction,
  session: { readonly id: string; readonly accountId: string },
  now: Date,
): Promise<Date | undefined> {
  const [row] = await tx.$queryRaw<{ until: Date | null }[]>`
    SELECT max(m."cannotRemoveOthersUntil") AS "until" FROM "Method" m
    WHERE m."accountId" = ${session.accountId}::uuid AND m."removedAt" IS NULL
      AND m."cannotRemoveOthersUntil" > ${now}
      AND NOT EXISTS (
        SELECT 1 FROM "Session" s JOIN "Method" p ON p."id" = s."provenMethodId"
        WHERE s."id" = ${session.id}::uuid AND s."accountId" = m."accountId" AND p."accountId" = m."accountId"
          AND p."removedAt" IS NULL
          AND (p."cannotRemoveOthersUntil" IS NULL OR p."cannotRemoveOthersUntil" <= ${now}))`;
  return row?.until ?? undefined;
}

/** The same for a page that only looks. */
export const readHold = (
  session: { readonly id: string; readonly accountId: string },
  now: Date,
): Promise<Date | undefined> => inTransaction((tx) => heldUntil(tx, session, now));
