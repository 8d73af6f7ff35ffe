import { availableParallelism } from "node:os";

/** So many requests of people who sign in are worked on at a time: enough to keep every core hashing. */
const AT_A_TIME = availableParallelism() + 2;
/** Milliseconds; a provider may take seconds to take a code, and must not hold up everybody behind it. */
const PLACE_FOR = 250;
/** Past this the next one goes straight in, and is told by the passwords' own bounded line that it must come again. */
const MAX_WAITING = 512;

/** What has to do with signing in, pages and posts. */
export const waitsInLine = (path: string): boolean => path === "/sign-in" || path.startsWith("/sign-in/");

/**
 * While a signed-in page is being made, only this many sign-ins run. Never zero: the door cannot tell a real session cookie
 * from a made-up one, so anybody could stop all sign-ins with a made-up one.
 */
const BESIDE_OTHERS = 1;

/**
 * The line in front of the sign-in: whoever is signed in already passes by it, and while they do, those in it come in
 * one by one. A storm of sign-ins then costs those who are in a few milliseconds a page, not their place behind
 * everybody else's passwords.
 */
export class WaitingLine {
  #inside = 0;
  #passing = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly atATime = AT_A_TIME,
    private readonly placeFor = PLACE_FOR,
  ) {}

  /** Waits for a place, in the order of arrival. Returns what gives it back, which happens by itself after a moment. */
  async enter(): Promise<() => void> {
    if (!this.#hasPlace && this.#waiting.length >= MAX_WAITING) return () => {};
    if (this.#hasPlace) this.#inside += 1;
    else await new Promise<void>((resume) => this.#waiting.push(resume));
    let isMine = true;
    const leave = () => {
      if (!isMine) return;
      isMine = false;
      clearTimeout(timer);
      this.#inside -= 1;
      this.#letIn();
    };
    const timer = setTimeout(leave, this.placeFor);
    return leave;
  }

  /** Somebody passes by the line. Returns what says that they are through, which is said by itself after a moment. */
  pass(): () => void {
    this.#passing += 1;
    let isThrough = false;
    const leave = () => {
      if (isThrough) return;
      isThrough = true;
      clearTimeout(timer);
      this.#passing -= 1;
      this.#letIn();
    };
    const timer = setTimeout(leave, this.placeFor);
    return leave;
  }

  get #hasPlace(): boolean {
    return this.#inside < (this.#passing > 0 ? Math.min(BESIDE_OTHERS, this.atATime) : this.atATime);
  }

  #letIn(): void {
    while (this.#hasPlace) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inside += 1;
      next();
    }
  }
}
