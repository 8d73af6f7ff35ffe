import "server-only";
import { hashToken, open, randomToken, seal } from "@/lib/kernel/secrets";

const context = (id: string, accountId: string) => ({ table: "Recovery", row: id, account: accountId });

/**
 * The token that stops a recovery and does nothing else, out of the one of its page: every address gets it, also one
 * whose owner should not see more. From it the other cannot be told.
 */
const stopTokenOf = (link: string): string =>
  Buffer.from(hashToken(`stop ${link}`), "hex").toString("base64url");

/** The tokens of a new recovery: hashes to look it up by, and the link sealed, because every day's mail needs it. */
export function newLink(id: string, accountId: string) {
  const link = randomToken();
  return {
    link,
    linkHash: hashToken(link),
    linkSealed: seal(link, context(id, accountId)),
    stopHash: hashToken(stopTokenOf(link)),
  };
}

/** The tokens for the links of a mail. @throws Error when what is sealed was moved or altered. */
export function openLink(recovery: {
  readonly id: string;
  readonly accountId: string;
  readonly linkSealed: string;
}): { readonly link: string; readonly stop: string } {
  const link = open(recovery.linkSealed, context(recovery.id, recovery.accountId));
  return { link, stop: stopTokenOf(link) };
}
