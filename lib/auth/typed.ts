import "server-only";
import { redirect } from "next/navigation";
import { typed } from "@/lib/kernel/form";
import { open, seal } from "@/lib/kernel/secrets";
import { isProofFresh, type SessionRow } from "@/lib/sessions";
import { clearCookie, readCookie, writeCookie } from "./cookies";
import { requireSession } from "./guards";
import { visit } from "./visit";

/** The forms that a turned-away person finds filled in again; never a password, a code or a key. */
export type KeptForm = "name" | "email" | "phone";

// Sealed for the account and the form, so that it opens for nobody else and nowhere else, and a cookie that somebody
// plants is no text of theirs.
const context = (session: SessionRow, form: KeptForm) => ({
  table: "typed",
  row: form,
  account: session.accountId,
});

/**
 * `requireFreshProof` for an action with a form that took a while to fill in: when the proof ran out meanwhile, "Sign in
 * again" leads back to the page with what was typed. `names` are the fields that are kept, none of them secret.
 */
export async function requireFreshProofKeeping(
  kept: KeptForm,
  form: unknown,
  names: readonly string[],
): Promise<SessionRow> {
  const session = await requireSession();
  if (isProofFresh(session, (await visit()).now)) {
    if ((await readCookie("typed")) !== undefined) await clearCookie("typed");
    return session;
  }
  // An action is a public address: whoever calls it by hand may post no form at all.
  if (!(form instanceof FormData)) redirect("/account/confirm");
  const texts = Object.fromEntries(names.map((name) => [name, typed(form, name, 254)]));
  await writeCookie("typed", seal(JSON.stringify(texts), context(session, kept)));
  redirect("/account/confirm");
}

/** What was typed into this form before its proof ran out; nothing for anybody else, and nothing that was altered. */
export async function typedBefore(
  session: SessionRow,
  kept: KeptForm,
): Promise<Readonly<Record<string, string>>> {
  const sealed = await readCookie("typed");
  if (sealed === undefined) return {};
  try {
    return JSON.parse(open(sealed, context(session, kept))) as Record<string, string>;
  } catch {
    return {};
  }
}
