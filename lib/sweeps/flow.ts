import "server-only";
import { now as clock } from "@/lib/kernel/clock";
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

/**
 * Sweeps in this process, once at the start and then every ten minutes. Any number of instances share the work. A
 * database that is gone is tried again at the next round.
 */
export function startSweeps(): { stop(): Promise<void> } {
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const work = async (): Promise<void> => {
    try {
      await sweep(clock(), () => isStopping);
    } catch {
      // What is due stays due.
    }
    if (isStopping) return;
    timer = setTimeout(() => {
      round = work();
    }, numbers.sweep.every);
    timer.unref();
  };
  round = work();

  return {
    stop: async () => {
      isStopping = true;
      clearTimeout(timer);
      await round;
    },
  };
}
