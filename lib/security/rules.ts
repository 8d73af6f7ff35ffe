import { numbers } from "@/lib/kernel/numbers";

/** Why a method is not removed. */
export type RemovalReason = "not-there" | "last" | "held" | "prove-another" | "not-understood";

/**
 * Whether a method may be removed. The last one never is: whoever wants that turns Two-Step Verification off and says
 * so. Below one method and one backup only with the words that say what it means, and a tick under them.
 *
 * A method that can be asked for goes by the proof of another: whoever holds it alone takes nothing away with it, and
 * one that is lost goes all the same.
 *
 * @param method whether it is there, whether it can be asked for (one that does not open any more cannot), and whether
 *   it is what the fresh proof was given with; `isHeld`: the proof came by a way back in and takes nothing else away yet;
 *   `isDisabled`: too many wrong codes took it out of use, and a right one takes it into use again.
 * @param left how many methods would be left that can be asked for, and whether losing one thing would then lock the
 *   person out (lib/lockout).
 */
export function removal(
  method: {
    readonly isThere: boolean;
    readonly isUsable: boolean;
    readonly isProof: boolean;
    readonly isHeld?: boolean;
    readonly isDisabled?: boolean;
  },
  left: { readonly methods: number; readonly mayLockOut: boolean },
  isUnderstood: boolean,
): RemovalReason | undefined {
  if (!method.isThere) return "not-there";
  if (method.isHeld === true) return "held";
  if (!method.isUsable) return method.isDisabled === true && left.methods === 0 ? "last" : undefined;
  if (left.methods === 0) return "last";
  if (method.isProof) return "prove-another";
  const isWeak = left.methods < numbers.methodsNeeded || left.mayLockOut;
  return isWeak && !isUnderstood ? "not-understood" : undefined;
}

/** The order after one of them went one place up; undefined when it is the first already or not among them. */
export function movedUp(ids: readonly string[], id: string): string[] | undefined {
  const neighbour = ids[ids.indexOf(id) - 1];
  if (neighbour === undefined) return undefined;
  return ids.map((each) => (each === id ? neighbour : each === neighbour ? id : each));
}

/**
 * Whether a method may be said to be kept there: nobody said ("") and a device of its own ("own") always, a phone only
 * when it is another method of the account and this one is no phone itself.
 */
export const isPlace = (
  place: string,
  method: { readonly id: string; readonly isPhone: boolean },
  phoneIds: readonly string[],
): boolean =>
  place === "" || (!method.isPhone && (place === "own" || (place !== method.id && phoneIds.includes(place))));

/** The order after one of them goes to the front: its ids, the others as they were. */
export const askedFirst = (ids: readonly string[], first: string): string[] => [
  first,
  ...ids.filter((id) => id !== first),
];
