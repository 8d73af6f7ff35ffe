/** New recovery codes: shown, and said to be saved. */
import "server-only";
import { inTransaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { drawRecoveryCodes, recoveryCodesUnlessBusy, replaceRecoveryCodes } from "@/lib/methods";
import { heldUntil, securityChange } from "@/lib/proof";
import { holdSession } from "@/lib/sessions";
import { hideCodes, type Owner, showCodes, shownCodes, shownCodesIn } from "@/lib/setup";
import { changeOf } from "./change";
import { markSaved } from "./store";

/**
 * Shows ten new recovery codes to this session. Nothing else changes: the old ones work until these are said to be saved
 * (docs/decisions/0021). Asked twice, the same ten are shown. Refused while Two-Step Verification is off: there is
 * nothing that they could open.
 */
export async function makeNewCodes(owner: Owner, visit: Visit): Promise<Result<undefined, "off" | "held">> {
  const codes = drawRecoveryCodes();
  return inTransaction(async (tx) => {
    const { twoStepOnAt } = await holdSession(tx, owner);
    if (twoStepOnAt === null) return refuse("off");
    const held = await heldUntil(tx, owner, visit.now);
    if (held !== undefined) return refuse("held", { retryAt: held });
    // Read behind the lock: the second of two at once sees what the first one drew.
    if ((await shownCodesIn(tx, owner, visit.now))?.isPending !== true)
      await showCodes(tx, owner, { codes, isPending: true }, visit.now);
    return ok(undefined);
  });
}

/** Why codes that are said to be saved do not count. */
export type SaveReason = "off" | "gone" | "busy" | "held";

/**
 * "I have saved these codes": ten that this session was shown take the place of the old ones, which is a security change
 * with all that belongs to it. Codes that count already, those of the set-up, are only noted as saved.
 *
 * Refused with "gone" when these are not what is shown (any more): a double click, another tab, more than ten minutes.
 *
 * @param set which ten; undefined for codes that are not shown any more and only to be noted.
 */
export async function saveCodes(
  set: string | undefined,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, SaveReason>> {
  const { accountId } = owner;
  const shown = await shownCodes(owner, visit.now);
  if (set !== undefined && shown?.id !== set) return refuse("gone");
  if (set === undefined || shown?.isPending !== true)
    return inTransaction(async (tx) => {
      await holdSession(tx, owner);
      if (set !== undefined) await hideCodes(tx, owner);
      return (await markSaved(tx, accountId)) ? ok(undefined) : refuse("gone");
    });
  const made = await recoveryCodesUnlessBusy(accountId, shown.codes);
  if (made === undefined) return refuse("busy");
  return securityChange<undefined, SaveReason>(
    { ...changeOf(owner, visit), kind: "recovery-codes-made", because: "methods-changed" },
    async (tx, { twoStepOnAt }) => {
      if (twoStepOnAt === null) return refuse("off");
      // Drawn before the hold began, saved after: the old ones are its owner's.
      if ((await heldUntil(tx, owner, visit.now)) !== undefined) return refuse("held");
      if ((await shownCodesIn(tx, owner, visit.now))?.id !== set) return refuse("gone");
      await hideCodes(tx, owner);
      await replaceRecoveryCodes(tx, accountId, made.rows, visit.now);
      return ok(undefined);
    },
  );
}
