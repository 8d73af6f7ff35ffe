import "server-only";
import { numbers } from "@/lib/kernel/numbers";
import { dueBefore, sweepRules } from "./rules";
import { deleteDue } from "./store";

/**
 * One round over every rule, in batches, so that no statement holds many rows. Returns how many rows went.
 *
 * @param isStopping asked before each batch; true ends the round early.
 */
export async function sweep(now: Date, isStopping: () => boolean = () => false): Promise<number> {
  let swept = 0;
  for (const rule of sweepRules) {
    let gone: number;
    do {
      if (isStopping()) return swept;
      gone = await deleteDue(rule, dueBefore(rule, now), numbers.sweep.batch);
      swept += gone;
      // A full batch means more may be due.
    } while (gone === numbers.sweep.batch);
  }
  return swept;
}
