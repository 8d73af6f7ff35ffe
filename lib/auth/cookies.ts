import "server-only";
import { cookies } from "next/headers";
import { attributesOfCookie, type CookieName, nameOfCookie } from "@/lib/kernel/cookie-names";
import { isDemonstration } from "@/lib/kernel/site";

/** Those that we write and read ourselves. */
type OwnCookie = Exclude<CookieName, "csrf" | "callback">;

/** The name of a cookie as the browser knows it. */
export const cookieName = (name: CookieName): string => nameOfCookie(name, !isDemonstration());

/** What every setter of this cookie uses; on a demonstration it cannot be Secure. */
export const cookieOptions = (name: CookieName) => attributesOfCookie(name, !isDemonstration());

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
