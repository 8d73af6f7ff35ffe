/** One budget of tries or messages: at most `max` units in any window of `window` milliseconds. */
export type Budget = {
  /** Names what is counted for whom; hashed before it is stored. */
  readonly name: readonly string[];
  readonly max: number;
  readonly window: number;
};

// The /64 of ::1, by which its budgets are counted; nobody can come from another address in it (RFC 4291 2.5.3).
const isLoopback = (bucket: string): boolean => bucket === "::/64" || bucket.startsWith("127.");

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
