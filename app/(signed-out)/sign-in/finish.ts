import { redirect } from "next/navigation";
import { admit, takeAskedFor, writeCookie } from "@/lib/auth";
import type { Admitted } from "@/lib/sign-in";

/**
 * The end of every sign-in, whichever way it was given: this browser is known from now on, its session's cookie is set, and
 * it goes on to the page that was asked for. Only for what a flow admitted.
 */
export async function finishSignIn({ admission, deviceCookie }: Admitted): Promise<never> {
  if (deviceCookie !== undefined) await writeCookie("devices", deviceCookie);
  await admit(admission);
  redirect(await takeAskedFor("/account"));
}
