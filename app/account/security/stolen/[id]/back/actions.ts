"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { settingsPath } from "@/lib/setup";
import { restorePhone } from "@/lib/stolen";
import { words } from "@/lib/words";

export type RestoreState = { readonly errors: readonly FormError[] } | undefined;

/** "Take it into use again". */
export async function restoreAction(_state: RestoreState, form: FormData): Promise<RestoreState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("restore-phone", { subject: typed(form, "id") });
  const parsed = parseForm(form, { id: z.uuid() });
  if (!parsed.ok) redirect(settingsPath);
  const restored = await restorePhone(parsed.data.id, session, visit);
  if (restored.ok || restored.reason === "not-there") redirect(settingsPath);
  return { errors: [{ message: words("stolen")("restore.refused") }] };
}
