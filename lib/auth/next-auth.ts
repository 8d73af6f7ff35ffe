import "server-only";
import NextAuth from "next-auth";
import Credentials from "next-auth/providers/credentials";
import { now } from "@/lib/kernel/clock";
import { before } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { cookieSecret, hashToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import {
  findSession,
  isSessionLive,
  isTouchDue,
  type SessionRow,
  sightOf,
  type Touch,
  touchSession,
} from "@/lib/sessions";
import { endCopiedSession, signOut } from "@/lib/sign-in";
import { cookieName, cookieOptions } from "./cookies";
import { redeemTicket } from "./ticket";
import { visit } from "./visit";

declare module "next-auth" {
  interface User {
    sessionToken?: string;
  }
}
const touchAt = (moment: Date, browser: string): Touch => ({
  notAfter: before(moment, numbers.session.touchEvery),
  seenAfter: before(moment, numbers.session.idle),
  createdAfter: before(moment, numbers.session.absolute),
  browser,
});

/**
 * The session behind a raw token, or undefined when it ended, idled out or never was. One that another browser brings
 * ends here, whatever was asked for: what is read by a copy is the harm. What does not say which it is gets nothing.
 */
export async function liveSession(token: string | undefined): Promise<SessionRow | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  const visitor = await visit();
  const moment = visitor.now;
  const touch = touchAt(moment, visitor.browser);
  const row = await findSession(hashToken(token), moment, touch);
  if (row === undefined || !isSessionLive(row, moment)) return undefined;
  const sight = sightOf(row, visitor.browser);
  if (sight === "elsewhere") await endCopiedSession(row, visitor);
  if (sight !== "here") return undefined;
  const isTouched = row.browser === "" || row.browser === visitor.browser;
  if (!isTouched && isTouchDue(row, moment)) await touchSession(row.id, moment, touch.notAfter);
  return row;
}

/**
 * next-auth issues the session cookie and ends it; it decides nothing. Its one provider takes nothing but the
 * one-time ticket of a finished sign-in. The cookie carries an opaque token whose SHA-256 is the Session row, looked up
 * on every request: what was ended is over at the next request (docs/decisions/0001).
 */
export const nextAuth = NextAuth(() => ({
  secret: cookieSecret(),
  trustHost: true,
  pages: { signIn: "/sign-in", error: "/sign-in", signOut: "/sign-in" },
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
    decode: async ({ token }) => {
      const row = await liveSession(token);
      return row === undefined ? null : { sessionToken: token, name: row.name };
    },
  },
  events: {
    // Whichever way out was taken, ours or its own address: a cookie that was copied before is over too. Ended already, the
    // token is null.
    signOut: async (message) => {
      const token = "token" in message ? message.token?.sessionToken : undefined;
      if (typeof token !== "string") return;
      try {
        await signOut(token, await visit());
      } catch (error) {
        // next-auth goes on as if nothing had been: the cookie goes, and the row stays until its time.
        log.error({ err: error }, "a session was not ended by next-auth's own way out");
      }
    },
  },
  callbacks: {
    // What a client posts to /api/auth/session arrives here as `session`; it is never looked at.
    jwt: ({ token, user }) =>
      user?.sessionToken === undefined ? token : { ...token, sessionToken: user.sessionToken },
    // What /api/auth/session tells a signed-in browser: no id, no address, no token.
    session: ({ session, token }) => ({ expires: session.expires, user: { name: token.name ?? "" } }),
    // Redirects stay on this site, whatever a callbackUrl says (AT-104).
    redirect: ({ baseUrl }) => `${baseUrl}/account`,
  },
  logger: { error: () => {}, warn: () => {}, debug: () => {} },
}));
