import { readBase32 } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";

/** The codes that an answer can mean, at most two; none: it is not a recovery code at all. */
export const readRecoveryCode = (answer: string): string[] =>
  readBase32(answer, numbers.recoveryCodes.characters);

/** A recovery code as it is shown: two groups of five, "ABCDE-23456". */
export const showRecoveryCode = (code: string): string => {
  const half = numbers.recoveryCodes.characters / 2;
  return `${code.slice(0, half)}-${code.slice(half)}`;
};
