import { z } from "zod";
import { ok, refuse } from "@/lib/kernel/result";
import { isPassword } from "@/lib/passwords";
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
    let fitting: { id: string; usedAt: Date | null } | undefined;
    for (const reading of readings)
      for (const stored of evidence.recoveryCodes)
        if (await isPassword(reading, stored.hash)) fitting = stored;
    // Nothing to compare with takes as long as a comparison, so that time says nothing.
    if (evidence.recoveryCodes.length === 0) await isPassword(readings[0] ?? "", undefined);
    if (fitting === undefined) return refuse("wrong");
    return fitting.usedAt === null ? ok({ recoveryCodeId: fitting.id }) : refuse("used");
  },
};
