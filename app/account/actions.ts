"use server";

import { redirect } from "next/navigation";
import { credentialShape } from "@/app/challenge-form";
import { postVisit, readCookie, requireSession, writeCookie } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { addPasskeyOfBrowser } from "@/lib/setup";

/**
 * A passkey that the browser made by itself after a sign-in. Its proof is that sign-in, which the flow looks at; what it
 * refuses nobody asked for, so nothing is said.
 */
export async function addPasskeyOfBrowserAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireSession();
  const parsed = parseForm(form, credentialShape);
  if (parsed.ok) {
    const devices = await readCookie("devices");
    const added = await addPasskeyOfBrowser(parsed.data.credential, session, devices, visit);
    if (added.ok && added.value.deviceCookie !== undefined)
      await writeCookie("devices", added.value.deviceCookie);
  }
  redirect("/account");
}
