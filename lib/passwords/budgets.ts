import "server-only";
import { numbers } from "@/lib/kernel/numbers";
import { addressBudget, type Budget } from "@/lib/limits";

const { accountAndDevice, accountAndDeviceLong } = numbers.passwordFailures;

/**
 * What wrong passwords of one account spend on a browser that it does not know, which is told by where it comes from. The
 * second one makes the wait grow; it ends by itself within hours, and at once by a new password that is chosen from there
 * by a link or a recovery.
 */
export const strangerBudgets = (emailKey: string, address: string): Budget[] => [
  {
    ...addressBudget("password-account", address, accountAndDevice),
    name: ["password-account", emailKey, address],
  },
  {
    ...addressBudget("password-long", address, accountAndDeviceLong),
    name: ["password-long", emailKey, address],
  },
];
