import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** Whether nobody has proven a way of getting in for so long that it may not work on the day when it is needed. */
export const isTrialDue = (
  way: { readonly provenAt: Date | null; readonly createdAt: Date },
  now: Date,
): boolean => (way.provenAt ?? way.createdAt) <= before(now, numbers.methods.remindAfter);
