import { numbers } from "@/lib/kernel/numbers";

/** What Your Account knows about an account, beside its session row. */
export type Overview = {
  readonly twoStepOnAt: Date | null;
  /** Until then no second step of this account is looked at. */
  readonly lockedUntil: Date | null;
  /** Methods that can be asked for. */
  readonly methods: number;
  /** Methods that had too many wrong answers and must be set up anew. */
  readonly disabledMethods: number;
  /** Methods that are suspended with a stolen phone. */
  readonly suspendedMethods: number;
  /** Methods whose messages did not arrive, several times in a row. */
  readonly failingMethods: number;
  /** Ways of getting in that nobody has proven for six months: methods, and the recovery codes as one. */
  readonly unprovenWays: number;
  readonly recoveryCodesLeft: number;
  /** They were shown, and nobody has said that they were saved. */
  readonly areCodesUnsaved: boolean;
  /** Browsers that are not asked for codes. */
  readonly trustedDevices: number;
  /** Browsers that are signed in, this one among them. */
  readonly sessions: number;
};

/** Something about an account that needs care; the words of each are in the catalogue `home`, keys `care.<name>.…`. */
export type Care =
  | "second-step-waits"
  | "no-method-left"
  | "method-disabled"
  | "phone-suspended"
  | "number-failing"
  | "two-step-off"
  | "no-backup"
  | "recovery-codes-gone"
  | "recovery-codes-few"
  | "recovery-codes-unsaved"
  | "unproven-way";

/**
 * Whether this account asks for a second step. As at the sign-in, that somebody turned it on is all that counts: without a
 * method that can be used it asks all the same, and takes recovery codes only.
 */
export const isTwoStepOn = ({ twoStepOnAt }: Pick<Overview, "twoStepOnAt">): boolean => twoStepOnAt !== null;

const checks: readonly (readonly [Care, (overview: Overview, now: Date) => boolean])[] = [
  ["second-step-waits", ({ lockedUntil }, now) => lockedUntil !== null && lockedUntil > now],
  ["no-method-left", (overview) => isTwoStepOn(overview) && overview.methods === 0],
  ["method-disabled", ({ disabledMethods }) => disabledMethods > 0],
  ["phone-suspended", ({ suspendedMethods }) => suspendedMethods > 0],
  ["number-failing", ({ failingMethods }) => failingMethods > 0],
  ["two-step-off", (overview) => !isTwoStepOn(overview)],
  ["no-backup", (overview) => isTwoStepOn(overview) && overview.methods === 1],
  ["recovery-codes-gone", (overview) => isTwoStepOn(overview) && overview.recoveryCodesLeft === 0],
  [
    "recovery-codes-few",
    (overview) =>
      isTwoStepOn(overview) &&
      overview.recoveryCodesLeft > 0 &&
      overview.recoveryCodesLeft <= numbers.recoveryCodes.warnAt,
  ],
  ["recovery-codes-unsaved", (overview) => isTwoStepOn(overview) && overview.areCodesUnsaved],
  ["unproven-way", (overview) => isTwoStepOn(overview) && overview.unprovenWays > 0],
];

/** Everything that needs care, the most urgent first; empty when all is well. */
export const whatNeedsCare = (overview: Overview, now: Date): Care[] =>
  checks.flatMap(([care, isDue]) => (isDue(overview, now) ? [care] : []));
