/** The row of a trial, and the tries that answers to it cost, whatever is tried. */
import "server-only";
import { randomUUID } from "node:crypto";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import type { SpentTry } from "@/lib/limits";
import type { Owner } from "@/lib/setup";
import { spendTrialTry, type TrialRow } from "./store";

/**
 * A trial that begins now.
 *
 * @param target what is tried: one trial of a session for each.
 * @param codeId the recovery code that is asked; null where it is a method.
 */
export const newTrial = (target: string, codeId: string | null, now: Date) => ({
  id: randomUUID(),
  target,
  codeId,
  expiresAt: after(now, numbers.trial.lifetime),
});

/** Why there is nothing to judge: no such trial any more, none of its tries left, or the account waits. */
export type NoTry = "gone" | "no-tries" | "waiting";

/** Spends a try of a trial, and says why there is nothing to judge. */
export async function spend(
  trial: TrialRow,
  answer: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<SpentTry, NoTry>> {
  const spent = await spendTrialTry(owner, trial.id, keyedHash("answer", [trial.id, answer]), visit.now);
  if (spent === undefined) return refuse(trial.tries === 0 ? "no-tries" : "gone");
  return spent.isWaiting ? refuse("waiting", { retryAt: spent.lockedUntil ?? undefined }) : ok(spent);
}
