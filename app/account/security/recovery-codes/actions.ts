"use server";

import { redirect } from "next/navigation";
import { postVisit, requireFreshProof } from "@/lib/auth";
import { makeNewCodes } from "@/lib/security";
import { settingsPath } from "@/lib/setup";

/** Makes ten new recovery codes and shows them. */
export async function makeNewCodesAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProof();
  const made = await makeNewCodes(session, visit);
  redirect(made.ok ? "/account/security/recovery-codes" : settingsPath);
}
