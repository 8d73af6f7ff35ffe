/** What the desk does for somebody in a recovery, and the browser that goes on with one that the desk began. */
import "server-only";
import { inTransaction, type Transaction, within } from "@/lib/db";
import { enqueue, inLanguageOf, mail } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { budgetLeft, spendSets } from "@/lib/limits";
import { lockAccount } from "@/lib/sessions";
import { type Begun, openRecovery } from "./begin";
import { addProof } from "./evidence";
import {
  adoptRecovery,
  expireOfAccount,
  findNamedCase,
  hasActive,
  listProofs,
  type NamedCase,
} from "./store";
import { rowOf } from "./view";

/**
 * The desk begins a recovery for somebody who can show too little by themselves, in the transaction of its request: its own
 * check is the first proof, and the link to go on with goes to the first address of the account. To a second one it does
 * not: opened there it would count as the first mailbox, and the second could be shown besides.
 */
export async function startRecoveryForSupport(
  tx: Transaction,
  accountId: string,
  agent: string,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "not-needed" | "already" | "limit">> {
  const owner = await lockAccount(tx, accountId);
  if (owner.twoStepOnAt === null) return refuse("not-needed");
  await expireOfAccount(tx, accountId);
  if (await hasActive(tx, accountId)) return refuse("already");
  const budget = { ...numbers.recovery.begin.desk, name: ["recovery-begin-of", accountId, "desk"] };
  const [isSpent] = await spendSets(tx, [[budget]], visit.now);
  if (isSpent !== true) {
    const [left] = await budgetLeft([budget], visit.now, within(tx));
    return refuse("limit", { retryAt: left?.retryAt });
  }
  const begun = await openRecovery(
    tx,
    { accountId, token: randomToken(), beganWith: "desk", lane: "desk", kinds: ["support"], by: agent },
    visit,
  );
  await enqueue(tx, {
    accountId,
    channel: "email",
    purpose: "recovery",
    to: owner.email,
    ...(await inLanguageOf(tx, accountId, () =>
      mail("mail.recovery-desk", {
        link: `${siteUrl()}/recover/${begun.link}`,
        case: begun.caseNumber,
      }),
    )),
    now: visit.now,
    expiresAt: after(visit.now, numbers.recovery.collect),
  });
  return ok({ caseNumber: begun.caseNumber });
}

/** The browser that opens the link of a recovery that the desk began goes on with it: the mailbox counts by that. */
export async function goOnHere(link: string, visit: Visit): Promise<Result<Begun, "over">> {
  const row = await rowOf("link", link);
  if (row === undefined) return refuse("over");
  const token = randomToken();
  return inTransaction(async (tx) => {
    await lockAccount(tx, row.accountId);
    if (!(await adoptRecovery(tx, row.id, hashToken(token)))) return refuse("over");
    await addProof(tx, row, { kind: "email" }, visit);
    return ok({ token });
  });
}

/**
 * The desk's own check of somebody, as one more piece of the evidence of one case while it is collected, in the transaction
 * of its request; "gone" when it was started or has ended, or is another account's. It never shortens a wait that has begun.
 */
export async function addSupportCheck(
  tx: Transaction,
  named: NamedCase,
  agent: string,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone" | "already">> {
  const caseNumber = await findNamedCase(tx, named);
  if (caseNumber === undefined) return refuse("gone");
  if ((await listProofs(tx, named.id)).includes("support")) return refuse("already");
  const proof = { kind: "support", by: agent, facts: { agent } } as const;
  if (!(await addProof(tx, { ...named, caseNumber }, proof, visit))) return refuse("gone");
  return ok({ caseNumber });
}
