import "server-only";
import NextAuth from "next-auth";
import { before } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
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
import { issuing } from "./session-cookie";
import { visit } from "./visit";

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
 * next-auth issues the session cookie (session-cookie.ts) and ends it; it decides nothing. The SHA-256 of the cookie's token is
 * the Session row, looked up on every request: what was ended is over at the next request (docs/decisions/0001).
 */
export const nextAuth = NextAuth(() => {
  const { jwt, callbacks, ...config } = issuing();
  return {
    ...config,
    pages: { signIn: "/sign-in", error: "/sign-in", signOut: "/sign-in" },
    jwt: {
      ...jwt,
      decode: async ({ token }) => {
        const row = await liveSession(token);
        return row === undefined ? null : { sessionToken: token, name: row.name };
      },
    },
    callbacks: {
      ...callbacks,
      // What /api/auth/session tells a signed-in browser: no id, no address, no token.
      session: ({ session, token }) => ({ expires: session.expires, user: { name: token.name ?? "" } }),
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
  };
});
