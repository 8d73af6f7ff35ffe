import { numbers } from "@/lib/kernel/numbers";

/** How long a message waits after its `tries`-th try failed, in milliseconds. */
export const backoff = (tries: number): number =>
  numbers.delivery.backoff[Math.min(tries, numbers.delivery.backoff.length) - 1] ??
  numbers.delivery.backoff[0];
