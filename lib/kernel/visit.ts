import Bowser from "bowser";

/** Who is at the door, as far as the network tells: read once a request by lib/auth, passed on as plain data. */
export type Visit = {
  readonly now: Date;
  /** Canonical IP address; behind a trusted proxy, the one it vouches for. */
  readonly address: string;
  /** Browser and system in words, such as "Chrome on Windows". */
  readonly browser: string;
};

/** Browser and system in words, from a User-Agent: "Chrome on Windows". Bounded; never the header itself. */
export function browserName(userAgent: string): string {
  const parsed = Bowser.parse(userAgent.slice(0, 512) || "unknown");
  const browser = parsed.browser.name;
  const system = parsed.os.name;
  if (browser === undefined) return "";
  return system === undefined ? browser : `${browser} · ${system}`;
}
