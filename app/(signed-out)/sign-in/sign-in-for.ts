import "server-only";
import { redirect } from "next/navigation";
import { readCookie, writeCookie } from "@/lib/auth";

/**
 * Leads to a page of the account once somebody is signed in: goes on with the sign-in that is under way by another way, or
 * begins one. Nothing but the address is remembered, and the page has its own guard.
 */
export async function signInFor(path: `/account/${string}`): Promise<never> {
  const isUnderWay = (await readCookie("attempt")) !== undefined;
  await writeCookie("asked-for", path);
  redirect(isUnderWay ? "/sign-in/two-step/other" : "/sign-in");
}
