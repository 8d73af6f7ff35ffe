import { numbers } from "@/lib/kernel/numbers";

/** Why a method is not removed. */
export type RemovalReason = "not-there" | "last" | "not-understood";

/**
 * Whether a method may be removed. The last one never is: whoever wants that turns Two-Step Verification off and says
 * so. Below one method and one backup only with the words that say what it means, and a tick under them.
 *
 * @param method whether it is there, and whether it can be asked for (one that does not open any more cannot).
 * @param others how many methods would be left that can be asked for.
 */
export function removal(
  method: { readonly isThere: boolean; readonly isUsable: boolean },
  others: number,
  isUnderstood: boolean,
): RemovalReason | undefined {
  if (!method.isThere) return "not-there";
  if (!method.isUsable) return undefined;
  if (others === 0) return "last";
  return others < numbers.methodsNeeded && !isUnderstood ? "not-understood" : undefined;
}

/** The order after one of them goes to the front: its ids, the others as they were. */
export const askedFirst = (ids: readonly string[], first: string): string[] => [
  first,
  ...ids.filter((id) => id !== first),
];
