/** What the site's cookies are called, for the door in front of the framework and for what is behind it. */

export type CookieName =
  | "session"
  | "attempt"
  | "access-pass"
  | "devices"
  | "sign-up"
  | "recovery"
  | "asked-for"
  | "signed-out"
  | "language"
  /** next-auth's own, which it wants to have. */
  | "csrf"
  | "callback";

/**
 * The name of a cookie as the browser knows it. On https it has the `__Host-` prefix, under which a browser takes none
 * from a neighbour's domain; on http no browser would take one with it (RFC 6265bis 4.1.3.2).
 */
export const nameOfCookie = (name: CookieName, isHttps: boolean): string =>
  isHttps ? `__Host-latchkey.${name}` : `latchkey.${name}`;

/**
 * Whether `pair` ("name=value", and what may follow it in Set-Cookie) is this cookie, be it of a site on http or on
 * https.
 */
export const isCookie = (pair: string, name: CookieName): boolean =>
  [true, false].some((isHttps) => pair.startsWith(`${nameOfCookie(name, isHttps)}=`));
