import "server-only";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, isKeyedHash, randomToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { giveBackKeys, spendSets } from "@/lib/limits";
import type { MethodFacts } from "@/lib/methods";
import { alert } from "@/lib/proof";
import { lockAccount } from "@/lib/sessions";
import {
  type BeginSetupReason,
  beginSetup,
  type ConfirmReason,
  confirmByGrant,
  type Grant,
  type Owner,
  type Pending,
  type ResendReason,
  sendAnother,
  setupView,
} from "@/lib/setup";
import { type BeginReason, comparePassword } from "@/lib/sign-in";
import { readPass } from "./rules";
import { findOpenPass, openPassRow, spendPassTry, takePass } from "./store";

/**
 * Why a pass did not open; "wrong" says the same of address, password and pass, and of one that is over. "malformed" is
 * what can be nobody's pass, whoever asks.
 */
export type PassReason = "malformed" | "wrong" | Exclude<BeginReason, "wrong-password">;

/**
 * Opens an access pass for this browser: address, password and pass, each judged after it was spent, and one answer for
 * all that can be wrong. What can be nobody's pass is refused before: no account was looked at, and nothing is spent.
 * The pass opens once; what comes back goes on with it for a quarter of an hour, adds one method, and is no session: no
 * page of an account knows it.
 */
export async function openPass(
  input: { readonly email: string; readonly password: string; readonly pass: string },
  visit: Visit,
  /** The cookie `devices`: a browser that the account knows has a budget of its own, which no stranger spends. */
  devices?: string,
): Promise<Result<{ readonly token: string }, PassReason>> {
  const typed = readPass(input.pass);
  if (typed.length === 0) return refuse("malformed");
  const compared = await comparePassword(input.email, input.password, devices, visit, {
    purpose: "access-pass",
  });
  if (!compared.ok)
    return compared.reason === "wrong-password" ? refuse("wrong") : refuse(compared.reason, compared.details);
  const { candidate, spentKeys } = compared.value;
  const { accountId, email } = candidate;
  const spent = await spendPassTry(accountId, visit.now);
  // The try of the password is not given back for a wrong pass: it bounds the guesses.
  const isRight =
    spent !== undefined &&
    candidate.twoStepOnAt !== null &&
    typed.some((pass) => isKeyedHash(spent.hash, "access pass", [accountId, pass]));
  const token = randomToken();
  const isOpen =
    isRight &&
    (await inTransaction(async (tx) => {
      const { now } = visit;
      const { passwordHash } = candidate;
      await lockAccount(tx, accountId);
      const opened = { id: spent.id, tokenHash: hashToken(token), passwordHash, now };
      const expiresAt = after(now, numbers.desk.pass.lifetime);
      if (!(await openPassRow(tx, { ...opened, expiresAt }))) return false;
      await record(tx, accountId, "desk-pass-opened", visit);
      await alert(tx, { id: accountId, addresses: [email] }, "desk-pass-opened", visit);
      return true;
    }));
  if (!isOpen) {
    await inTransaction(async (tx) => {
      await record(tx, accountId, "desk-pass-failed", visit);
      const budget = { name: ["desk-pass-told", accountId], ...numbers.desk.lookTold };
      const [isFirst] = await spendSets(tx, [[budget]], visit.now);
      if (isFirst === true) await alert(tx, { id: accountId, addresses: [email] }, "desk-pass-failed", visit);
    });
    return refuse("wrong");
  }
  await giveBackKeys(spentKeys);
  return ok({ token });
}

type Opened = { readonly owner: Owner; readonly grant: Grant; readonly until: Date };

/** The pass that this browser has opened; undefined when it was used, ended or ran out. */
async function opened(token: string | undefined, visit: Visit): Promise<Opened | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  const row = await findOpenPass(hashToken(token), visit.now);
  if (row === undefined) return undefined;
  return {
    // An enrolment belongs to whoever began it; here that is the pass, whose id no session has.
    owner: { id: row.id, accountId: row.accountId, email: row.email },
    grant: {
      take: (tx) => takePass(tx, row.id, visit.now),
      kind: "desk-pass-used",
      facts: { agent: row.requester, approver: row.approver },
      holdsOthersUntil: after(visit.now, numbers.desk.holdsOthers),
    },
    until: row.expiresAt,
  };
}

/** What the pages of an opened pass show: what is being set up by it, and nothing that the account has. */
export type PassView = {
  /** The address that was typed with the pass, for the name of the app's entry. */
  readonly email: string;
  readonly until: Date;
  readonly app: Pending | undefined;
  readonly phone: Pending | undefined;
};

/** Reads an opened pass for its pages; writes nothing. */
export async function viewPass(token: string | undefined, visit: Visit): Promise<PassView | undefined> {
  const pass = await opened(token, visit);
  if (pass === undefined) return undefined;
  const { app, phone } = await setupView(pass.owner, visit.now);
  return { email: pass.owner.email, until: pass.until, app, phone };
}

/** Begins to set up a method by an opened pass. */
export async function beginByPass(
  token: string | undefined,
  kind: "phone" | "app",
  input: unknown,
  visit: Visit,
): Promise<Result<undefined, BeginSetupReason | "pass-over">> {
  const pass = await opened(token, visit);
  return pass === undefined
    ? refuse("pass-over")
    : beginSetup(kind, input, pass.owner, visit, { grant: pass.grant });
}

/** Sends the code of the phone that is being set up again. */
export async function resendByPass(
  token: string | undefined,
  visit: Visit,
): Promise<Result<undefined, ResendReason | "pass-over">> {
  const pass = await opened(token, visit);
  if (pass === undefined) return refuse("pass-over");
  return sendAnother(pass.owner, visit);
}

/**
 * Confirms the method and uses the pass up, in one transaction that is a security change: everybody is signed out, every
 * address and number is told, and the new method takes nothing away from the others for seven days.
 */
export async function confirmByPass(
  token: string | undefined,
  kind: "phone" | "app",
  answer: string,
  visit: Visit,
): Promise<Result<MethodFacts, ConfirmReason | "pass-over">> {
  const pass = await opened(token, visit);
  return pass === undefined
    ? refuse("pass-over")
    : confirmByGrant(kind, answer, pass.owner, visit, pass.grant);
}
