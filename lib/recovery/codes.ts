/** The codes that are mailed: those that show a mailbox, and the one that finishes. A contact's is made here too. */
import "server-only";
import { randomUUID } from "node:crypto";
import { inTransaction, type Transaction } from "@/lib/db";
import { enqueue, inLanguageOf, mail } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { isKeyedHash, keyedHash, randomBase32 } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { countedFor, isOldEnough, type ProofKind, showSecret, stateOf } from "./rules";
import { insertSecret, type RecoveryRow, renewTries } from "./store";
import { openLink } from "./tokens";
import { findCollecting, rowOf } from "./view";

/** Why nothing was asked for. Whether there was anybody to ask is no reason, and is told to nobody. */
export type MailCodesReason = "over" | "limit";

/**
 * Mails a code to each address of the account that has not counted yet. Whether there is one is told to nobody: the
 * answer is the same.
 */
export async function sendMailCodes(
  token: string | undefined,
  visit: Visit,
): Promise<Result<undefined, MailCodesReason>> {
  const row = await findCollecting(token);
  if (row === undefined) return refuse("over");
  const spent = await spend(
    [
      { name: ["recovery-mail-of", row.id], ...numbers.recovery.codeMailsEach },
      { name: ["recovery-mail", ...countedFor(row)], ...numbers.recovery.codeMails },
    ],
    visit.now,
  );
  if (!spent.ok) return spent;
  await inTransaction(async (tx) => {
    for (const { kind, to } of ownAddresses(row))
      if (!row.proofs.includes(kind)) await mailSecret(tx, row, kind, to, visit);
  });
  return ok(undefined);
}

/**
 * Mails the code that finishes a recovery whose wait is over, for who no longer knows the password or began without it.
 * Only the browser that began it asks for one.
 */
export async function sendFinishCode(
  token: string | undefined,
  visit: Visit,
): Promise<Result<undefined, MailCodesReason>> {
  const row = await rowOf("browser", token);
  if (row === undefined || stateOf(row, row.now) !== "ready") return refuse("over");
  const spent = await spend(
    [{ name: ["recovery-finish-mail-of", row.id], ...numbers.recovery.codeMailsEach }],
    visit.now,
  );
  if (!spent.ok) return spent;
  return inTransaction(async (tx) => {
    if (!(await renewTries(tx, row.id))) return refuse("over");
    for (const { to } of ownAddresses(row)) await mailSecret(tx, row, "finish", to, visit);
    return ok(undefined);
  });
}

/** The addresses that a code goes to: the first, and a second one that an intruder of this week did not add. */
const ownAddresses = (row: RecoveryRow): { kind: "email" | "second-email"; to: string }[] => [
  { kind: "email", to: row.email },
  ...(row.secondEmail !== null && isOldEnough(row.secondEmailSince, row.now)
    ? [{ kind: "second-email" as const, to: row.secondEmail }]
    : []),
];

/** Mails a new code to one address. */
async function mailSecret(
  tx: Transaction,
  row: RecoveryRow,
  kind: ProofKind | "finish",
  to: string,
  visit: Visit,
): Promise<void> {
  const facts = { code: await newSecret(tx, row.id, kind), case: row.caseNumber };
  await enqueue(tx, {
    accountId: row.accountId,
    channel: "email",
    purpose: "recovery",
    to,
    ...(await inLanguageOf(tx, row.accountId, () =>
      kind === "finish"
        ? mail("mail.recovery-finish", {
            ...facts,
            stop: `${siteUrl()}/recover/stop/${openLink(row).stop}`,
          })
        : mail("mail.recovery-code", facts),
    )),
    now: visit.now,
    expiresAt: after(visit.now, numbers.recovery.secret.lifetime),
  });
}

/** Makes a code for one kind of evidence, in the transaction that gives it to somebody; as it is shown. */
export async function newSecret(
  tx: Transaction,
  recoveryId: string,
  kind: ProofKind | "finish",
  contactId: string | null = null,
): Promise<string> {
  const secret = randomBase32(numbers.recovery.secret.characters);
  const hash = keyedHash("code", secretParts(recoveryId, kind, secret));
  await insertSecret(tx, { id: randomUUID(), recoveryId, kind, hash, contactId });
  return showSecret(secret);
}

const secretParts = (recoveryId: string, kind: string, secret: string) => [recoveryId, kind, secret];

/** Whether somebody typed the secret of this row, by what they can have meant. */
export const isSecret = (
  recoveryId: string,
  row: { readonly kind: string; readonly hash: string },
  typed: readonly string[],
): boolean =>
  typed.some((secret) => isKeyedHash(row.hash, "code", secretParts(recoveryId, row.kind, secret)));
