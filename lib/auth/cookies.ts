import "server-only";
import { cookies } from "next/headers";
import { type CookieName as NameOfAny, nameOfCookie } from "@/lib/kernel/cookie-names";
import { numbers } from "@/lib/kernel/numbers";
import { isDemonstration } from "@/lib/kernel/site";

/**
 * Every cookie of the site. On https each has the `__Host-` prefix and is Secure (NIST SP 800-63B-4 5.1.1, ASVS 3.3);
 * all are HttpOnly and for the whole site. Nothing in a cookie says who somebody is: values are random tokens.
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
  /** The page that a guard turned away, written by the door (lib/door). */
  "asked-for": { sameSite: "lax", maxAge: numbers.attempt.lifetime },
  /** Somebody just signed out here: said by the sign-in page, with which the door takes it away (lib/door). */
  "signed-out": { sameSite: "lax", maxAge: numbers.session.signedOutSaidFor },
  /** The language that was chosen on this browser, read by the door. */
  language: { sameSite: "lax", maxAge: numbers.languageChoice.keptFor },
} as const satisfies Partial<Record<NameOfAny, unknown>>;

export type CookieName = keyof typeof table;

/** The name of a cookie as the browser knows it. */
export const cookieName = (name: NameOfAny): string => nameOfCookie(name, !isDemonstration());

/** The attributes that every setter of this cookie uses. `maxAge` is in seconds, as in the header. */
export const cookieOptions = (name: CookieName) => ({
  httpOnly: true,
  secure: !isDemonstration(),
  path: "/",
  sameSite: table[name].sameSite,
  maxAge: Math.floor(table[name].maxAge / 1000),
});

/** The value of a cookie of ours, if the browser sent it. */
export async function readCookie(name: CookieName): Promise<string | undefined> {
  return (await cookies()).get(cookieName(name))?.value;
}

/** Sets a cookie; only in an action. `until` ends it before its usual time. */
export async function writeCookie(
  name: CookieName,
  value: string,
  until: { readonly at: Date; readonly now: Date } | undefined = undefined,
): Promise<void> {
  const options = cookieOptions(name);
  const left =
    until === undefined ? options.maxAge : Math.ceil((until.at.getTime() - until.now.getTime()) / 1000);
  (await cookies()).set(cookieName(name), value, { ...options, maxAge: Math.min(options.maxAge, left) });
}

/** Takes a cookie away; only in an action. */
export async function clearCookie(name: CookieName): Promise<void> {
  (await cookies()).set(cookieName(name), "", { ...cookieOptions(name), maxAge: 0 });
}
