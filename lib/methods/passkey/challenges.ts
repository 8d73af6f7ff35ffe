import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { isKeyedHash, keyedHash, randomToken } from "@/lib/kernel/secrets";

// WebAuthn takes bytes and gives them back in base64url; ours are text.
const toBytes = (text: string): string => Buffer.from(text, "utf8").toString("base64url");
const toText = (challenge: string): string => Buffer.from(challenge, "base64url").toString("utf8");

/** Whose next answer a challenge is for: an attempt or an enrolment, of an account, with this many tries left. */
export type Try = {
  readonly ownerId: string;
  readonly accountId: string;
  readonly purpose: "sign-in" | "proof" | "enrolment" | "undo";
  readonly triesLeft: number;
};

const partsOf = ({ ownerId, accountId, purpose, triesLeft }: Try): string[] => [
  "try",
  ownerId,
  accountId,
  purpose,
  String(triesLeft),
];

/**
 * The challenge for the next try of an attempt or enrolment. Nothing stores it and no GET makes it: it follows from the
 * row under a key of ours, and an answer spends a try, so no two answers meet the same challenge (docs/decisions/0013).
 */
export const challengeOfTry = (next: Try): string => toBytes(keyedHash("challenge", partsOf(next)));

/** Whether a challenge that came back is the one of this try. */
export const isChallengeOfTry = (challenge: string, next: Try): boolean =>
  isKeyedHash(toText(challenge), "challenge", partsOf(next));

/**
 * What a challenge without an attempt is for: signing in, the fresh proof of one session, the passkey that a browser makes
 * by itself in it, or trying one passkey in it.
 */
export type ChallengeUse =
  | { readonly purpose: "sign-in" }
  | { readonly purpose: "proof" | "upgrade"; readonly sessionId: string }
  | { readonly purpose: "trial"; readonly sessionId: string; readonly methodId: string };

const partsOfUse = (use: ChallengeUse): string[] => {
  if (use.purpose === "sign-in") return [use.purpose];
  return use.purpose === "trial" ? [use.purpose, use.sessionId, use.methodId] : [use.purpose, use.sessionId];
};

/** A challenge for a page that has no attempt yet. It is sealed, short-lived, and stands nowhere until it is answered. */
export function issueChallenge(use: ChallengeUse, now: Date): string {
  const nonce = randomToken();
  const until = after(now, numbers.passkey.challenge).getTime().toString(36);
  return toBytes(`${nonce}.${until}.${keyedHash("challenge", ["page", ...partsOfUse(use), nonce, until])}`);
}

/** Reads a challenge that came back: until when it is good; "expired", or "foreign" when it was not made here for this. */
export function readChallenge(challenge: string, use: ChallengeUse, now: Date): Date | "expired" | "foreign" {
  const text = toText(challenge);
  const [nonce = "", until = ""] = text.split(".", 2);
  const hash = text.slice(nonce.length + until.length + 2);
  if (!isKeyedHash(hash, "challenge", ["page", ...partsOfUse(use), nonce, until])) return "foreign";
  const expiresAt = new Date(Number.parseInt(until, 36));
  return expiresAt > now ? expiresAt : "expired";
}
