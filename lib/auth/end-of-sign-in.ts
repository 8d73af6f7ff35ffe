import type { Admitted } from "@/lib/sign-in";
import type { CookieChange } from "./cookie-values";
import { returnPath } from "./return-path";
import { sessionCookie } from "./session-cookie";

/** Where a form that was right leads its browser, and what becomes of the cookies there. */
export type LeadOn = { readonly leadTo: string; readonly cookies: readonly CookieChange[] };

/**
 * The end of every sign-in, whichever way it was given: this browser is known from now on, its session's cookie is set, and
 * it goes on to the page that was asked for. Only for what a flow admitted.
 *
 * @param askedFor the cookie `asked-for`, as the browser brought it.
 */
export async function endOfSignIn(
  { admission, deviceCookie }: Admitted,
  askedFor: string | undefined,
): Promise<LeadOn> {
  return {
    leadTo: returnPath(askedFor, "/account"),
    cookies: [
      ...(deviceCookie === undefined ? [] : [{ name: "devices", value: deviceCookie } as const]),
      await sessionCookie(admission),
      { name: "asked-for", value: undefined },
    ],
  };
}
