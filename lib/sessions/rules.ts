import { after, before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { browserSeparator } from "@/lib/kernel/visit";

/** Whether a session still counts: idle at most one hour, at most 24 hours old (NIST SP 800-63B-4 2.2.3). */
export const isSessionLive = (session: { createdAt: Date; lastSeenAt: Date }, now: Date): boolean =>
  now < after(session.lastSeenAt, numbers.session.idle) &&
  now < after(session.createdAt, numbers.session.absolute);

/** Systems that one browser names by turns: "Desktop site" on a phone, and an iPad, which is a Mac to every second site. */
const oneSystem: readonly (readonly string[])[] = [
  ["iOS", "macOS"],
  ["Android", "Linux", "Chrome OS"],
];

/**
 * Who brings a session: the browser that it began in ("here"), one that does not say what it is ("unnamed"), or another
 * one ("elsewhere"): a cookie does not move by itself.
 */
export type Sight = "here" | "unnamed" | "elsewhere";

/**
 * Compares browser and system by name, without versions, so an update changes nothing. A session whose own browser never
 * said what it is cannot differ. What says nothing now may be a tool of the very browser, such as one that downloads.
 */
export function sightOf(session: { readonly browser: string }, browser: string): Sight {
  if (session.browser === "" || session.browser === browser) return "here";
  if (browser === "") return "unnamed";
  const [name, system = ""] = session.browser.split(browserSeparator);
  const [nameNow, systemNow = ""] = browser.split(browserSeparator);
  const isOneSystem = oneSystem.some((names) => names.includes(system) && names.includes(systemNow));
  return name === nameNow && isOneSystem ? "here" : "elsewhere";
}

/** Whether the session's last sight is old enough to be written anew. */
export const isTouchDue = (session: { lastSeenAt: Date }, now: Date): boolean =>
  session.lastSeenAt <= before(now, numbers.session.touchEvery);
