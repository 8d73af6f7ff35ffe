/** What the posts of a sign-in and of a fresh proof take and give, and what becomes of the cookies of their browser. */
import "server-only";
import { randomUUID } from "node:crypto";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { AnswerReason } from "@/lib/methods";
import type { Admission } from "@/lib/sessions";
import { cookieWith, presentedFor, successorOf } from "@/lib/trusted-devices";
import type { AttemptEnd } from "./rules";

/** A sign-in, or the fresh proof before a change. */
export type Purpose = "sign-in" | "proof";
/** What a second step may be asked for: those, and the support desk (at-desk.ts). */
export type AttemptPurpose = Purpose | "desk";

/** A finished sign-in: what the cookies of this browser become. */
export type Admitted = {
  readonly kind: "admitted";
  readonly admission: Admission;
  /** The new value of the cookie `devices`; undefined leaves it alone. */
  readonly deviceCookie: string | undefined;
};

/** The second step is asked: the token of the attempt, for the cookie `attempt`. */
export type Asked = { readonly kind: "asked"; readonly attemptToken: string };

export type BeginReason = "wrong-password" | "limit" | "busy";
export type AnswerRefusal = AnswerReason | AttemptEnd;

/**
 * The session changed while its fresh proof was judged. Either the second copy of a double click, at another instance, gave
 * the proof already; or a change gave the session another token; or the session was ended. The answer itself is then neither
 * right nor wrong, and nothing is said of it: the person is sent to the page that they asked for, which lets them in, asks
 * for a proof or asks them to sign in.
 */
export type Overtaken = "overtaken";

/** The browser's cookies, as far as a sign-in looks at them. */
export type BrowserCookies = {
  readonly devices: string | undefined;
  /** The session that this browser had before; it ends when another begins. */
  readonly session: string | undefined;
};

/** The session whose proof is asked. */
export type ProofSession = {
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
  /** The token that it was found by: a proof that is still on its way when the session gets another proves nothing. */
  readonly tokenHash: string;
  /** A method that will not do, because it is to be removed: another one is asked, as far as there is one. */
  readonly avoidMethodId?: string | null;
};

/** Where this browser stands after a full sign-in: known with a new token, trusted when that was asked and allowed. */
export function deviceChange(
  devices: string | undefined,
  known: { id: string | null; tokenHash: string | null },
  trustedUntil: Date | null,
) {
  const replaced = presentedFor(devices, known.tokenHash);
  const token = replaced === undefined ? randomToken() : successorOf(replaced);
  return {
    cookie: cookieWith(devices, token, replaced),
    change: { knownId: known.id, newId: randomUUID(), tokenHash: hashToken(token), trustedUntil },
  };
}

/** The hash of the session token that this browser had before, when it is one. */
export const formerTokenHash = (session: string | undefined): string | null =>
  session !== undefined && isTokenShaped(session) ? hashToken(session) : null;
