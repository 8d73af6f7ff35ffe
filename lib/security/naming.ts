/** What a method is called by its owner, and where it is kept. */
import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { type ActiveMethod, describeMethod, type LabelReason, openMethods, readLabel } from "@/lib/methods";
import { holdSession } from "@/lib/sessions";
import { listMethodRows, methodEventFacts, type Owner } from "@/lib/setup";
import { isPlace } from "./rules";
import { writeName } from "./store";

/** Why a method was not given a name. */
export type NameReason = LabelReason | "not-there" | "place-unknown";

/**
 * Gives a method the name that its owner knows it by, and says where it is kept, for the lock-out map. Neither is shown
 * before a sign-in is finished, and neither protects anything, so nobody is signed out.
 */
export async function nameMethod(
  id: string,
  name: { readonly label: string; readonly livesOn: string },
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, NameReason>> {
  const { accountId } = owner;
  const label = readLabel(name.label);
  if (!label.ok) return label;
  return inTransaction(async (tx) => {
    await holdSession(tx, owner);
    const { methods } = openMethods(accountId, await listMethodRows(tx, accountId));
    const isPhone = (method: ActiveMethod): boolean => describeMethod(method).kind === "phone";
    const method = methods.find((candidate) => candidate.id === id);
    if (method === undefined) return refuse("not-there");
    const phoneIds = methods.filter(isPhone).map((phone) => phone.id);
    if (!isPlace(name.livesOn, { id, isPhone: isPhone(method) }, phoneIds)) return refuse("place-unknown");
    const isNew = await writeName(tx, accountId, id, { label: label.value, livesOn: name.livesOn });
    // The same again, from a second tab: it is named so already.
    if (isNew) await record(tx, accountId, "method-renamed", visit, methodEventFacts(describeMethod(method)));
    return ok(undefined);
  });
}
