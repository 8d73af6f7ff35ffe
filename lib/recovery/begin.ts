/** How a recovery begins: with the password, from an unfinished sign-in, or by the link of "Forgot your password?". */
import "server-only";
import { randomUUID } from "node:crypto";
import { findOwner, ownerOfResetLink, takeResetLink } from "@/lib/accounts";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, randomBase32, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, spend } from "@/lib/limits";
import { type BeginReason, provenByAttempt, provePassword } from "@/lib/sign-in";
import { presentedTokens } from "@/lib/trusted-devices";
import { caseNumberOf, type ProofKind } from "./rules";
import { insertProof, insertRecovery, readCircumstances } from "./store";
import { newLink } from "./tokens";

/** A recovery that was begun: the token for the cookie of this browser. */
export type Begun = { readonly token: string };

/** Why none was begun; "not-needed": the account asks for no codes, so its password opens it. */
export type BeginRecoveryReason = BeginReason | "not-needed" | "link-over";

/** Begins with the password, judged and counted as at a sign-in: the same answer whether the address has an account. */
export async function beginWithPassword(
  input: { readonly email: string; readonly password: string; readonly devices: string | undefined },
  visit: Visit,
): Promise<Result<Begun, BeginRecoveryReason>> {
  const proven = await provePassword(input, visit);
  if (!proven.ok) return proven;
  return begin({ accountId: proven.value.accountId, first: "password", devices: input.devices }, visit);
}

/** Begins from an unfinished sign-in, whose password was right a moment ago. */
export async function beginFromSignIn(
  attempt: string | undefined,
  devices: string | undefined,
  visit: Visit,
): Promise<Result<Begun, BeginRecoveryReason>> {
  const accountId = await provenByAttempt(attempt, visit.now);
  if (accountId === undefined) return refuse("link-over");
  return begin({ accountId, first: "password", devices }, visit);
}

/**
 * Begins with the link of "Forgot your password?", which is used up by it, and only where one begins; the mailbox then
 * counts, and once.
 */
export async function beginWithLink(
  link: string,
  devices: string | undefined,
  visit: Visit,
): Promise<Result<Begun, BeginRecoveryReason>> {
  const accountId = await ownerOfResetLink(link, visit.now);
  if (accountId === undefined) return refuse("link-over");
  return begin({ accountId, first: "email", devices, link }, visit);
}

async function begin(
  who: {
    readonly accountId: string;
    readonly first: "password" | "email";
    readonly devices: string | undefined;
    /** The link that is used up once nothing refuses it any more. */
    readonly link?: string;
  },
  visit: Visit,
): Promise<Result<Begun, BeginRecoveryReason>> {
  const { accountId, first, link } = who;
  const owner = await findOwner(accountId);
  if (owner === undefined || owner.twoStepOnAt === null) return refuse("not-needed");
  const circumstances = await readCircumstances({
    accountId,
    tokenHashes: presentedTokens(who.devices).hashes,
    ...visit,
  });
  const beganWith = first === "email" ? "mail" : "password";
  const lane = circumstances.deviceId === null ? beganWith : `device ${circumstances.deviceId}`;
  const { account, accountAndAddress, addressHour } = numbers.recovery.begin;
  const here = addressBudget("recovery-begin", visit.address, addressHour);
  const spent = await spend(
    [
      here,
      { ...accountAndAddress, name: ["recovery-begin-here", accountId, lane, ...here.name] },
      { ...account, name: ["recovery-begin-of", accountId, lane] },
    ],
    visit.now,
  );
  if (!spent.ok) return spent;
  if (link !== undefined && (await takeResetLink(link, visit.now)) === undefined) return refuse("link-over");
  const kinds: ProofKind[] = [
    // Whoever reads the mailbox can choose a password by its link: until a sign-in has shown that it is the owner's (and
    // after a reset every sign-in takes a second step), it is the mailbox once more (AT-008).
    circumstances.isPasswordByMail ? "email" : first,
    ...(circumstances.isTrusted ? (["trusted-device"] as const) : []),
    ...(circumstances.isKnown ? (["known-device"] as const) : []),
    ...(circumstances.isUsual ? (["history"] as const) : []),
  ];
  const token = randomToken();
  await inTransaction((tx) => openRecovery(tx, { accountId, token, beganWith, lane, kinds }, visit));
  return ok({ token });
}

/** Writes a new recovery with what was shown already; the token of its link. */
export async function openRecovery(
  tx: Transaction,
  recovery: {
    readonly accountId: string;
    readonly token: string;
    readonly beganWith: "password" | "mail" | "desk";
    readonly lane: string;
    readonly kinds: readonly ProofKind[];
    readonly by?: string;
  },
  visit: Visit,
): Promise<{ readonly id: string; readonly link: string; readonly caseNumber: string }> {
  const { accountId, beganWith, lane } = recovery;
  const id = randomUUID();
  const { link, ...hashes } = newLink(id, accountId);
  const caseNumber = caseNumberOf(randomBase32(8));
  const { address, browser } = visit;
  await insertRecovery(tx, {
    id,
    accountId,
    tokenHash: hashToken(recovery.token),
    ...hashes,
    caseNumber,
    beganWith,
    lane,
    address,
    browser,
  });
  for (const kind of recovery.kinds)
    await insertProof(tx, id, kind, kind === "support" ? (recovery.by ?? null) : null);
  await record(tx, accountId, "recovery-begun", visit, { case: caseNumber, with: beganWith });
  return { id, link, caseNumber };
}
