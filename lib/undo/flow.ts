import "server-only";
import { randomUUID } from "node:crypto";
import { isCode, listCodes, type SendReason, sendCode } from "@/lib/codes";
import type { Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, keyedHash, randomToken } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { giveBackTry } from "@/lib/limits";
import { type CodeLine, lineOfCode } from "@/lib/line";
import {
  type Acceptance,
  type AnswerReason,
  challengeOf,
  challengeOfTry,
  describeMethod,
  isAnswerShaped,
  isChallengeOfTry,
  isProvenByDigits,
  type MethodData,
  type MethodFacts,
  openMethodData,
  requestOptions,
  sealMethodData,
  verifyAnswer,
} from "@/lib/methods";
import { isPasswordUnlessBusy } from "@/lib/passwords";
import { securityChange } from "@/lib/proof";
import { dropEnrolments, listMethodRows, methodEventFacts } from "@/lib/setup";
import {
  askedOf,
  comingBack,
  type DeadReason,
  isOfSuspension,
  type RemovalKind,
  removalState,
  restored,
} from "./rules";
import {
  calmAccount,
  dropRemoval,
  findRemoval,
  insertRemoval,
  isPasswordStill,
  keepNumberFirst,
  liftSuspension,
  listProving,
  listRemoved,
  listSuspendedBy,
  pointRemoval,
  type RemovalRow,
  restoreMethods,
  spendProof,
  spendRemovalTry,
  takeRemoval,
} from "./store";

/** A way back that is about to be kept: the address of its page, for the alert alone. */
export type WayBack = { readonly id: string; readonly token: string; readonly url: string };

/** Makes the token of a way back: 256 bits, of which only the hash is stored; its address is from SITE_URL. */
export function newWayBack(): WayBack {
  const token = randomToken();
  return { id: randomUUID(), token, url: `${siteUrl()}/put-back/${token}` };
}

/**
 * Keeps a way back beside what is removed, in the transaction of the removal. The removed rows name it by its id; they
 * stay sealed as they were for seven days and open for nobody else.
 */
export const keepWayBack = (
  tx: Transaction,
  { id, token }: WayBack,
  removal: { readonly accountId: string; readonly email: string; readonly kind: RemovalKind },
  now: Date,
): Promise<void> =>
  insertRemoval(tx, {
    id,
    tokenHash: hashToken(token),
    ...removal,
    tries: numbers.undo.tries,
    createdAt: now,
    expiresAt: after(now, numbers.undo.lifetime),
  });

/**
 * The same where it is not certain that anything could prove it: kept only if something could, judged as the page of its
 * link will. Returns what that is, by id; empty where no link is to be promised.
 */
export async function keepWayBackIfProvable(
  tx: Transaction,
  back: WayBack,
  removal: { readonly accountId: string; readonly email: string; readonly kind: RemovalKind },
  now: Date,
): Promise<readonly string[]> {
  await keepWayBack(tx, back, removal, now);
  const methods = [...(await listProving(tx, back.id))];
  const ways = openRemoved({ methods, accountId: removal.accountId }).map(({ id }) => id);
  if (ways.length === 0) await dropRemoval(tx, back.id);
  return ways;
}

/** Whether a way back could be proven by this method: by the digits of a code, or by itself in the browser's dialog. */
export const canProveWayBack = (method: MethodData): boolean =>
  method.kind === "passkey" || isProvenByDigits(method.kind);

type Removed = MethodData & { readonly id: string; readonly counter: bigint | null };

const openRemoved = ({ methods, accountId }: Pick<RemovalRow, "methods" | "accountId">): Removed[] =>
  (methods ?? []).flatMap((row): Removed[] => {
    const opened = openMethodData("Method", { ...row, accountId });
    if (opened === undefined || !canProveWayBack(opened)) return [];
    return [{ ...opened, id: row.id, counter: row.counter === null ? null : BigInt(row.counter) }];
  });

type Live = {
  readonly row: RemovalRow;
  readonly removed: readonly Removed[];
  readonly asked: Removed | undefined;
};

/** Looks a link up by its token; one that is cut short never reaches the database. Writes nothing. */
async function readRemoval(token: string, now: Date): Promise<Result<Live, DeadReason>> {
  if (!isTokenShaped(token)) return refuse("link-malformed");
  const row = await findRemoval(hashToken(token));
  const state = removalState(row, now);
  if (row === undefined || state !== "live") return refuse(state === "live" ? "link-unknown" : state);
  const removed = openRemoved(row);
  const asked = askedOf(removed, row.methodId, (method) => challengeOf(method) !== null);
  return ok({ row, removed, asked });
}

