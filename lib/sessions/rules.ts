import { after, before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** Whether a session still counts: idle at most one hour, at most 24 hours old (NIST SP 800-63B-4 2.2.3). */
export const isSessionLive = (session: { createdAt: Date; lastSeenAt: Date }, now: Date): boolean =>
  now < after(session.lastSeenAt, numbers.session.idle) &&
  now < after(session.createdAt, numbers.session.absolute);

/**
 * Whether a session is used by another browser or on another system than it began in: a cookie does not move by itself.
 * Compared are names without versions, so an update changes nothing; a browser that never said what it is cannot differ.
 */
export const isSeenElsewhere = (session: { browser: string }, browser: string): boolean =>
  session.browser !== "" && session.browser !== browser;

/** Whether the session's last sight is old enough to be written anew. */
export const isTouchDue = (session: { lastSeenAt: Date }, now: Date): boolean =>
  session.lastSeenAt <= before(now, numbers.session.touchEvery);
