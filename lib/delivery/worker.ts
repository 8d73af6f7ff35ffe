import "server-only";
import { numbers } from "@/lib/kernel/numbers";
import { handOverDue, tidyUp } from "./flow";
import { closeMailers } from "./providers/smtp";

/**
 * Hands over what is due, in this process, once a second. Any number of instances share the work. A database that is
 * gone is simply tried again.
 */
export function startWorker(): { stop(): Promise<void> } {
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;
  let tidyAt = 0;
  let round: Promise<void> = Promise.resolve();

  const work = async (): Promise<void> => {
    try {
      // Handed over, a message lets the next one to its recipient go: go on until nothing is due.
      while (!isStopping && (await handOverDue()) > 0);
      if (performance.now() >= tidyAt) {
        tidyAt = performance.now() + numbers.delivery.askCost.every;
        await tidyUp();
      }
    } catch {
      // Nothing is lost: claims run out and the messages are due again.
    }
    if (!isStopping) schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      round = work();
    }, numbers.delivery.pollEvery);
    timer.unref();
  };
  schedule();

  return {
    stop: async () => {
      isStopping = true;
      clearTimeout(timer);
      await round;
      closeMailers();
    },
  };
}
