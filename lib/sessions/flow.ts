import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { deleteSession, deleteSessions } from "./store";

/** The session that asks, as its guard gave it. */
type Asking = { readonly id: string; readonly accountId: string };

/**
 * Signs one other browser of this account out. "gone" when it is signed out already, is somebody else's or is the
 * browser that asks, which has "Sign out" for that.
 */
export function endSession(
  asking: Asking,
  id: string,
  visit: Visit,
): Promise<Result<{ readonly browser: string }, "gone">> {
  return inTransaction(async (tx) => {
    const ended = id === asking.id ? undefined : await deleteSession(tx, asking.accountId, id);
    if (ended === undefined) return refuse("gone");
    await record(tx, asking.accountId, "session-ended", visit, { scope: "one", ended: ended.browser });
    return ok(ended);
  });
}

/** Signs every other browser of this account out; returns how many there were. None is no event. */
export function endOtherSessions(asking: Asking, visit: Visit): Promise<number> {
  return inTransaction(async (tx) => {
    const count = await deleteSessions(tx, asking.accountId, asking.id);
    if (count > 0) await record(tx, asking.accountId, "session-ended", visit, { scope: "others" });
    return count;
  });
}
