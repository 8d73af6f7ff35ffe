"use server";

import { redirect } from "next/navigation";
import { admit, postVisit, requireFreshProofForAction } from "@/lib/auth";
import { turnOff } from "@/lib/security";
import { settingsPath } from "@/lib/setup";

/** Turns Two-Step Verification off; pressed twice, it is off once. */
export async function turnOffAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("turn-off");
  const off = await turnOff(session, visit);
  if (off.ok) await admit(off.value);
  // Held: the page says so, and until when.
  redirect(!off.ok && off.reason === "held" ? "/account/security/turn-off" : settingsPath);
}
