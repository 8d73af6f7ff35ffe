import "server-only";
import { before, days } from "@/lib/kernel/durations";
import { breakerOf } from "./breaker";
import { channelNames, channels } from "./channels";
import { countMessages, countWaiting, type FigureRow } from "./store";

/** How the messages do: figures, and nothing of anybody. */
export type DeliveryFigures = {
  readonly days: number;
  /** Messages that are not handed over, and for how long the oldest has lain here. */
  readonly waiting: number;
  readonly oldestSeconds: number;
  /** Providers of this process that rest because they are in trouble, as "provider channel". */
  readonly resting: readonly string[];
  readonly messages: readonly FigureRow[];
};

/** What happened to the messages of the last days, for the owner: by channel, country and provider; nobody's number. */
export async function deliveryFigures(now: Date, lastDays = 1): Promise<DeliveryFigures> {
  const [messages, { waiting, oldestSeconds }] = await Promise.all([
    countMessages(before(now, days(lastDays))),
    countWaiting(now),
  ]);
  const resting = channelNames.flatMap((channel) =>
    channels[channel]
      .providers()
      .filter(({ name }) => breakerOf(name, channel).readiness(now) !== "ready")
      .map(({ name }) => `${name} ${channel}`),
  );
  return { days: lastDays, waiting, oldestSeconds, resting, messages };
}
