import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** Why a phone is not suspended. */
export type SuspendReason = "not-there" | "held" | "prove-another" | "last";

/**
 * Whether a phone, with what is kept on it, may be suspended. Never by the proof of something that is kept on it: whoever
 * holds it, or was told one of its codes, takes nothing away from its owner with it alone. And never where nothing at all
 * would be left: that would be no help but a lock-out.
 *
 * @param phone whether there is anything to suspend, whether the fresh proof was given with some of it, and
 *   whether that proof came by a way back in and takes nothing away yet (lib/proof/hold.ts).
 * @param left how many methods and recovery codes would still let its owner in.
 */
export function suspension(
  phone: { readonly isThere: boolean; readonly isProof: boolean; readonly isHeld?: boolean },
  left: { readonly methods: number; readonly recoveryCodes: number },
): SuspendReason | undefined {
  if (!phone.isThere) return "not-there";
  if (phone.isHeld === true) return "held";
  if (left.methods + left.recoveryCodes === 0) return "last";
  return phone.isProof ? "prove-another" : undefined;
}

/** Why a phone is not taken into use again. */
export type RestoreReason = "not-there" | "prove-another";

/**
 * Whether what was suspended may be taken into use again: by a proof with something that is in force, or a recovery code.
 *
 * @param provenWith the method of the fresh proof; null where it was none.
 */
export function restoration(
  suspended: number,
  provenWith: string | null,
  activeIds: readonly string[],
): RestoreReason | undefined {
  if (suspended === 0) return "not-there";
  return provenWith === null || activeIds.includes(provenWith) ? undefined : "prove-another";
}

/** What was suspended at or before this moment is removed. */
export const overdueBefore = (now: Date): Date => before(now, numbers.stolen.reversibleFor);
