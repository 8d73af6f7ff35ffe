/** The last button: Two-Step Verification is turned on. */
import "server-only";
import { inTransaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { isTwoStepRequired } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { openMethodData, recoveryCodesUnlessBusy, replaceRecoveryCodes } from "@/lib/methods";
import { securityChange } from "@/lib/proof";
import { type Admission, hasSession, lockAccount, rotateSession } from "@/lib/sessions";
import { trustBrowser } from "@/lib/trusted-devices";
import { type Owner, showCodes, standingOf } from "./standing";
import { dropEnrolments, dropTrustedDevices, listMethodRows, turnOn } from "./store";

/** Why the last button did not turn Two-Step Verification on. */
export type FinishReason = "not-ready" | "already-on" | "busy";

/** A session with a new token, and the browser's cookie when it became trusted. */
export type Finished = { readonly admission: Admission; readonly deviceCookie: string | undefined };

/**
 * The last button: turns Two-Step Verification on, once, with its recovery codes; other sessions and all trust end,
 * this session gets a new token, and this browser is trusted when the box was ticked.
 *
 * A second press while the first was under way changes nothing more: it gives this session's browser a token that it
 * can go on with, because the answer to the first press may never have reached it.
 */
export async function finish(
  request: {
    /** As the guard read it: what was on then tells a second press from a late one. */
    readonly owner: Owner & { readonly twoStepOnAt: Date | null };
    readonly isTrustAsked: boolean;
    readonly deviceCookie: string | undefined;
  },
  visit: Visit,
): Promise<Result<Finished, FinishReason>> {
  const { owner, isTrustAsked, deviceCookie } = request;
  const { accountId } = owner;
  const { facts } = await standingOf(owner, visit.now);
  if (facts.isOn) return owner.twoStepOnAt === null ? secondPress(request, visit) : refuse("already-on");
  if (facts.methods < numbers.methodsNeeded) return refuse("not-ready");

  const set = await recoveryCodesUnlessBusy(accountId);
  if (set === undefined) return refuse("busy");
  const done = await securityChange<Finished, FinishReason>(
    {
      accountId,
      addresses: [owner.email],
      keepSessionId: owner.id,
      kind: "two-step-on",
      because: "two-step-changed",
      visit,
      facts: isTwoStepRequired() ? { reason: "set-up-required" } : undefined,
    },
    async (tx) => {
      if (!(await turnOn(tx, accountId, visit.now))) return refuse("already-on");
      const rows = await listMethodRows(tx, accountId);
      const usable = rows.filter((row) => openMethodData("Method", { ...row, accountId }) !== undefined);
      if (usable.length < numbers.methodsNeeded) return refuse("not-ready");
      // They work at once, because there is no older set that could: nobody is left without (docs/decisions/0021).
      await replaceRecoveryCodes(tx, accountId, set.rows, visit.now, false);
      const shown = { codes: set.codes, isPending: false };
      if (!(await showCodes(tx, owner, shown, visit.now))) return refuse("not-ready");
      await dropEnrolments(tx, accountId);
      const sessionToken = await rotateSession(tx, owner.id);
      return ok({ admission: { accountId, sessionToken }, deviceCookie: undefined });
    },
    async (tx, finished) =>
      isTrustAsked
        ? { ...finished, deviceCookie: await trustBrowser(tx, accountId, deviceCookie, visit) }
        : finished,
  );
  return done.ok || done.reason !== "already-on" ? done : secondPress(request, visit);
}

function secondPress(
  { owner, isTrustAsked, deviceCookie }: Parameters<typeof finish>[0],
  visit: Visit,
): Promise<Result<Finished, FinishReason>> {
  const { accountId } = owner;
  return inTransaction(async (tx) => {
    await lockAccount(tx, accountId);
    // The first press may have come from another session, and then it has ended this one.
    if (!(await hasSession(tx, owner.id))) return refuse("already-on");
    const sessionToken = await rotateSession(tx, owner.id);
    if (!isTrustAsked) return ok({ admission: { accountId, sessionToken }, deviceCookie: undefined });
    // All trust ended a moment ago, so what is trusted now is this browser, by a cookie that may not have arrived.
    await dropTrustedDevices(tx, accountId, visit.now);
    return ok({
      admission: { accountId, sessionToken },
      deviceCookie: await trustBrowser(tx, accountId, deviceCookie, visit),
    });
  });
}
