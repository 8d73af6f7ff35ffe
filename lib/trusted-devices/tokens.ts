import { hashToken, keyedHash } from "@/lib/kernel/secrets";
import { tokensInCookie } from "./rules";

/**
 * The token that follows `token`. Derived with a key of the site instead of drawn, so that two requests with the same
 * token (a double click, two tabs) get the same new one, and neither leaves the browser with one that is dead already.
 * Without the key it cannot be told from a random one.
 */
export const successorOf = (token: string): string => {
  const hash = keyedHash("device", [token]);
  return hash.slice(hash.indexOf(".") + 1);
};

/** The tokens of a browser as a statement looks them up. */
export type PresentedTokens = {
  /** SHA-256 of each. */
  readonly hashes: readonly string[];
  /** SHA-256 of what each was, or will be, replaced by. */
  readonly successorHashes: readonly string[];
};

/** What the cookie `devices` presents. */
export function presentedTokens(cookie: string | undefined): PresentedTokens {
  const tokens = tokensInCookie(cookie);
  return {
    hashes: tokens.map(hashToken),
    successorHashes: tokens.map((token) => hashToken(successorOf(token))),
  };
}

/** The token in the cookie by which the row with this hash was found: its own, or the one it replaced just now. */
export const presentedFor = (cookie: string | undefined, tokenHash: string | null): string | undefined =>
  tokensInCookie(cookie).find(
    (token) => hashToken(token) === tokenHash || hashToken(successorOf(token)) === tokenHash,
  );
