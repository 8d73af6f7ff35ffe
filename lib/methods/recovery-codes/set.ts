import { numbers } from "@/lib/kernel/numbers";
import { firstByteOf, keyedHash, keyedHashes, randomBase32 } from "@/lib/kernel/secrets";
import { hashPassword, unlessBusy } from "@/lib/passwords";
import { readRecoveryCode, showRecoveryCode } from "./rules";
import { newTrial } from "./trial";

/** The look-up bytes of whatever an answer may mean, under every key; none when it is not a recovery code. */
export const recoveryLookups = (accountId: string, answer: string): string[] => [
  ...new Set(
    readRecoveryCode(answer).flatMap((code) =>
      keyedHashes("recovery lookup", [accountId, code]).map(firstByteOf),
    ),
  ),
];

/** A set of recovery codes: what is shown once, and what is kept. */
export type RecoverySet = {
  readonly codes: readonly string[];
  readonly rows: readonly {
    readonly number: number;
    readonly lookup: string;
    readonly hash: string;
    readonly trial: string;
  }[];
};

/** Ten codes from the system's generator, no two the same. */
function newCodes(): ReadonlySet<string> {
  const codes = new Set<string>();
  while (codes.size < numbers.recoveryCodes.count) codes.add(randomBase32(numbers.recoveryCodes.characters));
  return codes;
}

/**
 * Makes ten new recovery codes. Ten slow hashes: call it before the transaction, never inside.
 *
 * @param codes only for the people of the demonstration, whose codes are printed.
 * @throws BusyError when too many hashes wait already.
 */
export async function makeRecoveryCodes(
  accountId: string,
  codes: ReadonlySet<string> = newCodes(),
): Promise<RecoverySet> {
  const rows = await Promise.all(
    [...codes].map(async (code, index) => ({
      number: index + 1,
      lookup: firstByteOf(keyedHash("recovery lookup", [accountId, code])),
      hash: await hashPassword(code),
      trial: newTrial({ accountId, number: index + 1 }, code),
    })),
  );
  return { codes: [...codes].map(showRecoveryCode), rows };
}

/** Ten codes as they are shown, before anything of them is kept. */
export const drawRecoveryCodes = (): string[] => [...newCodes()].map(showRecoveryCode);

/**
 * Ten new recovery codes (or these, as they were shown), or undefined when the waiting line is full: for flows, where
 * that is a refusal.
 */
export const recoveryCodesUnlessBusy = (
  accountId: string,
  shown?: readonly string[],
): Promise<RecoverySet | undefined> =>
  unlessBusy(() => makeRecoveryCodes(accountId, shown && new Set(shown.flatMap(readRecoveryCode))));
