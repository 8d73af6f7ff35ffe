/** What somebody shows for themselves while evidence is collected: a code of whatever kind, or the password. */
import "server-only";
import { record } from "@/lib/activity";
import { isCode, isLive, listCodes, plainDigits } from "@/lib/codes";
import { inTransaction, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { giveBackTry, takeBackFailure } from "@/lib/limits";
import { recoveryLookups, verifyAnswer } from "@/lib/methods";
import { lockAccount } from "@/lib/sessions";
import { type BeginReason, provePassword } from "@/lib/sign-in";
import { isSecret } from "./codes";
import { bindingOf, openNumber } from "./old-number/sealed";
import { isProofKind, type ProofKind, readSecret, stateOf } from "./rules";
import {
  insertProof,
  listCodesLike,
  listSecrets,
  type NamedCase,
  type RecoveryRow,
  readCircumstances,
  spendFormerCode,
  spendRecoveryTry,
  spendSecret,
  spendSentCode,
} from "./store";
import { findCollecting, rowOf } from "./view";

/** Why a typed code is no evidence; "opens": a recovery code that counts, which signs in by itself. */
export type ProveReason = "over" | "malformed" | "no-tries" | "waiting" | "wrong" | "used" | "opens" | "busy";

type Fitting = {
  readonly kind: ProofKind;
  readonly spend: (tx: Transaction) => Promise<boolean>;
  /** Who gave the code, where it was a contact. */
  readonly by?: string | null;
};

const digitsShape = new RegExp(`^\\d{${numbers.code.digits}}$`);

/**
 * One code of whatever kind: from a mail, from a contact, texted to an old number, or a recovery code of a set that was
 * replaced. A try of this recovery is spent first, and of six digits one of the account too; ten characters are guessed by
 * nobody, so wrong codes that somebody else types keep no owner from showing theirs. Which kinds there are to prove is
 * told to nobody.
 */
export async function proveByCode(
  token: string | undefined,
  answer: string,
  visit: Visit,
): Promise<Result<ProofKind, ProveReason>> {
  const row = await rowOf("browser", token);
  if (row === undefined || stateOf(row, row.now) !== "collecting") return refuse("over");
  const secrets = readSecret(answer);
  const digits = plainDigits(answer);
  const isGuessable = digitsShape.test(digits);
  if (secrets.length === 0 && !isGuessable) return refuse("malformed");
  const hash = keyedHash("answer", [row.id, ...(isGuessable ? [digits] : secrets)]);
  const spent = await spendRecoveryTry(row, hash, isGuessable, visit.now);
  if (spent === undefined) return refuse(row.tries === 0 ? "no-tries" : "over");
  if (spent.isWaiting) return refuse("waiting", { retryAt: spent.lockedUntil ?? undefined });
  const found = isGuessable
    ? await findSentCode(row, digits, visit)
    : ((await findSecret(row, secrets)) ?? (await findOldCode(row, answer, visit)));
  if (found === "busy") {
    await giveBackTry("Recovery", spent, { id: row.id, hash, isCounted: isGuessable });
    return refuse("busy");
  }
  if (found === "opens") return refuse("opens");
  if (found === undefined)
    return spent.triesLeft === 0 ? refuse("no-tries") : refuse("wrong", { triesLeft: spent.triesLeft });
  return inTransaction(async (tx) => {
    await lockAccount(tx, row.accountId);
    if (!(await found.spend(tx))) return refuse("used");
    if (isGuessable) await takeBackFailure(tx, row.accountId);
    await addProof(tx, row, found, visit);
    return ok(found.kind);
  });
}

/**
 * The password, in a recovery that was begun without it: judged and counted as at a sign-in. One that the mailbox chose
 * is the mailbox once more.
 */
export async function proveByPassword(
  token: string | undefined,
  password: string,
  devices: string | undefined,
  visit: Visit,
): Promise<Result<ProofKind, "over" | BeginReason>> {
  const row = await findCollecting(token);
  if (row === undefined) return refuse("over");
  const proven = await provePassword({ email: row.email, password, devices }, visit);
  if (!proven.ok) return proven;
  const { isPasswordByMail } = await readCircumstances({
    accountId: row.accountId,
    tokenHashes: [],
    ...visit,
  });
  const kind = isPasswordByMail ? "email" : "password";
  return inTransaction(async (tx) => {
    await lockAccount(tx, row.accountId);
    await addProof(tx, row, { kind }, visit);
    return ok(kind);
  });
}

/** Adds a piece of evidence while it is collected, and records one that is new; false when that is over or it is there. */
export async function addProof(
  tx: Transaction,
  recovery: NamedCase & { readonly caseNumber: string },
  proof: {
    readonly kind: ProofKind;
    readonly by?: string | null;
    readonly facts?: Readonly<Record<string, string>>;
  },
  visit: Visit,
): Promise<boolean> {
  const { id, accountId, caseNumber } = recovery;
  const { kind, by, facts } = proof;
  if (!(await insertProof(tx, id, kind, by))) return false;
  await record(tx, accountId, "recovery-proven", visit, { case: caseNumber, proof: kind, ...facts });
  return true;
}

async function findSecret(row: RecoveryRow, secrets: readonly string[]): Promise<Fitting | undefined> {
  const found = (await listSecrets(row.id)).find((each) => isSecret(row.id, each, secrets));
  if (found === undefined || !isProofKind(found.kind)) return undefined;
  return { kind: found.kind, spend: (tx) => spendSecret(tx, found.id), by: found.contactId };
}

async function findSentCode(row: RecoveryRow, digits: string, visit: Visit): Promise<Fitting | undefined> {
  if (row.numberSealed === null) return undefined;
  const binding = bindingOf(row, openNumber(row, row.numberSealed));
  const found = (await listCodes(row.id)).find(
    (code, place) => isLive(code, place, visit.now) && isCode(code.hash, binding, digits),
  );
  if (found === undefined) return undefined;
  return { kind: "old-number", spend: (tx) => spendSentCode(tx, row.id, found.id, visit.now) };
}

async function findOldCode(
  row: RecoveryRow,
  answer: string,
  visit: Visit,
): Promise<Fitting | "opens" | "busy" | undefined> {
  const like = await listCodesLike(row.accountId, recoveryLookups(row.accountId, answer));
  const judged = await verifyAnswer("recovery-codes", answer, {
    now: visit.now,
    accountId: row.accountId,
    data: {},
    counter: null,
    codes: [],
    isSentCode: () => false,
    recoveryCodes: like.map(({ id, hash }) => ({ id, hash, usedAt: null })),
  });
  if (!judged.ok && judged.reason === "busy") return "busy";
  const found = judged.ok ? like.find(({ id }) => id === judged.value.recoveryCodeId) : undefined;
  if (found === undefined) return undefined;
  if (!found.isFormer) return "opens";
  return { kind: "old-code", spend: (tx) => spendFormerCode(tx, found.id) };
}
