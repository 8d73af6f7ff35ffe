import "server-only";
import { randomUUID } from "node:crypto";
import type { Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, open, randomToken, seal } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import { type LinkState, linkState } from "./rules";
import { findLink, insertLink, type LinkPurpose, type LinkRow } from "./store";

const purposes = {
  "confirm-sign-up": { path: "/sign-up/confirm/", lifetime: numbers.mailLink.confirmAddress },
  "reset-password": { path: "/reset-password/", lifetime: numbers.mailLink.resetPassword },
  "confirm-second-email": { path: "/confirm-second-email/", lifetime: numbers.mailLink.confirmAddress },
  "confirm-email": { path: "/confirm-email/", lifetime: numbers.mailLink.confirmAddress },
} as const satisfies Record<LinkPurpose, { path: string; lifetime: number }>;

const context = (link: { id: string; accountId: string | null }) => ({
  table: "MailLink",
  row: link.id,
  account: link.accountId ?? "",
});

/**
 * Makes a link and returns its address, from SITE_URL and nothing a request says (AT-079). 256 bits, stored as SHA-256;
 * `data` is sealed with the row.
 */
export async function makeLink(
  tx: Transaction,
  link: {
    readonly purpose: LinkPurpose;
    readonly accountId: string | null;
    readonly emailKey: string;
    readonly data?: unknown;
    readonly now: Date;
  },
): Promise<{ readonly url: string; readonly expiresAt: Date }> {
  const { purpose, accountId, emailKey, now } = link;
  const id = randomUUID();
  const token = randomToken();
  const expiresAt = after(now, purposes[purpose].lifetime);
  const data = link.data === undefined ? null : seal(JSON.stringify(link.data), context({ id, accountId }));
  const tokenHash = hashToken(token);
  await insertLink(tx, { id, tokenHash, purpose, accountId, emailKey, data, createdAt: now, expiresAt });
  return { url: `${siteUrl()}${purposes[purpose].path}${token}`, expiresAt };
}

/** Looks a link up by its token; a token that is cut short never reaches the database. Writes nothing. */
export async function readLink(
  purpose: LinkPurpose,
  token: string,
  now: Date,
): Promise<{ state: "live"; link: LinkRow } | { state: Exclude<LinkState, "live"> }> {
  if (!isTokenShaped(token)) return { state: "malformed" };
  const link = await findLink(purpose, hashToken(token));
  const state = linkState(link, now);
  if (link === undefined || state !== "live") return { state: state === "live" ? "unknown" : state };
  return { state, link };
}

/** What a live link carries, opened. @throws Error when it was sealed for another row or changed. */
export const linkData = (link: LinkRow): unknown =>
  link.data === null ? undefined : JSON.parse(open(link.data, context(link)));
