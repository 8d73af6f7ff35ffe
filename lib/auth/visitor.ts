/** What the headers of a request say of who is at the door, whoever holds them: the framework, or the door itself. */
import { siteUrl } from "@/lib/kernel/site";
import { browserName, type Visit } from "@/lib/kernel/visit";

/** A header by its name in lower case; null or undefined when the request has none. */
type Header = (name: string) => string | null | undefined;

/** From where a request came. The door puts the address there and takes away what a client sent as it. */
export const visitBy = (header: Header, now: Date): Visit => ({
  now,
  address: header("x-latchkey-address") ?? "127.0.0.1",
  browser: browserName(header("user-agent") ?? ""),
});

/** A form was posted from another site. There is no honest way here, so it throws. */
export class ForeignOriginError extends Error {
  override readonly name = "ForeignOriginError";
}

/**
 * Throws unless a form comes from a page of this site. The door refuses foreign posts first; this is the second lock,
 * because whatever takes a form is a public address (AT-099, AT-100).
 */
export function refuseForeign(header: Header): void {
  const site = header("sec-fetch-site") ?? null;
  if (header("origin") !== siteUrl() || (site !== null && site !== "same-origin"))
    throw new ForeignOriginError("a form was posted from another origin");
}
