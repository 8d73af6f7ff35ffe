import { Auth, type AuthConfig, raw, skipCSRFCheck } from "@auth/core";
import Credentials from "@auth/core/providers/credentials";
import { now } from "@/lib/kernel/clock";
import { numbers } from "@/lib/kernel/numbers";
import { cookieSecret } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import type { Admission } from "@/lib/sessions";
import { type CookieChange, cookieName, cookieOptions } from "./cookie-values";
import { mintTicket, redeemTicket } from "./ticket";

declare module "@auth/core/types" {
  interface User {
    sessionToken?: string;
  }
}

const BASE_PATH = "/api/auth";

/**
 * What next-auth is told wherever it is asked: here for a session cookie, and at its own address (next-auth.ts). Its one
 * provider takes nothing but the one-time ticket of a finished sign-in, and the cookie that it makes of it carries an
 * opaque token (docs/decisions/0001).
 */
export const issuing = () =>
  ({
    secret: cookieSecret(),
    trustHost: true,
    basePath: BASE_PATH,
    session: {
      strategy: "jwt",
      maxAge: numbers.session.absolute / 1000,
      updateAge: numbers.session.absolute / 1000,
    },
    cookies: {
      sessionToken: { name: cookieName("session"), options: cookieOptions("session") },
      csrfToken: { name: cookieName("csrf"), options: cookieOptions("csrf") },
      callbackUrl: { name: cookieName("callback"), options: cookieOptions("callback") },
    },
    providers: [
      Credentials({
        credentials: { ticket: {} },
        authorize: ({ ticket }) => {
          const admission = redeemTicket(ticket, now());
          return admission === undefined
            ? null
            : { id: admission.accountId, sessionToken: admission.sessionToken };
        },
      }),
    ],
    jwt: {
      // Runs on every read too, so it must give back the same token.
      encode: async ({ token }) => (token?.sessionToken as string | undefined) ?? "",
    },
    callbacks: {
      // What a client posts to /api/auth/session arrives here as `session`; it is never looked at.
      jwt: ({ token, user }) =>
        user?.sessionToken === undefined ? token : { ...token, sessionToken: user.sessionToken },
      // Redirects stay on this site, whatever a callbackUrl says (AT-104).
      redirect: ({ baseUrl }) => `${baseUrl}/account`,
    },
    logger: { error: () => {}, warn: () => {}, debug: () => {} },
  }) satisfies AuthConfig;

/**
 * The session cookie of an admission, made by next-auth of a ticket. Only after a flow said yes; the list of its callers is
 * held by a test ("every way to a session"). Asked as next-auth's own `signIn` asks, which needs the framework around it:
 * nobody outside sent this request, so there is no token of theirs to compare. Throws when no cookie comes of it.
 */
export async function sessionCookie(admission: Admission): Promise<CookieChange> {
  const request = new Request(`${siteUrl()}${BASE_PATH}/callback/credentials`, {
    method: "POST",
    body: new URLSearchParams({ ticket: mintTicket(admission, now()) }),
  });
  const answer = await Auth(request, { ...issuing(), raw, skipCSRFCheck });
  const made = "cookies" in answer ? answer.cookies : undefined;
  const value = made?.find(({ name }) => name === cookieName("session"))?.value;
  if (value === undefined || value === "") throw new Error("next-auth made no session cookie of a ticket");
  return { name: "session", value };
}
