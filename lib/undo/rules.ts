/** What can be put back: one method, or Two-Step Verification with all that it had. */
export type RemovalKind = "method-removed" | "two-step-off";

/** Why a link puts nothing back; each has a page with a way on. */
export type DeadReason = "link-malformed" | "link-unknown" | "link-used" | "link-expired";

/** What a link is worth. A used one says so even when its time is over as well. */
export function removalState(
  removal: { readonly usedAt: Date | null; readonly expiresAt: Date } | undefined,
  now: Date,
): "live" | DeadReason {
  if (removal === undefined) return "link-unknown";
  if (removal.usedAt !== null) return "link-used";
  return removal.expiresAt <= now ? "link-expired" : "live";
}

/**
 * Which of the removed methods is asked: the one that was chosen; else the only one there is, when its code is in the
 * person's hand already and nothing must be sent for it.
 */
export function askedOf<M extends { readonly id: string }>(
  removed: readonly M[],
  chosen: string | null,
  isSent: (method: M) => boolean,
): M | undefined {
  const [only, second] = removed;
  return (
    removed.find(({ id }) => id === chosen) ??
    (only !== undefined && second === undefined && !isSent(only) ? only : undefined)
  );
}

/**
 * The removed rows that come back. The same number may have been added again meanwhile; it is not there twice.
 *
 * @param active what the account has now, by the hash of what may not be there twice.
 */
export const comingBack = <M extends { readonly identity: string | null }>(
  removed: readonly M[],
  active: readonly (string | null)[],
): M[] => removed.filter(({ identity }) => identity === null || !active.includes(identity));
