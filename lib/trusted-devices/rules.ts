import { numbers } from "@/lib/kernel/numbers";
import { isTokenShaped } from "@/lib/kernel/token-shape";

/**
 * The tokens in a browser's device cookie, newest first: one an account that signed in here fully. Anything that is
 * not shaped like a token of ours, and all beyond the fifth, is left out (a forged cookie is simply unknown, AT-050).
 */
export const tokensInCookie = (cookie: string | undefined): string[] =>
  (cookie ?? "").split(".", 20).filter(isTokenShaped).slice(0, numbers.trustedDevice.accountsPerBrowser);

/** The cookie after `added` joined and `replaced` (the account's former token) left. */
export const cookieWith = (cookie: string | undefined, added: string, replaced?: string): string =>
  [added, ...tokensInCookie(cookie).filter((token) => token !== replaced && token !== added)]
    .slice(0, numbers.trustedDevice.accountsPerBrowser)
    .join(".");
