"use server";

import { redirect } from "next/navigation";
import { changeName, type FormRefusal, fieldErrors, nameField } from "@/lib/accounts";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";

export type NameState = { readonly errors: readonly FormRefusal[]; readonly name: string } | undefined;

const shape = { name: nameField };

/** Gives the account another name. */
export async function changeNameAction(_: NameState, form: FormData): Promise<NameState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("change-name", { typed: { name: typed(form, "name") } });
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors), name: typed(form, "name") };
  await changeName(session, parsed.data.name, visit);
  redirect("/account/settings");
}
