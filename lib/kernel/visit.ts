import Bowser from "bowser";

/** Who is at the door, as far as the network tells: read once a request by lib/auth, passed on as plain data. */
export type Visit = {
  readonly now: Date;
  /** Canonical IP address; behind a trusted proxy, the one it vouches for. */
  readonly address: string;
  /** Browser and system in words, such as "Chrome · Windows". */
  readonly browser: string;
};

/** Between the two in `browser`, which is stored so: whoever compares them apart splits there. */
export const browserSeparator = " · ";

// Reading one tries some two hundred patterns, and a visitor brings the same one with every request. Bounded, because
// anybody may bring anything: when it is full the one that came first goes.
const MOST_NAMES = 256;
const names = new Map<string, string>();

/** Browser and system in words, from a User-Agent: "Chrome · Windows". Bounded; never the header itself. */
export function browserName(userAgent: string): string {
  const header = userAgent.slice(0, 512);
  const known = names.get(header);
  if (known !== undefined) return known;
  const name = readName(header);
  const [first] = names.size < MOST_NAMES ? [] : names.keys();
  if (first !== undefined) names.delete(first);
  names.set(header, name);
  return name;
}

function readName(header: string): string {
  const parsed = Bowser.parse(header || "unknown");
  const browser = parsed.browser.name;
  const system = parsed.os.name;
  if (browser === undefined) return "";
  return system === undefined ? browser : `${browser}${browserSeparator}${system}`;
}
