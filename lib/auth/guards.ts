import "server-only";
import { redirect } from "next/navigation";
import { cache } from "react";
import { hashToken } from "@/lib/kernel/secrets";
import { isTwoStepRequired, siteUrl } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import {
  type ActionName,
  dropTyped,
  isProofEnough,
  keepTyped,
  readTyped,
  type Task,
  type TypedFields,
  taskOfPath,
  typedFor,
} from "@/lib/proof";
import {
  type Admission,
  findSession,
  isSessionLive,
  leadThrownOut,
  type SessionRow,
  sightOf,
} from "@/lib/sessions";
import { changeCookies, clearCookie, readCookie } from "./cookies";
import { liveSession, nextAuth } from "./next-auth";
import { returnPath } from "./return-path";
import { sessionCookie } from "./session-cookie";
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
  const session = await findSession(hashToken(token), now);
  if (session === undefined || !isSessionLive(session, now)) return undefined;
  return sightOf(session, (await visit()).browser) === "here" ? session : undefined;
}

/** Where somebody is led who must set up Two-Step Verification first. */
const requiredPath = "/account/required";

/**
 * Guard of every page and action of a signed-in person: the session row itself, else the sign-in page. Where the site
 * requires Two-Step Verification, whoever has none gets to its set-up and to nothing else (AT-010).
 *
 * @param mayLackTwoStep for what leads to the end of the set-up.
 */
export async function requireSession({ mayLackTwoStep = false } = {}): Promise<SessionRow> {
  const session = (await currentSession()) ?? redirect("/sign-in");
  const isRequired = isTwoStepRequired() || session.mustSetUpSince !== null;
  if (!mayLackTwoStep && session.twoStepOnAt === null && isRequired) redirect(requiredPath);
  return session;
}

// Whoever is signed out while a form of theirs waits for the account: as at the next request.
leadThrownOut(() => redirect("/sign-in"));

/**
 * Guard of every page that shows protection: a session with a proof of the last ten minutes that is good for this
 * (lib/proof/actions.ts), else "Sign in again", which leads back to the page that was asked for. A trusted device does not
 * count. Nothing is kept: the address says what was wanted.
 *
 * @param subject what the page is about, such as the id of a method.
 */
export async function requireFreshProofForPage(name: ActionName, subject?: string): Promise<SessionRow> {
  const { session, isEnough } = await proofFor({ name, subject });
  return isEnough ? session : redirect("/account/confirm");
}

/** What an action knows of the form that it was given, when it asks for a fresh proof. */
type OfForm = {
  /** What the action is about, such as the id of a method. */
  readonly subject?: string;
  /** What to fill in again when the proof has run out. */
  readonly typed?: TypedFields;
};

/**
 * The same guard for every action that changes protection. When the proof has run out it keeps what was wanted and typed,
 * until the form is posted again with a proof.
 */
export async function requireFreshProofForAction(
  name: ActionName,
  { subject, typed = {} }: OfForm = {},
): Promise<SessionRow> {
  const task = { name, subject };
  const { session, isEnough } = await proofFor(task);
  if (isEnough) {
    if (session.hasTyped) await dropTyped(session);
    return session;
  }
  await keepTyped(session, task, typed, (await visit()).now);
  redirect("/account/confirm");
}

async function proofFor(task: Task): Promise<{ readonly session: SessionRow; readonly isEnough: boolean }> {
  const session = await requireSession({ mayLackTwoStep: task.name === "add-method" });
  return { session, isEnough: isProofEnough(session, task, (await visit()).now) };
}

/** What was typed into the form of this task before its proof had run out, to fill it in again; writes nothing. */
export async function typedBefore(
  session: SessionRow,
  action: ActionName,
  subject?: string,
): Promise<TypedFields | undefined> {
  return session.hasTyped ? typedFor(session, { name: action, subject }, (await visit()).now) : undefined;
}

/**
 * What a fresh proof is wanted for: by the page that a guard turned away; where that says nothing in particular, by the
 * button that was pressed on it and kept since, unless a proof was given after that.
 */
export async function wantedTask(session: SessionRow): Promise<Task> {
  const path = await readCookie("asked-for");
  const ofPath = taskOfPath(returnPath(path, "/account/settings"));
  if (ofPath.name !== "see-settings" || !session.hasTyped) return ofPath;
  const kept = await readTyped(session, (await visit()).now);
  const isAnswered = session.provenAt !== null && kept !== undefined && session.provenAt > kept.at;
  return kept === undefined || isAnswered ? ofPath : kept.task;
}

/**
 * Sets the session cookie for an admission. Only for actions, after a flow said yes; the one caller list is held by a test
 * ("every way to a session").
 */
export async function admit(admission: Admission): Promise<void> {
  await changeCookies([await sessionCookie(admission)]);
}

/** Takes the session cookie away, through next-auth, which ends the row too where it is still there. */
export async function dismiss(): Promise<void> {
  await nextAuth.signOut({ redirect: false });
}

/** The page of this site that a form was posted from, by the header with which browsers say so; else the site's front. */
export function pageBefore(referer: string | null): string {
  const site = siteUrl();
  const page = referer !== null && URL.canParse(referer) ? new URL(referer) : undefined;
  // With the origin in front: a path that begins with two slashes would be another host.
  return page?.origin === site ? `${site}${page.pathname}${page.search}` : `${site}/`;
}

/** Reads and clears the page that was asked for; only in an action. */
export async function takeAskedFor(otherwise: string): Promise<string> {
  const path = returnPath(await readCookie("asked-for"), otherwise);
  await clearCookie("asked-for");
  return path;
}
