/** The site's cookies: what they are called and what each may do, for the door in front of the framework and behind it. */
import { numbers } from "./numbers";

/** `maxAge` is in milliseconds; a cookie without one goes with the browser's own session. */
type Attributes = { readonly sameSite: "lax" | "strict"; readonly maxAge?: number };

/**
 * Every cookie of the site. On https each has the `__Host-` prefix and is Secure (NIST SP 800-63B-4 5.1.1, ASVS 3.3); all
 * are HttpOnly and for the whole site. None says who somebody is: the first six hold random tokens, and what the others
 * hold is told beside each.
 */
const table = {
  session: { sameSite: "lax", maxAge: numbers.session.absolute },
  /** An unfinished sign-in or proof. */
  attempt: { sameSite: "strict", maxAge: numbers.attempt.lifetime },
  /** An access pass of the support desk that was opened here; it adds one method and opens no page. */
  "access-pass": { sameSite: "strict", maxAge: numbers.desk.pass.lifetime },
  /** The browser's tokens, one an account that signed in here fully; joined by dots. */
  devices: { sameSite: "lax", maxAge: numbers.trustedDevice.knownFor },
  /** The browser that asked for a new account; its link needs no password here. */
  "sign-up": { sameSite: "lax", maxAge: numbers.mailLink.confirmAddress },
  /** A recovery that was begun in this browser: as long as one can take, and once it is started as long as this one. */
  recovery: {
    sameSite: "lax",
    maxAge: numbers.recovery.unnoticedFor + numbers.recovery.waits[4].wait + numbers.recovery.finishWithin,
  },
  /** The path of the page that a guard turned away, written by the door (lib/door); it is compared with a list when read. */
  "asked-for": { sameSite: "lax", maxAge: numbers.attempt.lifetime },
  /** A flag: somebody just signed out here. The sign-in page says so, and the door takes it away with that page (lib/door). */
  "signed-out": { sameSite: "lax", maxAge: numbers.session.signedOutSaidFor },
  /** The language that was chosen on this browser, read by the door. */
  language: { sameSite: "lax", maxAge: numbers.languageChoice.keptFor },
  /** next-auth's own, which it wants to have: a token and its hash, and an address of this site. Nothing of ours reads them. */
  csrf: { sameSite: "lax" },
  callback: { sameSite: "lax" },
} as const satisfies Record<string, Attributes>;

export type CookieName = keyof typeof table;

/**
 * The name of a cookie as the browser knows it. On https it has the `__Host-` prefix, under which a browser takes none
 * from a neighbour's domain; on http no browser would take one with it (RFC 6265bis 4.1.3.2).
 */
export const nameOfCookie = (name: CookieName, isHttps: boolean): string =>
  isHttps ? `__Host-latchkey.${name}` : `latchkey.${name}`;

/** The attributes that every setter of this cookie uses. `maxAge` is in seconds, as in the header. */
export function attributesOfCookie(name: CookieName, isHttps: boolean) {
  const { sameSite, maxAge }: Attributes = table[name];
  const lasting = maxAge === undefined ? {} : { maxAge: Math.floor(maxAge / 1000) };
  return { httpOnly: true, secure: isHttps, path: "/", sameSite, ...lasting };
}

/** A cookie as the door writes it, a line of `Set-Cookie`; without a value the browser takes it away. */
export function cookieLine(name: CookieName, value: string | undefined, isHttps: boolean): string {
  const { sameSite, maxAge, path } = attributesOfCookie(name, isHttps);
  const age = value === undefined ? 0 : maxAge;
  return [
    `${nameOfCookie(name, isHttps)}=${value === undefined ? "" : encodeURIComponent(value)}`,
    `Path=${path}`,
    "HttpOnly",
    `SameSite=${sameSite === "lax" ? "Lax" : "Strict"}`,
    ...(age === undefined ? [] : [`Max-Age=${age}`]),
    ...(isHttps ? ["Secure"] : []),
  ].join("; ");
}

/**
 * Whether `pair` ("name=value", and what may follow it in Set-Cookie) is this cookie, be it of a site on http or on
 * https.
 */
export const isCookie = (pair: string, name: CookieName): boolean =>
  [true, false].some((isHttps) => pair.startsWith(`${nameOfCookie(name, isHttps)}=`));

/**
 * Reads the header in which a browser brings its cookies, all of them by the names that it knows them under, as the framework
 * does for pages and actions: of two with one name the later counts, a name without a value is "true", and what is not
 * encoded as it must be is none.
 */
export function cookiesOfRequest(header: string | undefined): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of (header ?? "").split(/; */)) {
    if (pair === "") continue;
    const [name = "", ...value] = pair.split("=");
    try {
      values.set(name, value.length === 0 ? "true" : decodeURIComponent(value.join("=")));
    } catch {}
  }
  return values;
}
