import {
  attributesOfCookie,
  type CookieName,
  cookieLine,
  cookiesOfRequest,
  nameOfCookie,
} from "@/lib/kernel/cookie-names";
import { isDemonstration } from "@/lib/kernel/site";

/** Those that we write and read ourselves. */
export type OwnCookie = Exclude<CookieName, "csrf" | "callback">;

/** The name of a cookie as the browser knows it. */
export const cookieName = (name: CookieName): string => nameOfCookie(name, !isDemonstration());

/** What every setter of this cookie uses; on a demonstration it cannot be Secure. */
export const cookieOptions = (name: CookieName) => attributesOfCookie(name, !isDemonstration());

/** What an answer does to a cookie of ours; without a value the browser takes it away. */
export type CookieChange = { readonly name: OwnCookie; readonly value: string | undefined };

/** The same as a line of `Set-Cookie`. */
export const lineOfChange = ({ name, value }: CookieChange): string =>
  cookieLine(name, value, !isDemonstration());

/** Reads cookies of ours from the header in which a browser brings them. */
export function readerOfCookies(header: string | undefined): (name: OwnCookie) => string | undefined {
  const values = cookiesOfRequest(header);
  return (name) => values.get(cookieName(name));
}