/** What the page of a link shows; every method masked, and nothing of the account but what was removed. */
export type WayBackPage = {
  readonly kind: RemovalKind;
  /** Whether the password is asked beside the way. */
  readonly takesPassword: boolean;
  readonly removedAt: Date;
  readonly until: Date;
  readonly ways: readonly { readonly id: string; readonly facts: MethodFacts }[];
  readonly asked: { readonly id: string; readonly facts: MethodFacts } | undefined;
  /** The newest code of the asked method, where one was sent. */
  readonly code: CodeLine | undefined;
  /** What the browser's dialog is asked, where it is a passkey. */
  readonly passkeyOptions: ReturnType<typeof requestOptions> | undefined;
  readonly triesLeft: number;
};

/** Reads the page of a link. A GET: nothing is spent, nothing is sent, nothing comes back by looking. */
export async function viewWayBack(token: string, now: Date): Promise<Result<WayBackPage, DeadReason>> {
  const read = await readRemoval(token, now);
  if (!read.ok) return read;
  const { row, removed, asked } = read.value;
  const shown = (method: Removed) => ({ id: method.id, facts: describeMethod(method) });
  return ok({
    kind: row.kind,
    takesPassword: isOfSuspension(row.kind),
    removedAt: row.createdAt,
    until: row.expiresAt,
    ways: removed.map(shown),
    asked: asked === undefined ? undefined : shown(asked),
    code: lineOfCode(row.code, now),
    passkeyOptions:
      asked?.kind === "passkey"
        ? requestOptions(challengeOfTry({ ...tryOf(row), triesLeft: row.tries }), [asked.data])
        : undefined,
    triesLeft: row.tries,
  });
}

const tryOf = ({ id, accountId }: RemovalRow) => ({ ownerId: id, accountId, purpose: "undo" }) as const;

const bindingOf = ({ id, accountId }: RemovalRow, number: string) => ({
  ownerId: id,
  accountId,
  purpose: "undo" as const,
  number,
});

/** Why no way was taken. */
export type ChooseReason = DeadReason | "method-gone" | "no-tries" | SendReason;

/**
 * Chooses the removed method to prove, and sends its code where one must be sent; pressed again it sends a new one, and
 * the earlier ones stay good. Tries are not refilled. Refused for a method that this link does not put back.
 */
export async function chooseForWayBack(
  token: string,
  methodId: string,
  visit: Visit,
): Promise<Result<undefined, ChooseReason>> {
  const read = await readRemoval(token, visit.now);
  if (!read.ok) return read;
  const { row, removed } = read.value;
  if (row.tries === 0) return refuse("no-tries");
  const method = removed.find(({ id }) => id === methodId);
  if (method === undefined) return refuse("method-gone");
  if (!(await pointRemoval(row.id, method.id, visit.now))) return refuse("link-used");
  const delivery = challengeOf(method);
  if (delivery === null) return ok(undefined);
  const sent = await sendCode(
    bindingOf(row, delivery.to),
    { methodId: method.id, channel: delivery.channel },
    visit,
  );
  return sent.ok ? ok(undefined) : sent;
}

/** Why nothing was put back. */
export type PutBackReason =
  | DeadReason
  | AnswerReason
  | "method-gone"
  | "no-tries"
  | "busy"
  /** The password or the code; which one is not said to whoever has only the link. */
  | "password-or-code";

/**
 * "Put it back and sign everyone out": a link from an alert and a code of the removed method, without a session. In one
 * transaction the link is used up, what was removed is in force again, and every session, trusted browser and unfinished
 * sign-in ends; every address that was told of the removal is told. It signs nobody in, and takes nothing away that was
 * added since: whoever lost what was put back would otherwise be locked out by whoever found it (docs/decisions/0015).
 *
 * @param password asked beside the code where a phone was suspended (docs/decisions/0025); elsewhere not looked at.
 */
