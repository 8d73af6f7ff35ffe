import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** Why a phone is not suspended. */
export type SuspendReason = "not-there" | "held" | "prove-another" | "number-changing" | "last";

/**
 * Whether a phone, with what is kept on it, may be suspended. Never by the proof of something that is kept on it: whoever
 * holds it, or was told one of its codes, takes nothing away from its owner with it alone. And never where nothing at all
 * would be left: that would be no help but a lock-out.
 *
 * @param phone whether there is anything to suspend, whether the fresh proof was given with some of it,
 *   whether that proof came by a way back in and takes nothing away yet (lib/proof/hold.ts), and whether some of it is the
 *   old number of a change that the proof is younger than: whoever changed the number must not take its way back away.
 * @param left how many methods and recovery codes would still let its owner in.
 */
export function suspension(
  phone: {
    readonly isThere: boolean;
    readonly isProof: boolean;
    readonly isHeld?: boolean;
    readonly isChanging?: boolean;
  },
  left: { readonly methods: number; readonly recoveryCodes: number },
): SuspendReason | undefined {
  if (!phone.isThere) return "not-there";
  if (phone.isHeld === true) return "held";
  if (left.methods + left.recoveryCodes === 0) return "last";
  if (phone.isProof) return "prove-another";
  return phone.isChanging === true ? "number-changing" : undefined;
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

/**
 * Which boxes are ticked at first, of the methods that may be on a stolen phone: all of them, because whoever was robbed
 * knows best what they still hold, and what stays by mistake opens the account to a thief. But not what they used a
 * moment ago, which they must still have, and none where nothing would surely be left: that would be refused.
 *
 * @param provenWith the method of the fresh proof, or of the sign-in; null where it was none.
 * @param left how many other methods and recovery codes would surely let them in.
 */
export function tickedAtFirst(
  perhaps: readonly string[],
  provenWith: string | null,
  left: { readonly methods: number; readonly recoveryCodes: number },
): string[] {
  const isUsed = provenWith !== null && perhaps.includes(provenWith);
  if (left.methods + left.recoveryCodes + (isUsed ? 1 : 0) === 0) return [];
  return perhaps.filter((id) => id !== provenWith);
}

/** What becomes of what is suspended when its days are over: it goes, or it stays suspended for as long again. */
export type Expiry = "remove" | "keep";

/**
 * What was suspended may be the last thing that can bring its owner back, where all else was lost since. So it goes only
 * while another method lets them in, or the password alone does. Recovery codes are none: they run out.
 */
export const expiry = (account: { readonly isTwoStepOn: boolean; readonly methodsLeft: number }): Expiry =>
  account.isTwoStepOn && account.methodsLeft === 0 ? "keep" : "remove";

/** When what is suspended now, or kept now, is removed. */
export const suspendedUntil = (now: Date): Date => after(now, numbers.stolen.reversibleFor);
