"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { askSecondEmail, emailField, fieldErrors, refusalError, removeSecondEmail } from "@/lib/accounts";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { type Refusal, refuse } from "@/lib/kernel/result";
import type { KeptHeldReason } from "@/lib/proof";
import { nameContact, removeContact } from "@/lib/recovery";
import { words } from "@/lib/words";

export type KeptState =
  | { readonly errors: readonly FormError[]; readonly typed: string; readonly said?: string }
  | undefined;

const path = "/account/settings/recovery";

/** Why everything here stays as it is for now. */
function heldState({ reason, details }: Refusal<KeptHeldReason>, typed: string): KeptState {
  const at = untilText(details?.retryAt);
  return { errors: [{ message: words("recovery")(`kept.refused.${reason}`, { at }) }], typed };
}

/** Asks for a second address. */
export async function askSecondEmailAction(_: KeptState, form: FormData): Promise<KeptState> {
  const visit = await postVisit();
  const email = typed(form, "email");
  const session = await requireFreshProofForAction("ways-back", { typed: { email } });
  const parsed = parseForm(form, { email: emailField });
  if (!parsed.ok) return { errors: fieldErrors(parsed.errors), typed: email };
  const asked = await askSecondEmail(session, parsed.data.email, visit);
  const t = words("recovery");
  if (!asked.ok) {
    const { reason, details } = asked;
    if (reason === "recovered" || reason === "held") return heldState(refuse(reason, details), email);
    return {
      errors: [
        reason === "email-same"
          ? { field: "email", message: t("kept.second.same") }
          : refusalError({ reason, details }),
      ],
      typed: email,
    };
  }
  return { errors: [], typed: "", said: t("kept.second.sent") };
}

/** Takes the second address away; gone already is gone. */
export async function removeSecondEmailAction(_: KeptState): Promise<KeptState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("ways-back");
  const removed = await removeSecondEmail(session, visit);
  if (!removed.ok && removed.reason !== "gone") return heldState(refuse(removed.reason, removed.details), "");
  redirect(path);
}

/** Names a recovery contact. */
export async function nameContactAction(_: KeptState, form: FormData): Promise<KeptState> {
  const visit = await postVisit();
  const contact = typed(form, "contact");
  const session = await requireFreshProofForAction("ways-back", { typed: { contact } });
  const t = words("recovery");
  const parsed = parseForm(form, { contact: emailField });
  if (!parsed.ok)
    return {
      errors: fieldErrors({ contact: parsed.errors.contact ?? "error.email-malformed" }),
      typed: contact,
    };
  const named = await nameContact(session, parsed.data.contact, visit);
  if (named.ok) return { errors: [], typed: "", said: t("kept.contacts.sent") };
  if (named.reason === "email-malformed")
    return { errors: fieldErrors({ contact: "error.email-malformed" }), typed: contact };
  const at = untilText(named.details?.retryAt);
  return {
    errors: [{ field: "contact", message: t(`kept.refused.${named.reason}`, { at }) }],
    typed: contact,
  };
}

/** Takes a contact away; anybody else's is not there. */
export async function removeContactAction(_: KeptState, form: FormData): Promise<KeptState> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("ways-back");
  const parsed = parseForm(form, { id: z.uuid() });
  const removed = parsed.ok ? await removeContact(session, parsed.data.id, visit) : undefined;
  if (removed?.ok === false && removed.reason !== "gone")
    return heldState(refuse(removed.reason, removed.details), "");
  redirect(path);
}
