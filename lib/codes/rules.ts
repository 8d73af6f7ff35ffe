import { before, days } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * The letter of the next code of one attempt or link: A, B, C … so that two texts can be told apart. After the newest
 * one's, so that it goes on when older codes were swept; after Z comes A. A letter that is taken is passed over.
 *
 * @param letters of the codes that are still here, newest first: fewer than the alphabet, by the budgets of a day and
 *   the day after which codes go.
 */
export function nextLetter(letters: readonly string[]): string {
  const [newest] = letters;
  const start = newest === undefined ? 0 : alphabet.indexOf(newest) + 1;
  const inOrder = alphabet.slice(start) + alphabet.slice(0, start);
  const next = [...inOrder].find((letter) => !letters.includes(letter));
  if (next === undefined) throw new Error("an owner has a code of every letter: nothing sweeps them");
  return next;
}

/** A code of an attempt or enrolment as it was stored. */
export type CodeFacts = {
  readonly letter: string;
  readonly sentAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
};

/**
 * Whether each code (newest first) may still be answered with: not used, not expired, and one of the newest three.
 * A fourth request retires the first; a second one kills nothing that is on its way.
 */
export const isLive = (code: CodeFacts, indexFromNewest: number, now: Date): boolean =>
  code.usedAt === null && code.expiresAt > now && indexFromNewest < numbers.code.live;

/** Type the digits as people do: spaces and hyphens are theirs, other digits are the same digits. */
export function plainDigits(answer: string): string {
  return (
    answer
      .normalize("NFKC")
      .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
      .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
      // Marks of direction come along with a code that is copied out of a sentence.
      .replace(/[\s\p{Cf}\-\u2010-\u2015.]/gu, "")
  );
}

/**
 * What somebody can have meant who typed a code of `characters` letters and digits that the site made (`randomBase32`), at
 * most two readings: capitals, blanks and hyphens do not matter; 0, 1 and 8 are in no code, so they are O, I or L, and B.
 * None: it cannot be such a code.
 */
export function readBase32(text: string, characters: number): string[] {
  const plain = plainDigits(text).toUpperCase().replaceAll("0", "O").replaceAll("8", "B");
  const shape = new RegExp(`^[A-Z2-7]{${characters}}$`);
  const readings = new Set([plain.replaceAll("1", "I"), plain.replaceAll("1", "L")]);
  return [...readings].filter((reading) => shape.test(reading));
}

/** How often a new code may still be asked for, and from when: for the page that offers it. */
export type Allowance = { readonly left: number; readonly waitsUntil: Date | undefined };

type Budgeted = { readonly left: number; readonly retryAt: Date | undefined };

/**
 * What a page tells of the budgets of one number: how many more messages, and until when none. The pause between two
 * counts for the waiting only.
 */
export function allowance(pause: Budgeted | undefined, others: readonly Budgeted[]): Allowance {
  const waits = [pause, ...others].flatMap((budget) => budget?.retryAt ?? []);
  return {
    left: Math.min(...others.map(({ left }) => left)),
    waitsUntil: waits.length === 0 ? undefined : new Date(Math.max(...waits.map((at) => at.getTime()))),
  };
}

/** Whether the newest message of a code is a call of this moment that has not failed: the same press, a second time. */
export const isBeingCalled = (
  code: { readonly channel: string | null; readonly state: string | null; readonly messageAt: Date | null },
  now: Date,
): boolean =>
  code.channel === "voice" &&
  code.state !== "failed" &&
  code.state !== "expired" &&
  code.messageAt !== null &&
  code.messageAt > before(now, numbers.messages.numberPause.window);

/** Whether the site sends no codes to a country, by its settings; "none" is a number that belongs to no country. */
export const isCountryOff = (country: string, off: readonly string[], only: readonly string[]): boolean =>
  off.includes(country) || (only.length > 0 && !only.includes(country));

/**
 * Whether a country is written to as never before, and mostly without an answer: somebody makes the site send messages
 * that nobody reads, and is paid for it ("SMS pumping").
 */
export function isSudden(country: {
  readonly today: number;
  readonly unconfirmed: number;
  /** In the days of the average, before today. */
  readonly earlier: number;
}): boolean {
  const { times, average, unconfirmed } = numbers.messages.suddenCountry;
  const averageDay = country.earlier / (average / days(1));
  return (
    country.unconfirmed > unconfirmed &&
    country.unconfirmed * 2 > country.today &&
    country.today > times * averageDay
  );
}

/** Whether a number has had codes and never used one: it gets fewer. */
export const isSilent = (number: { readonly sent: number; readonly confirmed: number }): boolean =>
  number.confirmed === 0 && number.sent >= numbers.messages.unconfirmed.messages;
