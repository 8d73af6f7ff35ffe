import { z } from "zod";
import { ok, refuse } from "@/lib/kernel/result";
import { isPasswordUnlessBusy } from "@/lib/passwords";
import type { Method } from "../method";
import { readRecoveryCode } from "./rules";

const data = z.strictObject({});

/** The list of ten codes for the day when nothing else is at hand. */
export const recoveryCodes: Method<Record<string, never>, Record<string, never>> = {
  name: "recovery-codes",
  role: "last-resort",
  data,
  identity: () => null,
  describe: () => ({ kind: "recovery-codes" }),
  enrol: { begin: () => ok({}) },
  challenge: () => ({ kind: "code", delivery: null }),
  isAnswerShaped: (answer) => readRecoveryCode(answer).length > 0,
  verify: async (answer, evidence) => {
    const readings = readRecoveryCode(answer);
    if (readings.length === 0) return refuse("malformed");
    // Nothing to compare with takes as long as a comparison, so that time says nothing.
    const stored = evidence.recoveryCodes.length === 0 ? [undefined] : evidence.recoveryCodes;
    let fitting: { id: string; usedAt: Date | null } | undefined;
    for (const reading of readings)
      for (const code of stored) {
        const isRight = await isPasswordUnlessBusy(reading, code?.hash);
        if (isRight === undefined) return refuse("busy");
        if (isRight) fitting = code;
      }
    if (fitting === undefined) return refuse("wrong");
    return fitting.usedAt === null ? ok({ recoveryCodeId: fitting.id }) : refuse("used");
  },
};
