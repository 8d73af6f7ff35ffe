import "server-only";
import { randomUUID } from "node:crypto";
import {
  findOwner,
  ownerOfResetLink,
  type PasswordReason,
  passwordRefusal,
  takeResetLink,
} from "@/lib/accounts";
import { record } from "@/lib/activity";
import { isCode, listCodes, plainDigits } from "@/lib/codes";
import { inTransaction, type Transaction, within } from "@/lib/db";
import { enqueue, inLanguageOf, mail } from "@/lib/delivery";
import { after, before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, isKeyedHash, keyedHash, randomBase32, randomToken } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, budgetLeft, spend, spendSets, takeBackFailure } from "@/lib/limits";
import { recoveryLookups, verifyAnswer } from "@/lib/methods";
import { hashUnlessBusy } from "@/lib/passwords";
import { dropAgent, lockAccount, securityChange } from "@/lib/proof";
import { type BeginReason, provenByAttempt, provePassword } from "@/lib/sign-in";
import { presentedTokens } from "@/lib/trusted-devices";
import { bindingOf, openNumber } from "./old-number/sealed";
import {
  caseNumberOf,
  isProofKind,
  judgeEvidence,
  type ProofKind,
  type RecoveryState,
  readSecret,
  showSecret,
  stateOf,
  type Verdict,
} from "./rules";
import {
  adoptRecovery,
  clearProtection,
  expireOfAccount,
  findBy,
  findNamedCase,
  findOfAccount,
  hasActive,
  holdCollecting,
  insertProof,
  insertRecovery,
  insertSecret,
  listCodesLike,
  listOfAccount,
  listProofs,
  listSecrets,
  markEnded,
  markFinished,
  markStarted,
  type NamedCase,
  type RecoveryRow,
  readCircumstances,
  renewTries,
  spendFormerCode,
  spendRecoveryTry,
  spendSecret,
  spendSentCode,
  type TokenKind,
} from "./store";
import { newLink, openLink } from "./tokens";
import { tellEverybody } from "./told";

/** A recovery as pages and the desk see it. Addresses and numbers are not in it. */
export type Recovery = {
  readonly id: string;
  readonly accountId: string;
  readonly caseNumber: string;
  readonly state: RecoveryState;
  readonly proofs: readonly ProofKind[];
  /** What the evidence is worth so far, or was when it was started. */
  readonly verdict: Verdict;
  readonly triesLeft: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly startedAt: Date | null;
  /** Milliseconds. */
  readonly wait: number | null;
  readonly readyAt: Date | null;
  readonly endedAt: Date | null;
  /** Whether its own browser finishes it with the password that was shown when it began; else with a mailed code. */
  readonly takesPassword: boolean;
  /** Whether another browser can finish it, with that password. */
  readonly isOpenElsewhere: boolean;
  /** Until when its browser may need to know it: before the wait has begun, until the latest moment that is possible. */
  readonly neededUntil: Date;
  /** Whether the desk began it, and no browser has taken it on. */
  readonly isUnclaimed: boolean;
};

function shown(row: RecoveryRow): Recovery {
  const proofs = row.proofs.filter(isProofKind);
  return {
    id: row.id,
    accountId: row.accountId,
    caseNumber: row.caseNumber,
    state: stateOf(row, row.now),
    proofs,
    verdict: judgeEvidence(proofs),
    triesLeft: row.tries,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    startedAt: row.startedAt,
    wait: row.waitMs,
    readyAt: row.readyAt,
    endedAt: row.endedAt,
    takesPassword: hasItsPassword(row),
    isOpenElsewhere: hasItsPassword(row) && isOpenElsewhere(row),
    neededUntil:
      row.startedAt === null || row.noticedAt !== null
        ? row.expiresAt
        : after(row.expiresAt, (row.waitMs ?? 0) + numbers.recovery.finishWithin),
    isUnclaimed: row.beganWith === "desk",
  };
}

/**
 * Whether the password with which it began is still the account's. One that the mailbox chose since would make the link
 * of a mail enough again.
 */
