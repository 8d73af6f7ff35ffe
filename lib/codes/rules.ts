import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { numbers } from "@/lib/kernel/numbers";

/** The letter of the n-th code (from 0) of one attempt: A, B, C … so that two texts can be told apart. */
export const letterOf = (index: number): string => String.fromCharCode(65 + (index % 26));

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
  return answer
    .normalize("NFKC")
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[\s\-\u2010-\u2015.]/gu, "");
}

/** What a message to this number is counted by: a block of numbers, and a country. */
export function numberBlocks(number: string): { readonly prefix: string; readonly country: string } {
  return {
    prefix: number.slice(0, numbers.messages.prefixDay.digits + 1),
    country: parsePhoneNumberFromString(number)?.country ?? "none",
  };
}