export async function putBack(
  token: string,
  answer: string,
  visit: Visit,
  password = "",
): Promise<Result<RemovalKind, PutBackReason>> {
  const read = await readRemoval(token, visit.now);
  if (!read.ok) return read;
  const { row, asked } = read.value;
  if (asked === undefined) return refuse("method-gone");
  const proven = await proveWayBack(row, asked, { answer, password }, visit);
  if (!proven.ok) return proven;

  const { kind, because } = restored[row.kind];
  return securityChange<RemovalKind, PutBackReason>(
    {
      accountId: row.accountId,
      addresses: [row.accountEmail, row.email],
      keepSessionId: undefined,
      kind,
      because,
      visit,
      facts: methodEventFacts(describeMethod(asked)),
    },
    async (tx) => {
      const { accountId } = row;
      const why = await spendWayBack(tx, row, asked, proven.value, visit.now);
      if (why !== undefined) return refuse(why);
      await bringBack(tx, row, asked.id);
      await dropEnrolments(tx, accountId);
      // What was suspended was part of a second step that was on, whoever turned it off since.
      const isOn = row.kind === "two-step-off" || isOfSuspension(row.kind);
      await calmAccount(tx, accountId, isOn, visit.now);
      return ok(row.kind);
    },
  );
}

/** Judges the answer, and beside it the password where one is asked. A try of the link is spent first. */
async function proveWayBack(
  row: RemovalRow,
  asked: Removed,
  { answer, password }: { readonly answer: string; readonly password: string },
  visit: Visit,
): Promise<Result<Acceptance, PutBackReason>> {
  if (!isAnswerShaped(asked.kind, answer))
    return refuse("malformed", { triesLeft: row.tries, method: asked.kind });

  const answerHash = keyedHash("answer", [row.id, asked.id, answer, password]);
  const spent = await spendRemovalTry(row, answerHash, visit.now);
  if (spent === undefined) return refuse(row.tries === 0 ? "no-tries" : "link-used");

  const isSuspension = isOfSuspension(row.kind);
  const isOwner = isSuspension ? await isPasswordUnlessBusy(password, row.passwordHash) : true;
  if (isOwner === undefined) {
    await giveBackTry("Removal", spent, { id: row.id, hash: answerHash, isCounted: false });
    return refuse("busy");
  }

  const delivery = challengeOf(asked);
  const judged = await verifyAnswer(asked.kind, answer, {
    now: spent.judgedAt,
    accountId: row.accountId,
    data: asked.data,
    counter: asked.counter,
    codes: delivery === null ? [] : await listCodes(row.id),
    recoveryCodes: [],
    isChallenge: (challenge) =>
      isChallengeOfTry(challenge, { ...tryOf(row), triesLeft: spent.triesLeft + 1 }),
    isSentCode: (code, digits) =>
      delivery !== null &&
      code.methodId === asked.id &&
      isCode(code.hash, bindingOf(row, delivery.to), digits),
  });
  if (!judged.ok || !isOwner) {
    if (spent.triesLeft === 0) return refuse("no-tries");
    const reason = judged.ok || isSuspension ? "password-or-code" : judged.reason;
    return refuse(reason, { triesLeft: spent.triesLeft, method: asked.kind });
  }
  return judged;
}

/**
 * Uses the link and its proof up, under the lock of the account; why not, where what was true of the page is not any more:
 * wrong codes disabled the number, the mailbox chose a new password.
 */
async function spendWayBack(
  tx: Transaction,
  row: RemovalRow,
  asked: Removed,
  { counter, codeId, data }: Acceptance,
  now: Date,
): Promise<PutBackReason | undefined> {
  const { accountId } = row;
  if (!(await takeRemoval(tx, row.id, now))) return "link-used";
  if (!(await listProving(tx, row.id)).some(({ id }) => id === asked.id)) return "method-gone";
  if (isOfSuspension(row.kind) && !(await isPasswordStill(tx, row))) return "password-or-code";
  const proof = {
    ownerId: row.id,
    accountId,
    methodId: asked.id,
    counter,
    codeId,
    data: data === undefined ? undefined : sealMethodData("Method", { id: asked.id, accountId }, data),
  };
  return (await spendProof(tx, proof, now)) ? undefined : "used";
}

/** Brings back what a link stands for: a number that stays, what was suspended, or what was removed. */
async function bringBack(
  tx: Transaction,
  { id, accountId, kind }: RemovalRow,
  provenId: string,
): Promise<void> {
  if (kind === "number-changed") return keepNumberFirst(tx, accountId, provenId);
  const active = (await listMethodRows(tx, accountId)).map(({ identity }) => identity);
  const taken = await (kind === "phone-suspended" ? listSuspendedBy(tx, id) : listRemoved(tx, id));
  const ids = comingBack(taken, active).map((row) => row.id);
  if (isOfSuspension(kind)) await liftSuspension(tx, accountId, ids);
  else await restoreMethods(tx, accountId, ids, kind === "number-retired");
}
