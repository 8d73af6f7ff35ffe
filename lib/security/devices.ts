/** The trust of browsers, ended by its owner. */
import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { alert } from "@/lib/proof";
import { holdSession } from "@/lib/sessions";
import type { Owner } from "@/lib/setup";
import { endAllTrust, endTrust } from "@/lib/trusted-devices";

/** Ends the trust of one browser. It asks for a code again; nobody is signed out. Refused when it is not theirs. */
export function forgetDevice(
  id: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, "not-there">> {
  return inTransaction(async (tx) => {
    await holdSession(tx, owner);
    if (!(await endTrust(tx, owner.accountId, id, visit.now))) return refuse("not-there");
    await record(tx, owner.accountId, "device-forgotten", visit, {}, owner.id);
    await alert(tx, { id: owner.accountId, addresses: [owner.email] }, "device-forgotten", visit);
    return ok(undefined);
  });
}

/** "Require codes on all devices": ends the trust of every browser. Nobody is signed out. Returns how many there were. */
export function forgetAllDevices(owner: Owner, visit: Visit): Promise<number> {
  return inTransaction(async (tx) => {
    await holdSession(tx, owner);
    const count = await endAllTrust(tx, owner.accountId, "all-devices-forgotten", visit.now);
    if (count === 0) return 0;
    await record(tx, owner.accountId, "all-devices-forgotten", visit, { count }, owner.id);
    await alert(tx, { id: owner.accountId, addresses: [owner.email] }, "all-devices-forgotten", visit, {
      count,
    });
    return count;
  });
}
