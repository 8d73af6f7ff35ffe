import { numbers } from "@/lib/kernel/numbers";

/** What is to be done about a number: its owner told, the mark taken away, or nothing. */
export type Step = "warn" | "clear" | undefined;

/**
 * Three messages in a row that did not arrive: the owner is told, once, before the day on which only this number would
 * let them in. One that arrived takes the mark away, and a later failure is told anew.
 */
export function stepFor(failedInRow: number, isWarned: boolean): Step {
  const isFailing = failedInRow >= numbers.numberHealth.failures;
  if (isFailing && !isWarned) return "warn";
  return !isFailing && isWarned ? "clear" : undefined;
}
