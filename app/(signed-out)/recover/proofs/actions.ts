"use server";

import { redirect } from "next/navigation";
import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { postVisit, readCookie } from "@/lib/auth";
import { codeLine, comparedPasswordField, lineOf, parseForm } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import type { RefusalDetails } from "@/lib/kernel/result";
import {
  askContacts,
  askOldNumber,
  type MailCodesReason,
  type NumberReason,
  type ProveReason,
  proveByCode,
  proveByPassword,
  type StartReason,
  sendMailCodes,
  startWaiting,
} from "@/lib/recovery";
import { words } from "@/lib/words";
import { keepRecoveryCookie } from "../keep-cookie";

/** What came of a post: why not, or what was asked for. */
export type ProofState = { readonly errors: readonly FormError[]; readonly said?: string } | undefined;

const numberLine = lineOf({
  max: numbers.fields.phoneCharacters,
  missing: "missing",
  tooLong: "malformed",
  malformed: "malformed",
});

const passwordShape = {
  password: comparedPasswordField({ missing: "missing", malformed: "malformed", wrong: "malformed" }),
};

function refusedWith(
  reason: ProveReason | MailCodesReason | NumberReason | StartReason,
  details?: RefusalDetails,
  field?: string,
): ProofState {
  const values = {
    at: untilText(details?.retryAt),
    left: details?.triesLeft ?? 0,
  };
  return { errors: [{ field, message: words("recovery")(`refused.${reason}`, values) }] };
}

/** One code of whatever kind. */
export async function proveAction(_: ProofState, form: FormData): Promise<ProofState> {
  const visit = await postVisit();
  const parsed = parseForm(form, { code: codeLine });
  const t = words("recovery");
  if (!parsed.ok) return { errors: [{ field: "code", message: t("refused.empty") }] };
  const proven = await proveByCode(await readCookie("recovery"), parsed.data.code, visit);
  if (!proven.ok) return refusedWith(proven.reason, proven.details, "code");
  return { errors: [], said: t("proofs.code.taken") };
}

/** "Add my password", in a recovery that was begun without it. */
export async function provePasswordAction(_: ProofState, form: FormData): Promise<ProofState> {
  const visit = await postVisit();
  const t = words("recovery");
  const parsed = parseForm(form, passwordShape);
  if (!parsed.ok) return { errors: [{ field: "password", message: t("begin.refused.password") }] };
  const [token, devices] = [await readCookie("recovery"), await readCookie("devices")];
  const proven = await proveByPassword(token, parsed.data.password, devices, visit);
  if (proven.ok) return { errors: [], said: t("proofs.code.taken") };
  if (proven.reason !== "wrong-password") return refusedWith(proven.reason, proven.details, "password");
  return { errors: [{ field: "password", message: t("begin.refused.wrong-password") }] };
}

/** "Mail the codes". The same answer whatever addresses there are. */
export async function mailCodesAction(): Promise<ProofState> {
  const visit = await postVisit();
  const sent = await sendMailCodes(await readCookie("recovery"), visit);
  if (!sent.ok) return refusedWith(sent.reason, sent.details);
  return { errors: [], said: words("recovery")("proofs.mail.sent") };
}

/** "Text a code", to a number typed in whole. The same answer whether it was the account's. */
export async function oldNumberAction(_: ProofState, form: FormData): Promise<ProofState> {
  const visit = await postVisit();
  const parsed = parseForm(form, { number: numberLine });
  if (!parsed.ok) return refusedWith("number-malformed", undefined, "number");
  const asked = await askOldNumber(await readCookie("recovery"), parsed.data.number, visit);
  if (!asked.ok) return refusedWith(asked.reason, asked.details, "number");
  return { errors: [], said: words("recovery")("proofs.number.sent") };
}

/** "Ask my recovery contacts". The same answer whether there is one. */
export async function askContactsAction(): Promise<ProofState> {
  const visit = await postVisit();
  const asked = await askContacts(await readCookie("recovery"), visit);
  if (!asked.ok) return refusedWith(asked.reason, asked.details);
  return { errors: [], said: words("recovery")("proofs.contact.sent") };
}

/** "Start the waiting time". */
export async function startAction(): Promise<ProofState> {
  const visit = await postVisit();
  const started = await startWaiting(await readCookie("recovery"), visit);
  // Also after a refusal: it may be the second press, and the answer to the first one was lost.
  await keepRecoveryCookie(visit.now);
  if (!started.ok) return refusedWith(started.reason, started.details);
  redirect("/recover/status");
}
