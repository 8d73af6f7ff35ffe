/** The end of a recovery whose wait is over: a new password, and everything that opened the account is gone. */
import "server-only";
import { emailKey, type PasswordReason, passwordRefusal } from "@/lib/accounts";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { forget } from "@/lib/limits";
import { hashUnlessBusy, strangerBudgets } from "@/lib/passwords";
import { dropAgent, securityChange } from "@/lib/proof";
import { provePassword } from "@/lib/sign-in";
import { isSecret } from "./codes";
import { hasItsPassword, isOpenElsewhere, readSecret, stateOf } from "./rules";
import {
  clearProtection,
  listSecrets,
  markFinished,
  type RecoveryRow,
  spendRecoveryTry,
  spendSecret,
} from "./store";
import { isOwnBrowser, rowOf } from "./view";

/**
 * Why it was not finished. "not-here": not the password that it began with, or on another browser one that does not
 * count; "no-code": this browser takes a mailed code, and there was none.
 */
export type FinishReason =
  | "over"
  | "too-early"
  | "not-here"
  | "no-code"
  | "wrong-code"
  | "no-tries"
  | "limit"
  | PasswordReason
  | "busy";

/** What is shown at the end besides the browser or the link: the password, or the id of the mailed code. */
type FinishProof = { readonly by: "password" } | { readonly by: "code"; readonly secretId: string };

/**
 * Finishes a recovery after its wait: one conditional statement by the database's clock, and in the same transaction all
 * that opened the account is gone. It signs nobody in.
 *
 * Neither the browser alone finishes it, because others may use that one, nor a link of a mail, because whoever reads
 * the mailbox would reap what somebody else waited for. The browser that began it takes the password that it began with,
 * unchanged, or a code that is mailed then; another one the link, that password, and the wait of both alone.
 */
export async function finishRecovery(
  input: {
    /** The cookie of this browser. */
    readonly token: string | undefined;
    /** Of a mail's page; undefined on the browser's own. */
    readonly link: string | undefined;
    /** The password until now. */
    readonly current: string;
    /** The code that was mailed to finish; undefined where the password is asked for. */
    readonly code: string | undefined;
    readonly devices: string | undefined;
    readonly password: string;
  },
  visit: Visit,
): Promise<Result<undefined, FinishReason>> {
  const row = await (input.link === undefined ? rowOf("browser", input.token) : rowOf("link", input.link));
  if (row === undefined) return refuse("over");
  const state = stateOf(row, row.now);
  if (state === "waiting" || state === "unnoticed") return refuse("too-early");
  if (state !== "ready") return refuse("over");
  const isHere = isOwnBrowser(row, input.token);
  const proven = await (isHere && (input.code !== undefined || !hasItsPassword(row))
    ? proveByFinishCode(row, input.code ?? "", visit)
    : proveItsPassword(row, isHere, input, visit));
  if (!proven.ok) return proven;
  const proof = proven.value;
  const problem = await passwordRefusal(input.password, row);
  if (problem !== undefined) return refuse(problem);
  const hash = await hashUnlessBusy(input.password);
  if (hash === undefined) return refuse("busy");
  return securityChange<undefined, FinishReason>(
    {
      accountId: row.accountId,
      addresses: [row.email],
      keepSessionId: undefined,
      kind: "recovery-finished",
      because: "two-step-changed",
      visit,
      facts: { case: row.caseNumber },
    },
    async (tx) => {
      if (!(await markFinished(tx, row.id, proof.by))) return refuse("over");
      if (proof.by === "code" && !(await spendSecret(tx, proof.secretId))) return refuse("wrong-code");
      await clearProtection(tx, row.accountId, hash);
      // Whoever forgot the former one has tried it here, and would wait with the new one.
      await forget(tx, strangerBudgets(emailKey(row.email) ?? row.email, visit.address));
      // Whoever comes back this way is no agent any more; the change of protection ends what they had under way there.
      await dropAgent(tx, row.accountId);
      return ok(undefined);
    },
  );
}

async function proveItsPassword(
  row: RecoveryRow,
  isHere: boolean,
  input: { readonly current: string; readonly devices: string | undefined },
  visit: Visit,
): Promise<Result<FinishProof, FinishReason>> {
  if (!hasItsPassword(row) || !(isHere || isOpenElsewhere(row))) return refuse("not-here");
  const { current, devices } = input;
  const proven = await provePassword({ email: row.email, password: current, devices }, visit);
  if (proven.ok) return ok({ by: "password" });
  return proven.reason === "wrong-password" ? refuse("not-here") : refuse(proven.reason, proven.details);
}

async function proveByFinishCode(
  row: RecoveryRow,
  answer: string,
  visit: Visit,
): Promise<Result<FinishProof, FinishReason>> {
  const secrets = readSecret(answer);
  if (secrets.length === 0) return refuse("no-code");
  const spent = await spendRecoveryTry(row, keyedHash("answer", [row.id, ...secrets]), false, visit.now);
  if (spent === undefined) return refuse(row.tries === 0 ? "no-tries" : "over");
  const found = (await listSecrets(row.id)).find(
    (each) => each.kind === "finish" && isSecret(row.id, each, secrets),
  );
  return found === undefined ? refuse("wrong-code") : ok({ by: "code", secretId: found.id });
}