// Whoever reads the mailbox and has the password gets no more by somebody else's evidence than by their own: on another
// browser it takes the wait that these two alone have.
const isOpenElsewhere = ({ noticedAt, now }: RecoveryRow): boolean => {
  const alone = judgeEvidence(["password", "email"]);
  return alone.ok && noticedAt !== null && after(noticedAt, alone.wait) <= now;
};

const hasItsPassword = (row: RecoveryRow): boolean => row.proofs.includes("password") && !row.isPasswordNew;

const rowOf = async (kind: TokenKind, token: string | undefined): Promise<RecoveryRow | undefined> =>
  token === undefined || !isTokenShaped(token) ? undefined : findBy(kind, hashToken(token));

/** The recovery of a browser, or of a link in a mail; undefined for a token that is none. Reads only. */
export async function viewRecovery(
  kind: TokenKind,
  token: string | undefined,
): Promise<Recovery | undefined> {
  const row = await rowOf(kind, token);
  return row === undefined ? undefined : shown(row);
}

/** The recovery of an account that is under way, for its owner's pages and the desk. Reads only. */
export async function findRecovery(accountId: string): Promise<Recovery | undefined> {
  const row = await findOfAccount(accountId);
  return row === undefined ? undefined : shown(row);
}

/** All that are under way for an account, for the desk: several may collect evidence, and only one waits. Reads only. */
export const listRecoveries = async (accountId: string): Promise<Recovery[]> =>
  (await listOfAccount(accountId)).map(shown);

/** The recovery with this case number, whatever became of it. Reads only. */
export async function findCase(caseNumber: string): Promise<Recovery | undefined> {
  const row = await findBy("case", caseNumber);
  return row === undefined ? undefined : shown(row);
}

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
async function openRecovery(
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

/** Why a typed code is no evidence; "opens": a recovery code that counts, which signs in by itself. */
export type ProveReason = "over" | "malformed" | "no-tries" | "waiting" | "wrong" | "used" | "opens" | "busy";

type Fitting = {
  readonly kind: ProofKind;
  readonly spend: (tx: Transaction) => Promise<boolean>;
  /** Who gave the code, where it was a contact. */
  readonly by?: string | null;
};

const secretShape = new RegExp(`^[A-Z2-7]{${numbers.recovery.secret.characters}}$`);
const digitsShape = new RegExp(`^\\d{${numbers.code.digits}}$`);
const secretParts = (recoveryId: string, kind: string, secret: string) => [recoveryId, kind, secret];

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
  const secret = readSecret(answer);
  const digits = plainDigits(answer);
  if (!secretShape.test(secret) && !digitsShape.test(digits)) return refuse("malformed");
  const isGuessable = digitsShape.test(digits);
  const spent = await spendRecoveryTry(row, keyedHash("answer", [row.id, secret]), isGuessable, visit.now);
  if (spent === undefined) return refuse(row.tries === 0 ? "no-tries" : "over");
  if (spent.isWaiting) return refuse("waiting", { retryAt: spent.lockedUntil ?? undefined });
  const found = isGuessable
    ? await findSentCode(row, digits, visit)
    : ((await findSecret(row, secret)) ?? (await findOldCode(row, answer, visit)));
  if (found === "opens") return refuse("opens");
  if (found === undefined)
    return spent.triesLeft === 0 ? refuse("no-tries") : refuse("wrong", { triesLeft: spent.triesLeft });
  return inTransaction(async (tx) => {
    if (!(await found.spend(tx))) return refuse("used");
    if (isGuessable) await takeBackFailure(tx, row.accountId);
    if (await insertProof(tx, row.id, found.kind, found.by))
      await record(tx, row.accountId, "recovery-proven", visit, { case: row.caseNumber, proof: found.kind });
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
    if (await insertProof(tx, row.id, kind))
      await record(tx, row.accountId, "recovery-proven", visit, { case: row.caseNumber, proof: kind });
    return ok(kind);
  });
}

async function findSecret(row: RecoveryRow, secret: string): Promise<Fitting | undefined> {
  const fitting = (await listSecrets(row.id)).filter(({ kind, hash }) =>
    isKeyedHash(hash, "code", secretParts(row.id, kind, secret)),
  );
  const [found] = fitting;
  if (found === undefined || !isProofKind(found.kind)) return undefined;
  return { kind: found.kind, spend: (tx) => spendSecret(tx, found.id), by: found.contactId };
}

