import { redirect } from "next/navigation";
import { changeCookies, endOfSignIn, readCookie } from "@/lib/auth";
import type { Admitted } from "@/lib/sign-in";

/** Ends a sign-in whose last form is an action of the framework's. Only for what a flow admitted. */
export async function finishSignIn(admitted: Admitted): Promise<never> {
  const { leadTo, cookies } = await endOfSignIn(admitted, await readCookie("asked-for"));
  await changeCookies(cookies);
  redirect(leadTo);
}
