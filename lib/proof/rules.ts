import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** Until when e-mail, password and numbers stay as they are after a recovery; undefined when nothing is held. */
export const changesHeldUntil = (recoveredAt: Date | null, now: Date): Date | undefined =>
  heldFor(recoveredAt, numbers.recovery.holdChanges, now);

/** Until when no method may be taken away after a recovery; undefined when nothing is held. */
export const removalsHeldUntil = (recoveredAt: Date | null, now: Date): Date | undefined =>
  heldFor(recoveredAt, numbers.recovery.holdRemovals, now);

function heldFor(recoveredAt: Date | null, hold: number, now: Date): Date | undefined {
  if (recoveredAt === null) return undefined;
  const until = after(recoveredAt, hold);
  return until > now ? until : undefined;
}
