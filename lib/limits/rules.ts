/** One budget of tries or messages: at most `max` units in any window of `window` milliseconds. */
export type Budget = {
  /** Names what is counted for whom; hashed before it is stored. */
  readonly name: readonly string[];
  readonly max: number;
  readonly window: number;
};

const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");

/**
 * The budget of a network address: IPv4 alone, IPv6 by its /64 (CVE-2026-45364). In the demonstration everybody comes
 * from loopback, so there it is wider by `widening`.
 */
export function addressBudget(
  what: string,
  bucket: string,
  limit: { max: number; window: number },
  options: { isDemonstration: boolean; widening: number },
): Budget {
  const factor = options.isDemonstration && isLoopback(bucket) ? options.widening : 1;
  return { name: [what, "address", bucket], max: limit.max * factor, window: limit.window };
}
