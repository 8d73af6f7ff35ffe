"use server";

import { postVisit } from "@/lib/auth";
import { signInFor } from "../sign-in-for";

/** "Sign in another way", and then to the one button. */
export async function goToStolenAction(): Promise<void> {
  await postVisit();
  await signInFor("/account/security/stolen");
}
