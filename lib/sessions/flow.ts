import "server-only";
import { parseEventId, readEvent, record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { deleteSession, deleteSessions } from "./store";
import { holdSession } from "./thrown-out";

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
    await holdSession(tx, asking);
    const ended = id === asking.id ? undefined : await deleteSession(tx, asking.accountId, id);
    if (ended === undefined) return refuse("gone");
    const facts = { scope: "one", ended: ended.browser };
    await record(tx, asking.accountId, "session-ended", visit, facts, asking.id);
    return ok(ended);
  });
}

/**
 * Signs the browser out in which an event of this account happened. "gone" when it is signed out already, when none is
 * known, or when the event is somebody else's.
 */
export async function endSessionOfEvent(
  asking: Asking,
  eventId: string,
  visit: Visit,
): Promise<Result<{ readonly browser: string }, "gone">> {
  const id = parseEventId(eventId);
  const event = id === undefined ? undefined : await readEvent(asking, id, visit.now);
  return event?.sessionId == null ? refuse("gone") : endSession(asking, event.sessionId, visit);
}

/** Signs every other browser of this account out; returns how many there were. None is no event. */
export function endOtherSessions(asking: Asking, visit: Visit): Promise<number> {
  return inTransaction(async (tx) => {
    await holdSession(tx, asking);
    const count = await deleteSessions(tx, asking.accountId, asking.id);
    if (count > 0) await record(tx, asking.accountId, "session-ended", visit, { scope: "others" }, asking.id);
    return count;
  });
}
