import "server-only";
import { cookies } from "next/headers";
import { type CookieChange, cookieName, cookieOptions, type OwnCookie } from "./cookie-values";

/** The value of a cookie of ours, if the browser sent it. */
export async function readCookie(name: OwnCookie): Promise<string | undefined> {
  return (await cookies()).get(cookieName(name))?.value;
}

/** Sets a cookie; only in an action. `until` ends it before its usual time. */
export async function writeCookie(
  name: OwnCookie,
  value: string,
  until: { readonly at: Date; readonly now: Date } | undefined = undefined,
): Promise<void> {
  const { maxAge = 0, ...options } = cookieOptions(name);
  const left = until === undefined ? maxAge : Math.ceil((until.at.getTime() - until.now.getTime()) / 1000);
  (await cookies()).set(cookieName(name), value, { ...options, maxAge: Math.min(maxAge, left) });
}

/** Takes a cookie away; only in an action. */
export async function clearCookie(name: OwnCookie): Promise<void> {
  (await cookies()).set(cookieName(name), "", { ...cookieOptions(name), maxAge: 0 });
}

/** Does to the cookies what a use case that knows no framework said; only in an action. */
export async function changeCookies(changes: readonly CookieChange[]): Promise<void> {
  for (const { name, value } of changes)
    await (value === undefined ? clearCookie(name) : writeCookie(name, value));
}
