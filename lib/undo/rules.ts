/**
 * What can be put back: one method; Two-Step Verification with all that it had; a number that another one takes the place
 * of, or that went since; what was suspended with a phone, or went thirty days after that.
 */
export type RemovalKind =
  | "method-removed"
  | "two-step-off"
  | "number-changed"
  | "number-retired"
  | "phone-suspended"
  | "suspended-removed";

/**
 * What putting it back is recorded and told as, and why trust ends by it. Everything is proven by the very thing that
 * comes back, but what was suspended with a phone: whoever holds the phone has that, and the mail on it. It is proven by
 * the password together with a method that is in force, or an app or passkey that was suspended.
 */
export const restored = {
  "method-removed": { kind: "method-restored", because: "methods-changed" },
  "two-step-off": { kind: "two-step-restored", because: "two-step-changed" },
  "number-changed": { kind: "number-change-undone", because: "methods-changed" },
  "number-retired": { kind: "method-restored", because: "methods-changed" },
  "phone-suspended": { kind: "phone-restored", because: "methods-changed" },
  "suspended-removed": { kind: "phone-restored", because: "methods-changed" },
} as const satisfies Record<RemovalKind, { readonly kind: string; readonly because: string }>;

/**
 * Whether a link is about what was suspended with a phone, and so takes the password too: whoever holds the phone may read
 * the mail on it.
 */
export const isOfSuspension = (kind: RemovalKind): boolean =>
  kind === "phone-suspended" || kind === "suspended-removed";

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
