"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { type NameReason, nameMethod } from "@/lib/security";
import { settingsPath } from "@/lib/setup";
import { type Key, words } from "@/lib/words";

export type NameState =
  | { readonly errors: readonly FormError[]; readonly label: string; readonly place: string }
  | undefined;

const keys = {
  "label-too-long": "name.refused.label-too-long",
  "place-unknown": "name.refused.place-unknown",
} as const satisfies Record<Exclude<NameReason, "not-there">, Key<"security">>;

// What a name may hold is the flow's to say; a phone's form has no place.
const shape = { id: z.uuid(), label: z.string(), place: z.string().max(64).optional() };

/** "Save": what a method is called, and where it is kept. */
export async function nameAction(_state: NameState, form: FormData): Promise<NameState> {
  const visit = await postVisit();
  const again = { label: typed(form, "label"), place: typed(form, "place") };
  const session = await requireFreshProofForAction("see-settings", {
    subject: typed(form, "id"),
    typed: again,
  });
  const parsed = parseForm(form, shape);
  const t = words("security");
  if (!parsed.ok) {
    if (parsed.errors.id !== undefined) redirect(settingsPath);
    return { errors: [{ field: "label", message: t("name.refused.malformed") }], ...again };
  }
  const { id, place = "" } = parsed.data;
  const named = await nameMethod(id, { label: parsed.data.label, livesOn: place }, session, visit);
  if (named.ok || named.reason === "not-there") redirect(settingsPath);
  const message = t(keys[named.reason], { max: numbers.fields.labelCharacters });
  return { errors: [{ field: named.reason === "place-unknown" ? "place" : "label", message }], ...again };
}
