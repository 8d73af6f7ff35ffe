import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** Whether a provider may be asked: freely, by one message that tries it, or not yet. */
export type Readiness = "ready" | "one-try" | "resting";

/**
 * Keeps a provider that is in trouble from being asked again and again (a circuit breaker). After some troubles in a
 * row it rests; then a single message tries it, and its answer decides. One a provider, channel and process: instances
 * find out by themselves, so that no shared row is written by every message.
 */
export class Breaker {
  #troubles = 0;
  #restsUntil: Date | undefined;
  #triedUntil: Date | undefined;

  readiness(now: Date): Readiness {
    if (this.#restsUntil === undefined) return "ready";
    if (this.#restsUntil > now) return "resting";
    return this.#triedUntil !== undefined && this.#triedUntil > now ? "resting" : "one-try";
  }

  /** Asks for leave to try; whoever gets it says afterwards how it went. A try that never ends is forgotten. */
  take(now: Date): boolean {
    const readiness = this.readiness(now);
    if (readiness === "one-try") this.#triedUntil = after(now, numbers.delivery.breaker.rest);
    return readiness !== "resting";
  }

  /** It answered, whatever it said of the message. */
  answered(): void {
    this.#troubles = 0;
    this.#restsUntil = undefined;
    this.#triedUntil = undefined;
  }

  /** It was in trouble; returns whether it has just begun to rest. */
  wasInTrouble(now: Date): boolean {
    const wasResting = this.#restsUntil !== undefined;
    this.#troubles += 1;
    this.#triedUntil = undefined;
    if (this.#troubles < numbers.delivery.breaker.troubles) return false;
    this.#restsUntil = after(now, numbers.delivery.breaker.rest);
    return !wasResting;
  }
}

// Module state is duplicated between the framework's bundles.
const shared = globalThis as unknown as { latchkeyBreakers?: Map<string, Breaker> };

/** The breaker of a provider for one channel: its texts may be in trouble while its calls are not. */
export function breakerOf(provider: string, channel: string): Breaker {
  shared.latchkeyBreakers ??= new Map();
  const name = `${provider} ${channel}`;
  const known = shared.latchkeyBreakers.get(name);
  if (known !== undefined) return known;
  const made = new Breaker();
  shared.latchkeyBreakers.set(name, made);
  return made;
}

/** Forgets every provider's trouble, as a new process does. */
export const forgetTroubles = (): void => shared.latchkeyBreakers?.clear();
