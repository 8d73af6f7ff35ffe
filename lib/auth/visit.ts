import "server-only";
import { headers } from "next/headers";
import { cache } from "react";
import { now } from "@/lib/kernel/clock";
import { siteUrl } from "@/lib/kernel/site";
import { browserName, type Visit } from "@/lib/kernel/visit";

/** When and from where this request came. The door puts the address there and takes away what a client sent as it. */
export const visit = cache(async (): Promise<Visit> => {
  const header = await headers();
  return {
    now: now(),
    address: header.get("x-latchkey-address") ?? "127.0.0.1",
    browser: browserName(header.get("user-agent") ?? ""),
  };
});

/** The languages that this browser asks for, as it sends them; empty when it does not. */
export const languages = async (): Promise<string> => (await headers()).get("accept-language") ?? "";

/** A form was posted from another site. There is no honest way here, so it throws. */
export class ForeignOriginError extends Error {}

/**
 * The guard of every action: the form must come from a page of this site. The door refuses foreign posts first; this is
 * the second lock, because an action is a public address (AT-099, AT-100).
 */
export async function postVisit(): Promise<Visit> {
  const header = await headers();
  const site = header.get("sec-fetch-site");
  if (header.get("origin") !== siteUrl() || (site !== null && site !== "same-origin"))
    throw new ForeignOriginError("a form was posted from another origin");
  return visit();
}
