"use server";

import { redirect } from "next/navigation";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProof } from "@/lib/auth";
import { makeNewCodes } from "@/lib/security";
import { settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";

/** Set when ten codes could not be made just now. */
export type NewCodesState = { readonly errors: readonly FormError[] } | undefined;

/** Makes ten new recovery codes and shows them. */
export async function makeNewCodesAction(): Promise<NewCodesState> {
  const visit = await postVisit();
  const session = await requireFreshProof("new-recovery-codes", { typed: {} });
  const made = await makeNewCodes(session, visit);
  if (!made.ok && made.reason === "busy") return { errors: [{ message: words("security")("refused.busy") }] };
  return redirect(made.ok ? "/account/security/recovery-codes" : settingsPath);
}