async function findSentCode(row: RecoveryRow, digits: string, visit: Visit): Promise<Fitting | undefined> {
  if (row.numberSealed === null) return undefined;
  const binding = bindingOf(row, openNumber(row, row.numberSealed));
  const found = (await listCodes(row.id))
    .slice(0, numbers.code.live)
    .find((code) => code.usedAt === null && code.expiresAt > visit.now && isCode(code.hash, binding, digits));
  if (found === undefined) return undefined;
  return { kind: "old-number", spend: (tx) => spendSentCode(tx, row.id, found.id, visit.now) };
}

async function findOldCode(
  row: RecoveryRow,
  answer: string,
  visit: Visit,
): Promise<Fitting | "opens" | undefined> {
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
  const found = judged.ok ? like.find(({ id }) => id === judged.value.recoveryCodeId) : undefined;
  if (found === undefined) return undefined;
  if (!found.isFormer) return "opens";
  return { kind: "old-code", spend: (tx) => spendFormerCode(tx, found.id) };
}

/** Why nothing was asked for. Whether there was anybody to ask is no reason, and is told to nobody. */
export type AskReason = "over" | "limit";

/** The recovery of a browser while it collects evidence. */
export const findCollecting = async (token: string | undefined): Promise<RecoveryRow | undefined> => {
  const row = await rowOf("browser", token);
  return row !== undefined && stateOf(row, row.now) === "collecting" ? row : undefined;
};

/**
 * Whose budgets a recovery spends: its account's by the way it was begun (docs/decisions/0034). Whoever has the password
 * alone uses up those of the password, and keeps nobody from a browser that the account knows, the mailbox, or the desk.
 */
export const countedFor = ({ accountId, lane }: RecoveryRow): readonly string[] => [accountId, lane];

/** A second address, a contact, a number: what was there before an intruder could have made it. */
const isOldEnough = (since: Date | null, now: Date): boolean =>
  since !== null && since <= before(now, numbers.recovery.evidenceAge);

/**
 * Mails a code to each address of the account that has not counted yet. Whether there is one is told to nobody: the
 * answer is the same.
 */
