import { type Cause, causeOf } from "./cause";

/**
 * Work that this process does again and again. Any number of instances may do it at once: what is due is claimed in the
 * database.
 */
export type Round = {
  /** What the owner reads when it fails. */
  readonly name: string;
  /** The pause between the end of one round and the start of the next, so that none overlaps itself. */
  readonly every: number;
  /** One round. Long ones ask `isStopping` between their steps, and end early when it says so. */
  readonly run: (isStopping: () => boolean) => Promise<unknown>;
};

type Warn = (facts: { round: string } & Cause, message: string) => void;

/**
 * Starts all of them at once, each with its own period. One that fails is in no other's way and tries again at its next
 * turn, because what is due stays due; `warn` hears of the first failure in a row only, or a database that is gone for an
 * hour would fill the log. `stop` ends them and waits for what is under way.
 */
export function startRounds(rounds: readonly Round[], warn: Warn): { stop(): Promise<void> } {
  const running = rounds.map((round) => startRound(round, warn));
  return {
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}

function startRound({ name, every, run }: Round, warn: Warn): { stop(): Promise<void> } {
  let isStopping = false;
  let hasFailed = false;
  let timer: NodeJS.Timeout | undefined;

  const turn = async (): Promise<void> => {
    try {
      await run(() => isStopping);
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) warn({ round: name, ...causeOf(error) }, "a round failed and is tried again");
      hasFailed = true;
    }
    if (isStopping) return;
    timer = setTimeout(() => {
      underWay = turn();
    }, every);
    timer.unref();
  };
  let underWay = turn();

  return {
    stop: async () => {
      isStopping = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
