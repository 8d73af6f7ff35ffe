import { plainDigits } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";

const shape = new RegExp(`^[A-Z2-7]{${numbers.recoveryCodes.characters}}$`);

/**
 * The codes that an answer can mean, at most two: capitals, spaces and hyphens do not matter; 0, 1 and 8 are not in the
 * alphabet, so they are O, I or L, and B. None: it is not a recovery code at all.
 */
export function readRecoveryCode(answer: string): string[] {
  const plain = plainDigits(answer).toUpperCase().replaceAll("0", "O").replaceAll("8", "B");
  const readings = new Set([plain.replaceAll("1", "I"), plain.replaceAll("1", "L")]);
  return [...readings].filter((reading) => shape.test(reading));
}

/** A recovery code as it is shown: two groups of five, "ABCDE-23456". */
export const showRecoveryCode = (code: string): string => {
  const half = numbers.recoveryCodes.characters / 2;
  return `${code.slice(0, half)}-${code.slice(half)}`;
};