export async function sendMailCodes(
  token: string | undefined,
  visit: Visit,
): Promise<Result<undefined, AskReason>> {
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

/** Why a recovery was not started; "already": one of this account waits, and another beside it shortens nothing. */
export type StartReason = "over" | "not-enough" | "already" | "limit";

/**
 * "Start the waiting time": judges the evidence under the account's lock and tells everybody at once. The wait itself
 * begins when the first notice was handed over (notices/flow.ts). At most one of an account is under way.
 */
export async function startWaiting(
  token: string | undefined,
  visit: Visit,
): Promise<Result<{ readonly wait: number }, StartReason>> {
  const row = await findCollecting(token);
  if (row === undefined) return refuse("over");
  if (!judgeEvidence(row.proofs.filter(isProofKind)).ok) return refuse("not-enough");
  if (await isUnderWay(row.accountId)) return refuse("already");
  const spent = await spend(
    [{ name: ["recovery-start", ...countedFor(row)], ...numbers.recovery.start }],
    visit.now,
  );
  if (!spent.ok) return spent;
  return inTransaction(async (tx) => {
    await lockAccount(tx, row.accountId);
    await expireOfAccount(tx, row.accountId);
    if (await hasActive(tx, row.accountId)) return refuse("already");
    if (!(await holdCollecting(tx, row.id))) return refuse("over");
    const verdict = judgeEvidence((await listProofs(tx, row.id)).filter(isProofKind));
    if (!verdict.ok) return refuse("not-enough");
    const { wait } = verdict;
    const facts = { hours: wait / 3_600_000 };
    const noticeIds = await tellEverybody(tx, row, "recovery-started", facts);
    if (!(await markStarted(tx, row.id, wait, noticeIds))) throw new Error("a recovery ended under its lock");
    await record(tx, row.accountId, "recovery-started", visit, {
      case: row.caseNumber,
      ...facts,
      proofs: verdict.counted.join(" "),
    });
    return ok({ wait });
  });
}

const isUnderWay = async (accountId: string): Promise<boolean> =>
  (await findOfAccount(accountId))?.startedAt != null;

/** Who stops a recovery, for the log: its owner on a page, or an agent of the desk by name. */
type Stopper = { readonly by: "owner" } | { readonly by: "desk"; readonly agent: string };

/**
 * Its owner stops the recovery of an account, whether it collects evidence or waits; everybody is told of one that was
 * started. "gone": there is none (any more).
 */
export async function stopRecovery(
  accountId: string,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  const row = await findOfAccount(accountId);
  return row === undefined ? refuse("gone") : stop(row, { by: "owner" }, visit);
}

/** The desk stops one case, in the transaction of its request. "gone": it has ended, or is another account's. */
export async function stopCase(
  tx: Transaction,
  named: NamedCase,
  agent: string,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  if ((await findNamedCase(tx, named)) === undefined) return refuse("gone");
  return stopIn(tx, named, { by: "desk", agent }, visit);
}

/** The same with the link of a mail, or by the browser that began it. */
export async function stopByToken(
  kind: TokenKind,
  token: string | undefined,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  const row = await rowOf(kind, token);
  return row === undefined ? refuse("gone") : stop(row, { by: "owner" }, visit);
}

const stop = (
  row: RecoveryRow,
  stopper: Stopper,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> =>
  inTransaction((tx) => stopIn(tx, row, stopper, visit));

async function stopIn(
  tx: Transaction,
  { id, accountId }: NamedCase,
  stopper: Stopper,
  visit: Visit,
): Promise<Result<{ readonly caseNumber: string }, "gone">> {
  const ended = await markEnded(tx, id, stopper.by === "desk" ? "desk" : "stopped");
  if (ended === undefined) return refuse("gone");
  await record(tx, accountId, "recovery-stopped", visit, {
    case: ended.caseNumber,
    by: stopper.by,
    ...(stopper.by === "desk" ? { agent: stopper.agent } : {}),
  });
  return ok({ caseNumber: ended.caseNumber });
}

/**
 * Mails the code that finishes a recovery whose wait is over, for who no longer knows the password or began without it.
 * Only the browser that began it asks for one.
 */
export async function sendFinishCode(
  token: string | undefined,
  visit: Visit,
): Promise<Result<undefined, AskReason>> {
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
      await lockAccount(tx, row.accountId);
      if (!(await markFinished(tx, row.id, proof.by))) return refuse("over");
      if (proof.by === "code" && !(await spendSecret(tx, proof.secretId))) return refuse("wrong-code");
      await clearProtection(tx, row.accountId, hash);
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
  const secret = readSecret(answer);
  if (!secretShape.test(secret)) return refuse("no-code");
  const spent = await spendRecoveryTry(row, keyedHash("answer", [row.id, secret]), false, visit.now);
  if (spent === undefined) return refuse(row.tries === 0 ? "no-tries" : "over");
  const found = (await listSecrets(row.id)).find(
    ({ kind, hash }) => kind === "finish" && isKeyedHash(hash, "code", secretParts(row.id, "finish", secret)),
  );
  return found === undefined ? refuse("wrong-code") : ok({ by: "code", secretId: found.id });
}

const isOwnBrowser = (row: RecoveryRow, token: string | undefined): boolean =>
  token !== undefined && isTokenShaped(token) && hashToken(token) === row.tokenHash;

/** Whether this page's recovery was begun in this very browser. Reads only. */
export async function isBegunHere(
  recovery: { readonly id: string },
  token: string | undefined,
): Promise<boolean> {
  return (await rowOf("browser", token))?.id === recovery.id;
}

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
    if (!(await adoptRecovery(tx, row.id, hashToken(token)))) return refuse("over");
    if (await insertProof(tx, row.id, "email"))
      await record(tx, row.accountId, "recovery-proven", visit, { case: row.caseNumber, proof: "email" });
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
  const { id, accountId } = named;
  const caseNumber = await findNamedCase(tx, named);
  if (caseNumber === undefined) return refuse("gone");
  if ((await listProofs(tx, id)).includes("support")) return refuse("already");
  if (!(await insertProof(tx, id, "support", agent))) return refuse("gone");
  await record(tx, accountId, "recovery-proven", visit, { case: caseNumber, proof: "support", agent });
  return ok({ caseNumber });
}
