import { redirect } from "next/navigation";
import { takeAskedFor } from "@/lib/auth";

/**
 * The end of "Sign in again": to the page that was asked for. Its own guard looks where the session stands now, also where
 * that was proven or ended while the form was on its way.
 */
export async function leadOn(): Promise<never> {
  redirect(await takeAskedFor("/account/settings"));
}
