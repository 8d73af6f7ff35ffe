"use server";

import { redirect } from "next/navigation";
import { clearCookie, dismiss, postVisit, readCookie, writeCookie } from "@/lib/auth";
import { signOut } from "@/lib/sign-in";

/** Ends this session on the server first, then takes the cookie away. Signed out already is signed out. */
export async function signOutAction(): Promise<void> {
  const visit = await postVisit();
  await signOut(await readCookie("session"), visit);
  await dismiss();
  await clearCookie("asked-for");
  await writeCookie("signed-out", "yes");
  redirect("/sign-in");
}
