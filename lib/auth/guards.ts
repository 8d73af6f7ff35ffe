import "server-only";
import { redirect } from "next/navigation";
import { cache } from "react";
import { hashToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import { findSession, isProofFresh, isSessionLive, type SessionRow } from "@/lib/sessions";
import { clearCookie, readCookie } from "./cookies";
import { liveSession, nextAuth } from "./next-auth";
import { type Admission, mintTicket } from "./ticket";
import { visit } from "./visit";

/** The session of this request's browser, read once a request; undefined when there is none. */
export const currentSession = cache(
  async (): Promise<SessionRow | undefined> => liveSession(await readCookie("session")),
);

/**
 * The session of this request's browser for a module that only asks what is new. It writes nothing: a page that is left
 * open does not keep its session alive by asking.
 */
export async function peekSession(now: Date): Promise<SessionRow | undefined> {
  const token = await readCookie("session");
  if (token === undefined || !isTokenShaped(token)) return undefined;
  const session = await findSession(hashToken(token));
  return session !== undefined && isSessionLive(session, now) ? session : undefined;
}

/** Guard of every page and action of a signed-in person: the session row itself, else the sign-in page. */
export async function requireSession(): Promise<SessionRow> {
  return (await currentSession()) ?? redirect("/sign-in");
}

/**
 * Guard of every page and action that shows or changes protection: a session with a proof of the last ten minutes,
 * else "Sign in again", which leads back to the page that was asked for. A trusted device does not count.
 */
export async function requireFreshProof(): Promise<SessionRow> {
  const session = await requireSession();
  if (!isProofFresh(session, (await visit()).now)) redirect("/account/confirm");
  return session;
}

/**
 * Sets the session cookie for an admission, through next-auth and a ticket. Only for actions, after a flow said yes;
 * the one caller list is held by a test ("every way to a session").
 */
export async function admit(admission: Admission): Promise<void> {
  const { now } = await visit();
  await nextAuth.signIn("credentials", { ticket: mintTicket(admission, now), redirect: false });
}

/** Takes the session cookie away, through next-auth. The row is the caller's to end. */
export async function dismiss(): Promise<void> {
  await nextAuth.signOut({ redirect: false });
}

/** Pages that a guard may have turned away and a sign-in may lead back to. Anything else leads to Your Account. */
const returnable = /^\/account(\/(settings|security|sessions|activity)(\/[a-z0-9-]+)*)?$/;

/** Where to go after a sign-in or proof: the page that was asked for, if it is one of this site's own. */
export function returnPath(askedFor: string | undefined, otherwise: string): string {
  if (askedFor === undefined) return otherwise;
  let path: string;
  try {
    path = decodeURIComponent(askedFor);
  } catch {
    return otherwise;
  }
  return returnable.test(path) ? path : otherwise;
}

/** Reads and clears the page that was asked for; only in an action. */
export async function takeAskedFor(otherwise: string): Promise<string> {
  const path = returnPath(await readCookie("asked-for"), otherwise);
  await clearCookie("asked-for");
  return path;
}
