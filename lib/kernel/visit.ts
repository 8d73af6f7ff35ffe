/** Who is at the door, as far as the network tells: read once a request by lib/auth, passed on as plain data. */
export type Visit = {
  readonly now: Date;
  /** Canonical IP address; behind a trusted proxy, the one it vouches for. */
  readonly address: string;
  /** Browser and system in words, such as "Chrome on Windows". */
  readonly browser: string;
};
