/** Advanced Security Settings as a whole: what stands there, and turning Two-Step Verification off. */
import "server-only";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken } from "@/lib/kernel/secrets";
import { isTwoStepRequired } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { listActiveMethods } from "@/lib/methods";
import { heldUntil, securityChange } from "@/lib/proof";
import { type Admission, rotateSession } from "@/lib/sessions";
import { dropEnrolments, type Owner } from "@/lib/setup";
import { type TrustedDevice, tokensInCookie } from "@/lib/trusted-devices";
import { canProveWayBack, keepWayBack, newWayBack } from "@/lib/undo";
import { backFacts, changeOf } from "./change";
import { markOff, readOverview, type SecurityOverview } from "./store";

/** Advanced Security Settings, with the browser that reads them marked by its own token in the cookie `devices`. */
export async function securityOverview(
  accountId: string,
  deviceCookie: string | undefined,
  now: Date,
): Promise<Omit<SecurityOverview, "devices"> & { devices: (TrustedDevice & { isThis: boolean })[] }> {
  const overview = await readOverview(accountId, now);
  const tokens = tokensInCookie(deviceCookie).map(hashToken);
  const devices = overview.devices.map((device) => ({
    ...device,
    isThis: tokens.includes(device.tokenHash),
  }));
  return { ...overview, devices };
}

/**
 * Turns Two-Step Verification off: methods, recovery codes and trust go, and this session gets a new token. For seven
 * days the mail that tells of it can put the methods back. Refused where the site requires it of everyone.
 */
export async function turnOff(
  owner: Owner,
  visit: Visit,
): Promise<Result<Admission, "off" | "required" | "held">> {
  if (isTwoStepRequired()) return refuse("required");
  const { accountId } = owner;
  const { methods } = await listActiveMethods(accountId);
  const back = methods.some(canProveWayBack) ? newWayBack() : undefined;
  return securityChange<Admission, "off" | "required" | "held">(
    {
      ...changeOf(owner, visit),
      kind: "two-step-off",
      because: "two-step-changed",
      mailFacts: backFacts(back),
    },
    async (tx) => {
      const held = await heldUntil(tx, owner, visit.now);
      if (held !== undefined) return refuse("held", { retryAt: held });
      if (!(await markOff(tx, accountId, back?.id ?? null, visit.now))) return refuse("off");
      if (back !== undefined)
        await keepWayBack(tx, back, { accountId, email: owner.email, kind: "two-step-off" }, visit.now);
      await dropEnrolments(tx, accountId);
      return ok({ accountId, sessionToken: await rotateSession(tx, owner.id) });
    },
  );
}
