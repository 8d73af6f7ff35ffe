import { hours } from "@/lib/kernel/durations";
import { words } from "@/lib/words";

/** A waiting time in words: "72 hours" up to three days, "7 days" from then on. */
export function waitText(wait: number): string {
  const count = Math.round(wait / hours(1));
  return count <= 72
    ? words("recovery")("wait.hours", { count })
    : words("recovery")("wait.days", { count: Math.round(count / 24) });
}
