"use server";

import { postVisit } from "@/lib/auth";
import { signInFor } from "../sign-in-for";

/** "Sign in another way", and then to the new number. */
export async function goToNewNumberAction(): Promise<void> {
  await postVisit();
  await signInFor("/account/security/new-number");
}
