import "server-only";
import { randomUUID } from "node:crypto";
import { BusyError, emailKey, hashPassword, isHashOutdated, isPassword } from "@/lib/accounts";
import { noteWrongPassword, record } from "@/lib/activity";
import {
  allowanceOf,
  type CodeBinding,
  isCode,
  isSwitchedOff,
  repeatByCall,
  type SendReason,
  sendCode,
} from "@/lib/codes";
import { inTransaction } from "@/lib/db";
import type { FailureReason, MessageState } from "@/lib/delivery";
import { examine } from "@/lib/doctor";
import { after } from "@/lib/kernel/durations";
import { currentLanguage } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { type CodeHint, ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, keyedHash, randomToken } from "@/lib/kernel/secrets";
import { isTwoStepRequired } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, type Budget, budgetColumns, giveBackKeys } from "@/lib/limits";
import { type Line, lineOf, nextBest, type Offer, type OtherWay } from "@/lib/line";
import {
  type AnswerReason,
  challengeOf,
  challengeOfTry,
  describeMethod,
  isChallengeOfTry,
  listActiveMethods,
  type MethodData,
  type MethodFacts,
  type MethodKind,
  methods,
  openMethodData,
  readAssertion,
  recoveryLookups,
  requestOptions,
  sealMethodData,
  verifyAnswer,
} from "@/lib/methods";
import { alert, readTask, scopeOfProof, type Task, type TaskFacts, taskFacts, taskText } from "@/lib/proof";
import { deleteSessionByToken } from "@/lib/sessions";
import { cookieWith, presentedFor, presentedTokens, successorOf } from "@/lib/trusted-devices";
import { noticeCopy } from "./copies";
import { type AskReason, type AttemptEnd, firstAsked, judge, proofAsked, ready, strongest } from "./rules";
import { admitWithoutSecondStep, admitWithSecondStep, rememberLanguage } from "./store/admissions";
import { type AttemptCode, type AttemptView, findAttempt, openAttempt, pointAttempt } from "./store/attempts";
import type { MethodJson } from "./store/parts";
import { type Candidate, replacePasswordHash, spendPasswordTry } from "./store/password";
import { findSubject, hasRecoveryCode, proveSession } from "./store/proofs";
import { recordFailure, type SpentTry, spendTry } from "./store/tries";
import type { UsedUp } from "./store/used-up";
import { toldOfCode, toldOfFailure, toldOfSignIn } from "./told";

/** A sign-in, or the fresh proof before a change. */
export type Purpose = "sign-in" | "proof";
/** What a second step may be asked for: those, and the support desk (at-desk.ts). */
export type AttemptPurpose = Purpose | "desk";

/** A finished sign-in: what the cookies of this browser become. */
export type Admitted = {
  readonly kind: "admitted";
  readonly admission: { readonly accountId: string; readonly sessionToken: string };
  /** The new value of the cookie `devices`; undefined leaves it alone. */
  readonly deviceCookie: string | undefined;
};

/** The second step is asked: the token of the attempt, for the cookie `attempt`. */
export type Asked = { readonly kind: "asked"; readonly attemptToken: string };

export type BeginReason = "wrong-password" | "limit" | "busy";
export type AnswerRefusal = AnswerReason | AttemptEnd;

/** The browser's cookies, as far as a sign-in looks at them. */
export type BrowserCookies = {
  readonly devices: string | undefined;
  /** The session that this browser had before; it ends when another begins. */
  readonly session: string | undefined;
};

const { passwordFailures: passwordLimits } = numbers;

function passwordBudgets(key: string, visit: Visit): { known: Budget[]; unknown: Budget[] } {
  const byAddress = [
    addressBudget("password-minute", visit.address, passwordLimits.addressMinute),
    addressBudget("password-hour", visit.address, passwordLimits.addressHour),
  ];
  return {
    known: byAddress,
    unknown: [
      ...byAddress,
      {
        ...addressBudget("password-account", visit.address, passwordLimits.accountAndDevice),
        name: ["password-account", key, visit.address],
      },
      { name: ["password-unknown", key], ...passwordLimits.accountUnknownBrowsers },
    ],
  };
}

/** Spends the password budgets, then compares. The same words and the same time whether the address has an account. */
export async function comparePassword(
  email: string,
  password: string,
  devices: string | undefined,
  visit: Visit,
  /** What for: a session that is proven afresh, or a door of its own. */
  session?: ProofSession | "desk" | "access-pass",
): Promise<Result<{ candidate: Known; spentKeys: string[] }, BeginReason>> {
  const key = emailKey(email);
  const budgets = passwordBudgets(key ?? "", visit);
  const known = budgetColumns(budgets.known);
  const unknown = budgetColumns(budgets.unknown);
  const candidate = await spendPasswordTry({
    emailKey: key ?? "",
    tokens: presentedTokens(devices),
    // The device's own budget is added by the statement, which knows whether there is one.
    known: {
      keys: known.keys,
      max: [...known.max, passwordLimits.accountAndDevice.max],
      windows: [...known.windows, passwordLimits.accountAndDevice.window],
    },
    unknown,
    now: visit.now,
    address: visit.address,
  });
  if (candidate.refused !== null) return refuse("limit", { retryAt: candidate.retryAt ?? undefined });
  let isRight: boolean;
  try {
    isRight = await isPassword(password, candidate.passwordHash ?? undefined);
  } catch (error) {
    if (error instanceof BusyError) return refuse("busy");
    throw error;
  }
  if (!isRight || candidate.accountId === null || candidate.passwordHash === null) {
    const { accountId } = candidate;
    const { purpose, sessionId } =
      typeof session === "object"
        ? { purpose: "proof" as const, sessionId: session.id }
        : { purpose: session ?? ("sign-in" as const), sessionId: undefined };
    await noteWrongPassword({ accountId, emailKey: key ?? "", purpose, sessionId }, visit);
    return refuse("wrong-password");
  }
  const spentKeys =
    candidate.deviceId === null ? unknown.keys : [...known.keys, `password:device:${candidate.deviceId}`];
  return ok({ candidate: candidate as Known, spentKeys });
}

export type Known = Candidate & { accountId: string; passwordHash: string; email: string };

/** A method of the account, opened. */
export type Usable = MethodData & {
  readonly id: string;
  readonly position: number;
  readonly counter: bigint | null;
  readonly burntSteps: readonly bigint[];
  readonly isRetiring?: boolean;
  readonly livesOn?: string;
  /** Until then none of its codes is looked at. */
  readonly waitsUntil?: Date | null;
};

/** Opens a row of a statement; undefined when it does not open any more. */
export function openRow(row: MethodJson, accountId: string): Usable | undefined {
  const opened = openMethodData("Method", { id: row.id, accountId, kind: row.kind, data: row.data });
  if (opened === undefined) return undefined;
  return {
    ...opened,
    id: row.id,
    position: row.position,
    counter: row.counter === null ? null : BigInt(row.counter),
    isRetiring: row.isRetiring === true,
    livesOn: row.livesOn,
    waitsUntil: dateOrNull(row.waitsUntil ?? null),
    burntSteps: (row.burntSteps ?? []).map(BigInt),
  };
}

// A method whose data does not open is not offered; the others are (AT-136).
export const openRows = (rows: readonly MethodJson[] | null, accountId: string): Usable[] =>
  (rows ?? []).flatMap((row) => openRow(row, accountId) ?? []);

/** Where this browser stands after a full sign-in: known with a new token, trusted when that was asked and allowed. */
export function deviceChange(
  devices: string | undefined,
  known: { id: string | null; tokenHash: string | null },
  trustedUntil: Date | null,
) {
  const replaced = presentedFor(devices, known.tokenHash);
  const token = replaced === undefined ? randomToken() : successorOf(replaced);
  return {
    cookie: cookieWith(devices, token, replaced),
    change: { knownId: known.id, newId: randomUUID(), tokenHash: hashToken(token), trustedUntil },
  };
}

/** The hash of the session token that this browser had before, when it is one. */
export const formerTokenHash = (session: string | undefined): string | null =>
  session !== undefined && isTokenShaped(session) ? hashToken(session) : null;

/**
 * The first post of a sign-in: limits, password, then the named checks of rules.ts. Nothing to ask: a session. Else one
 * attempt, its first code sent within this request; no session and nothing like half of one.
 */
export async function begin(
  input: { readonly email: string; readonly password: string },
  cookies: BrowserCookies,
  visit: Visit,
): Promise<Result<Admitted | Asked, BeginReason>> {
  const compared = await comparePassword(input.email, input.password, cookies.devices, visit);
  if (!compared.ok) return compared;
  const { candidate, spentKeys } = compared.value;
  const { accountId, passwordHash } = candidate;
  const isCopied = await noticeCopy(candidate, "password", visit);

  const verdict = judge({
    now: visit.now,
    isTwoStepOn: candidate.twoStepOnAt !== null,
    isRequired: isTwoStepRequired(),
    device:
      candidate.deviceId === null
        ? undefined
        : {
            trustedUntil: candidate.trustedUntil,
            trustEndedAt: candidate.deviceTrustEndedAt,
            trustEndedBecause: candidate.deviceTrustEndedBecause,
          },
    isCopied,
  });

  if (verdict.ask) {
    const methodsHere = openRows(candidate.methods, accountId);
    const asked = await openAndSend(
      {
        accountId,
        purpose: "sign-in",
        sessionId: null,
        reason: verdict.reason,
        reasonAt: verdict.at,
        action: null,
        isLocked: isLocked(candidate, visit),
      },
      firstAsked(ready(methodsHere, visit.now), candidate.lastMethodId),
      methodsHere,
      { passwordHash, spentKeys },
      visit,
    );
    if (asked === undefined) return refuse("wrong-password");
    await rehash(accountId, passwordHash, input.password);
    return ok(asked);
  }

  const sessionToken = randomToken();
  const device = deviceChange(
    cookies.devices,
    { id: candidate.deviceId, tokenHash: candidate.deviceTokenHash },
    null,
  );
  const isAdmitted = await admitWithoutSecondStep(
    {
      sessionId: randomUUID(),
      sessionTokenHash: hashToken(sessionToken),
      formerTokenHash: formerTokenHash(cookies.session),
      methodKind: null,
      eventFacts: { reason: verdict.reason },
      device: device.change,
      messages: toldOfSignIn(
        candidate,
        { isNew: candidate.deviceId === null, isTrusting: false, method: "" },
        visit,
      ),
      now: visit.now,
      address: visit.address,
      browser: visit.browser,
    },
    {
      accountId,
      passwordHash,
      twoStepOnAt: candidate.twoStepOnAt,
      trustEndedAt: candidate.trustEndedAt,
    },
    spentKeys,
  );
  // Changed meanwhile: whoever knows the new state signs in by it.
  if (!isAdmitted) return refuse("wrong-password");
  await rememberLanguage(candidate, currentLanguage());
  await rehash(accountId, passwordHash, input.password);
  return ok({ kind: "admitted", admission: { accountId, sessionToken }, deviceCookie: device.cookie });
}

/**
 * Only the password, for a recovery: counted, compared and answered as the first post of a sign-in, which it is not:
 * nothing is sent and nothing is opened.
 */
export async function provePassword(
  input: { readonly email: string; readonly password: string; readonly devices: string | undefined },
  visit: Visit,
): Promise<Result<{ readonly accountId: string }, BeginReason>> {
  const compared = await comparePassword(input.email, input.password, input.devices, visit);
  if (!compared.ok) return compared;
  await giveBackKeys(compared.value.spentKeys);
  return ok({ accountId: compared.value.candidate.accountId });
}

/** Whose password was right in an unfinished sign-in; undefined when that is over. */
export async function provenByAttempt(token: string | undefined, now: Date): Promise<string | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  return (await findAttempt(hashToken(token), "sign-in", now))?.accountId;
}

export const isLocked = (account: { lockedUntil: Date | null }, visit: Visit): boolean =>
  account.lockedUntil !== null && account.lockedUntil > visit.now;

const isWaiting = ({ waitsUntil }: Usable, visit: Visit): boolean =>
  waitsUntil != null && waitsUntil > visit.now;

async function rehash(accountId: string, stored: string, password: string): Promise<void> {
  if (!isHashOutdated(stored)) return;
  try {
    await replacePasswordHash(accountId, stored, await hashPassword(password));
  } catch (error) {
    // Full line: the old hash still works; the next sign-in makes the new one.
    if (!(error instanceof BusyError)) throw error;
  }
}

async function openAndSend(
  attempt: {
    accountId: string;
    purpose: Purpose;
    sessionId: string | null;
    reason: AskReason;
    reasonAt: Date | null;
    action: string | null;
    isLocked: boolean;
  },
  method: Usable | undefined,
  methodsHere: readonly Usable[],
  compared: { passwordHash: string; spentKeys: string[] },
  visit: Visit,
): Promise<Asked | undefined> {
  const token = randomToken();
  const id = randomUUID();
  const isOpen = await openAttempt(
    {
      id,
      tokenHash: hashToken(token),
      accountId: attempt.accountId,
      purpose: attempt.purpose,
      sessionId: attempt.sessionId,
      methodId: method?.id ?? null,
      reason: attempt.reason,
      reasonAt: attempt.reasonAt,
      action: attempt.action,
      now: visit.now,
      expiresAt: after(visit.now, numbers.attempt.lifetime),
    },
    compared.passwordHash,
    compared.spentKeys,
  );
  if (!isOpen) return undefined;
  // While the account or the method waits no answer is looked at, so no code is sent either.
  if (method !== undefined && !attempt.isLocked && !isWaiting(method, visit)) {
    const about = await subjectOf(attempt, methodsHere);
    await sendTo(method, ownerOf({ ...attempt, id }, attempt.purpose, about), visit);
  }
  return { kind: "asked", attemptToken: token };
}

/** Whose codes they are: an attempt, and for a fresh proof what it is asked for. Nothing is sent for the desk. */
type CodeOwner = Pick<CodeBinding, "accountId" | "action" | "task"> & {
  readonly id: string;
  readonly purpose: Purpose;
};

const ownerOf = (
  {
    id,
    accountId,
    action,
  }: { readonly id: string; readonly accountId: string; readonly action: string | null },
  purpose: Purpose,
  about: Usable | undefined,
): CodeOwner =>
  purpose === "sign-in"
    ? { id, accountId, purpose }
    : { id, accountId, purpose, action, task: factsOf(action, about) };

/** What a proof is asked for, with what may be shown of the method it is about. */
const factsOf = (action: string | null, about: Usable | undefined): TaskFacts =>
  taskFacts(readTask(action), about === undefined ? undefined : describeMethod(about));

/** The method that a proof is about: one of those in force, or one that is suspended. */
async function subjectOf(
  { accountId, action }: { readonly accountId: string; readonly action: string | null },
  methodsHere: readonly Usable[],
): Promise<Usable | undefined> {
  const { subject } = readTask(action);
  if (subject === undefined) return undefined;
  const here = methodsHere.find(({ id }) => id === subject);
  if (here !== undefined) return here;
  const row = await findSubject(accountId, subject);
  return row && openRow(row, accountId);
}

const bindingOf = ({ id, ...owner }: CodeOwner, number: string): CodeBinding => ({
  ...owner,
  ownerId: id,
  number,
});

async function sendTo(
  method: Usable,
  owner: CodeOwner,
  visit: Visit,
): Promise<Result<{ isSent: boolean }, SendReason>> {
  const delivery = challengeOf(method);
  if (delivery === null) return ok({ isSent: false });
  const sent = await sendCode(
    bindingOf(owner, delivery.to),
    { methodId: method.id, channel: delivery.channel },
    visit,
  );
  return sent.ok ? ok({ isSent: true }) : sent;
}

/** What the pages of an open attempt show; every method masked. */
export type AttemptPage = {
  readonly asked: MethodFacts;
  readonly methods: readonly { readonly id: string; readonly facts: MethodFacts }[];
  readonly reason: AskReason;
  /** When that came about, where a moment belongs to it. */
  readonly reasonAt: Date | null;
  /** What a fresh proof is asked for. */
  readonly task: TaskFacts | undefined;
  readonly triesLeft: number;
  /** Set while no answer is looked at. */
  readonly waitsUntil: Date | undefined;
  /** Set while none of the method that is asked is; the others are. */
  readonly methodWaitsUntil: Date | undefined;
  /** The newest code of the method that is asked, if one was sent, and what became of its message. */
  readonly code: { readonly letter: string; readonly line: Line } | undefined;
  /** The settings send nothing to the phone that is asked. */
  readonly isCountryOff: boolean;
  /** What to offer when that code does not come. */
  readonly offer: Offer | undefined;
  readonly recoveryCodesLeft: number;
  readonly mayTrust: boolean;
  /** What the browser's dialog is asked, where a passkey is: any of the account's, with the challenge of this try. */
  readonly passkeyOptions: ReturnType<typeof requestOptions> | undefined;
};

/** Reads an open attempt for its pages; undefined when it is over. Writes nothing. */
export async function viewAttempt(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  now: Date,
): Promise<AttemptPage | undefined> {
  const attempt = await openAttemptOf(token, purpose, sessionId, now);
  return attempt === undefined ? undefined : pageOf(attempt, purpose, now);
}

async function pageOf(attempt: AttemptView, purpose: Purpose, now: Date): Promise<AttemptPage> {
  const opened = openRows(attempt.methods, attempt.accountId);
  const usable = opened.map((method) => ({
    id: method.id,
    facts: describeMethod(method),
  }));
  const asked = usable.find(({ id }) => id === attempt.methodId);
  const code = attempt.codes?.find(({ methodId }) => methodId !== null && methodId === attempt.methodId);
  const line = code === undefined ? undefined : lineOfCode(code, now);
  const method = opened.find(({ id }) => id === attempt.methodId);
  const delivery = method === undefined ? null : challengeOf(method);
  const others: OtherWay[] = usable.flatMap(({ id, facts }) =>
    id === attempt.methodId || facts.kind === "recovery-codes" || facts.kind === "passkey"
      ? []
      : [{ ...facts, id }],
  );
  if (attempt.recoveryCodesLeft > 0) others.push({ kind: "recovery-codes" });
  return {
    asked: asked?.facts ?? { kind: "recovery-codes" },
    methods: usable,
    reason: attempt.reason as AskReason,
    reasonAt: attempt.reasonAt,
    task: attempt.sessionId === null ? undefined : factsOf(attempt.action, await subjectOf(attempt, opened)),
    triesLeft: attempt.tries,
    waitsUntil: attempt.lockedUntil !== null && attempt.lockedUntil > now ? attempt.lockedUntil : undefined,
    methodWaitsUntil: method?.waitsUntil != null && method.waitsUntil > now ? method.waitsUntil : undefined,
    code: code === undefined || line === undefined ? undefined : { letter: code.letter, line },
    isCountryOff: delivery !== null && isSwitchedOff(delivery.to),
    offer: line === undefined ? undefined : nextBest(line, others),
    recoveryCodesLeft: attempt.recoveryCodesLeft,
    mayTrust: asked !== undefined,
    passkeyOptions:
      asked?.facts.kind === "passkey"
        ? requestOptions(
            challengeOfTry({
              ownerId: attempt.id,
              accountId: attempt.accountId,
              purpose,
              triesLeft: attempt.tries,
            }),
            opened.flatMap((method) => (method.kind === "passkey" ? [method.data] : [])),
          )
        : undefined,
  };
}

// A message that was swept is as old as its code, and nothing more is known of it.
const lineOfCode = (code: AttemptCode, now: Date): Line =>
  lineOf(
    {
      channel: code.channel === "voice" ? "voice" : "text",
      state: (code.state ?? "handed-over") as MessageState,
      reason: code.reason as FailureReason | null,
      sentAt: new Date(code.messageAt ?? code.sentAt),
      deliveredAt: dateOrNull(code.deliveredAt),
    },
    now,
  );

/** How often a new code may still be asked for, and from when: for the page that offers it. */
export type Allowance = { readonly left: number; readonly waitsUntil: Date | undefined };

type ViewWithAllowance = { readonly page: AttemptPage; readonly allowance: Allowance | undefined };

/** Reads an open attempt for the page of other ways, with what may still be sent by the phone that is asked. */
export async function viewOtherWays(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
): Promise<ViewWithAllowance | undefined> {
  return viewWithAllowance(token, purpose, sessionId, visit, () => true);
}

/** Reads an open attempt for the page of its code; where none could be sent, with when the next one can. */
export async function viewCodePage(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
): Promise<ViewWithAllowance | undefined> {
  return viewWithAllowance(token, purpose, sessionId, visit, ({ code }) => code === undefined);
}

async function viewWithAllowance(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
  isWanted: (page: AttemptPage) => boolean,
): Promise<ViewWithAllowance | undefined> {
  const attempt = await openAttemptOf(token, purpose, sessionId, visit.now);
  if (attempt === undefined) return undefined;
  const page = await pageOf(attempt, purpose, visit.now);
  const opened = openRows(attempt.methods, attempt.accountId);
  const asked = opened.find(({ id }) => id === attempt.methodId);
  const delivery = asked === undefined ? null : challengeOf(asked);
  if (delivery === null || !isWanted(page)) return { page, allowance: undefined };
  // Only what may still be sent is read, so the words do not matter.
  const owner = ownerOf(attempt, purpose, undefined);
  return { page, allowance: await allowanceOf(bindingOf(owner, delivery.to), visit) };
}

/**
 * "Call me with this code instead": the code that was texted is said by a call, with the same letter and end. Where
 * none lives any more, the call says a new one. Tries are not refilled.
 */
export async function callInstead(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
): Promise<Result<undefined, "gone" | "method-gone" | "waits" | "method-waits" | SendReason>> {
  const attempt = await openAttemptOf(token, purpose, sessionId, visit.now);
  if (attempt === undefined) return refuse("gone");
  if (isLocked(attempt, visit)) return refuse("waits", { retryAt: attempt.lockedUntil ?? undefined });
  const opened = openRows(attempt.methods, attempt.accountId);
  const method = opened.find(({ id }) => id === attempt.methodId);
  const delivery = method === undefined ? null : challengeOf(method);
  if (method === undefined || delivery === null) return refuse("method-gone");
  if (isWaiting(method, visit)) return refuse("method-waits", { retryAt: method.waitsUntil ?? undefined });
  const binding = bindingOf(ownerOf(attempt, purpose, await subjectOf(attempt, opened)), delivery.to);
  const called = await repeatByCall(binding, method.id, visit);
  if (called.ok) return ok(undefined);
  if (called.reason !== "gone") return refuse(called.reason, called.details);
  const sent = await sendCode(binding, { methodId: method.id, channel: "voice" }, visit);
  return sent.ok ? ok(undefined) : sent;
}

async function openAttemptOf(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  now: Date,
): Promise<AttemptView | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  const attempt = await findAttempt(hashToken(token), purpose, now);
  return attempt === undefined || attempt.sessionId !== sessionId ? undefined : attempt;
}

/**
 * "Another way" and "Send a new code": points the same attempt at one of the account's own methods (or, with null, at
 * the recovery codes) and sends its code. Tries are not refilled, and codes sent before stay good.
 */
export async function choose(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  methodId: string | null,
  visit: Visit,
): Promise<Result<undefined, "gone" | "method-gone" | "waits" | "method-waits" | SendReason>> {
  if (token === undefined || !isTokenShaped(token)) return refuse("gone");
  const attempt = await findAttempt(hashToken(token), purpose, visit.now);
  if (attempt === undefined || attempt.sessionId !== sessionId) return refuse("gone");
  if (isLocked(attempt, visit)) return refuse("waits", { retryAt: attempt.lockedUntil ?? undefined });
  const opened = openRows(attempt.methods, attempt.accountId);
  const method = opened.find(({ id }) => id === methodId);
  if (methodId !== null && method === undefined) return refuse("method-gone");
  if (method !== undefined && isWaiting(method, visit))
    return refuse("method-waits", { retryAt: method.waitsUntil ?? undefined });
  if (!(await pointAttempt(hashToken(token), purpose, methodId, visit.now))) return refuse("gone");
  if (method === undefined) return ok(undefined);
  const sent = await sendTo(method, ownerOf(attempt, purpose, await subjectOf(attempt, opened)), visit);
  return sent.ok ? ok(undefined) : sent;
}

/** A try spent and judged, before anything is granted. */
export async function judgeAnswer(
  input: { token: string | undefined; answer: string; devices: string | undefined },
  purpose: AttemptPurpose,
  sessionId: string | null,
  visit: Visit,
): Promise<Result<{ spent: SpentTry; used: UsedUp; kind: MethodKind }, AnswerRefusal>> {
  const { token, answer } = input;
  if (token === undefined || !isTokenShaped(token)) return refuse("gone");
  const tokenHash = hashToken(token);
  const tried = await spendTry({
    tokenHash,
    purpose,
    sessionId,
    answerHash: keyedHash("answer", [tokenHash, answer]),
    deviceTokens: presentedTokens(input.devices),
    now: visit.now,
    address: visit.address,
  });
  if (tried === undefined) return refuse("gone");
  if (!tried.mayBeJudged)
    return tried.lockedUntil !== null && tried.lockedUntil > visit.now
      ? refuse("waits", { retryAt: tried.lockedUntil })
      : refuse("method-waits", { retryAt: tried.methodWaitsUntil ?? undefined });
  const asked = tried.method === null ? undefined : openRow(tried.method, tried.accountId);
  if (tried.methodId !== null && asked === undefined) return refuse("method-gone");
  const method =
    asked?.kind === "passkey" ? await passkeyThatAnswered(answer, asked, tried.accountId) : asked;
  const spent = { ...tried, methodId: method?.id ?? null };

  const judged = await verifyAnswer(
    method?.kind ?? "recovery-codes",
    answer,
    evidenceFor(spent, method, answer, purpose),
  );
  if (judged.ok) {
    const kind = method?.kind ?? "recovery-codes";
    const { data, counter, codeId, recoveryCodeId } = judged.value;
    const used: UsedUp = { counter, codeId, recoveryCodeId };
    if (kind === "recovery-codes") used.note = noteOf(spent, visit);
    if (data !== undefined && method !== undefined)
      used.data = sealMethodData("Method", { id: method.id, accountId: spent.accountId }, data);
    return ok({ spent, used, kind });
  }
  return refuseAnswer(
    spent,
    { kind: method?.kind ?? "recovery-codes", reason: judged.reason, answer, purpose },
    visit,
  );
}

/**
 * Of several passkeys the person takes the one at hand, whichever is asked first: the account's own with the credential
 * that answered. Any other credential is compared with the asked one, and refused (AT-088).
 */
async function passkeyThatAnswered(answer: string, asked: Usable, accountId: string): Promise<Usable> {
  const credentialId = readAssertion(answer)?.id;
  const { methods: own } = await listActiveMethods(accountId);
  const answered = own.find(
    ({ kind, data }) => kind === "passkey" && data.state === "made" && data.credentialId === credentialId,
  );
  return answered === undefined ? asked : { ...answered, burntSteps: [] };
}

const dateOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text));

function evidenceFor(spent: SpentTry, method: Usable | undefined, answer: string, asked: AttemptPurpose) {
  const purpose = asked === "desk" ? "sign-in" : asked;
  const delivery = method === undefined ? null : challengeOf(method);
  const owner = ownerOf(spent, purpose, undefined);
  const lookups = method === undefined ? recoveryLookups(spent.accountId, answer) : [];
  return {
    now: spent.judgedAt,
    accountId: spent.accountId,
    data: method?.data ?? {},
    counter: method?.counter ?? null,
    burntSteps: method?.burntSteps,
    codes: spent.codes.map((code) => ({
      ...code,
      sentAt: new Date(code.sentAt),
      expiresAt: new Date(code.expiresAt),
      usedAt: dateOrNull(code.usedAt),
    })),
    recoveryCodes: spent.recoveryCodes
      .filter(({ lookup }) => lookups.includes(lookup))
      .map(({ id, hash, usedAt }) => ({ id, hash, usedAt: dateOrNull(usedAt) })),
    // The page showed the challenge of the try that was spent just now.
    isChallenge: (challenge: string): boolean =>
      isChallengeOfTry(challenge, {
        ownerId: spent.id,
        accountId: spent.accountId,
        purpose,
        triesLeft: spent.triesLeft + 1,
      }),
    // A code is good for the number it was sent to, not for whichever method is asked now.
    isSentCode: (code: { methodId: string | null; hash: string }, digits: string): boolean =>
      delivery !== null &&
      code.methodId === method?.id &&
      isCode(code.hash, bindingOf(owner, delivery.to), digits),
  };
}

/**
 * What the code doctor may say of a wrong answer: only on a browser that the account has signed in with fully, after the
 * right password, and never while the account waits. It costs the try that was spent like any other.
 */
async function hintFor(
  spent: SpentTry,
  { kind, reason, answer }: { kind: MethodKind; reason: AnswerReason; answer: string },
): Promise<CodeHint | undefined> {
  if (spent.deviceId === null || spent.methodId === null || reason === "malformed") return undefined;
  if (kind !== "app" && kind !== "phone") return undefined;
  const { accountId, methodId, judgedAt } = spent;
  return examine({ accountId, sessionId: null, askedId: methodId, answer, now: judgedAt });
}

/** A browser that is new to the account is told nothing of a wrong code of the app but that it does not work. */
const plainly = ({ deviceId }: SpentTry, kind: MethodKind): { readonly isPlain?: true } =>
  kind === "app" && deviceId === null ? { isPlain: true } : {};

const ahead = (at: Date | null, visit: Visit): at is Date => at !== null && at > visit.now;

/** The method that was asked, as an event shows it. */
function factsOfAsked({ method, accountId }: SpentTry): Record<string, string> {
  const asked = method === null ? undefined : openRow(method, accountId);
  if (asked === undefined) return { method: "" };
  const { kind, ...shown } = describeMethod(asked);
  return { method: kind, ...shown };
}

/**
 * Records a wrong answer and says how many tries are left. A wait is told once, when it begins: the password is right and
 * the codes are not, so somebody may have the password. The account's wait is told in the place of the method's own.
 */
async function refuseAnswer(
  spent: SpentTry,
  wrong: {
    readonly kind: MethodKind;
    readonly reason: AnswerReason;
    readonly answer: string;
    readonly purpose: AttemptPurpose;
  },
  visit: Visit,
): Promise<Result<never, AnswerRefusal>> {
  const { kind, reason } = wrong;
  const waits = ahead(spent.lockedUntil, visit);
  const isMethodWaiting = !waits && ahead(spent.methodWaitsUntil, visit);
  const isHalt = waits || isMethodWaiting;
  const hint = isHalt ? undefined : await hintFor(spent, wrong);
  const { isMethodDisabled } = await recordFailure({
    attemptId: spent.id,
    sessionId: spent.sessionId,
    messages: isHalt ? [] : toldOfFailure(spent, kind, wrong.purpose, visit),
    accountId: spent.accountId,
    methodId: spent.methodId,
    kind: isHalt ? "second-step-waits" : "second-step-failed",
    facts: { method: kind, reason: hint?.kind ?? reason, ...(isMethodWaiting ? { scope: "one" } : {}) },
    now: visit.now,
    address: visit.address,
    browser: visit.browser,
  });
  const told = isMethodDisabled ? "method-disabled" : waits ? "second-step-waits" : "method-waits";
  if (isHalt || isMethodDisabled)
    await inTransaction(async (tx) => {
      if (isMethodDisabled) await record(tx, spent.accountId, "method-disabled", visit, factsOfAsked(spent));
      const until = (waits ? spent.lockedUntil : spent.methodWaitsUntil) ?? visit.now;
      await alert(tx, { id: spent.accountId, addresses: [spent.email] }, told, visit, { until });
    });
  if (waits) return refuse("waits", { retryAt: spent.lockedUntil ?? undefined });
  if (spent.triesLeft === 0) return refuse("no-tries-left", hint && { hint });
  if (isMethodDisabled) return refuse("method-gone");
  if (isMethodWaiting) return refuse("method-waits", { retryAt: spent.methodWaitsUntil ?? undefined });
  return refuse(reason, {
    triesLeft: spent.triesLeft,
    method: kind,
    ...(hint && { hint }),
    ...(reason === "malformed" ? {} : plainly(spent, kind)),
  });
}

/**
 * The second post of a sign-in: a try spent, the answer judged, and then in one statement the proof and the attempt used
 * up, the session, the browser (trusted if that was asked and the method allows it) and the event. Two requests with the
 * same right answer make exactly one session.
 */
export async function answer(
  input: { readonly token: string | undefined; readonly answer: string; readonly mayTrust: boolean },
  cookies: BrowserCookies,
  visit: Visit,
): Promise<Result<Admitted, AnswerRefusal>> {
  const judged = await judgeAnswer({ ...input, devices: cookies.devices }, "sign-in", null, visit);
  if (!judged.ok) return judged;
  const { spent, used, kind } = judged.value;
  const isTrusting = input.mayTrust && methods[kind].role === "everyday";
  const sessionToken = randomToken();
  const device = deviceChange(
    cookies.devices,
    { id: spent.deviceId, tokenHash: spent.deviceTokenHash },
    isTrusting ? after(visit.now, numbers.trustedDevice.lifetime) : null,
  );
  const isAdmitted = await admitWithSecondStep(
    {
      sessionId: randomUUID(),
      sessionTokenHash: hashToken(sessionToken),
      formerTokenHash: formerTokenHash(cookies.session),
      methodKind: kind,
      eventFacts: {
        method: kind,
        reason: spent.reason,
        ...(spent.reasonAt === null ? {} : { since: spent.reasonAt.toISOString() }),
        ...(isTrusting ? { trusted: "yes" } : {}),
      },
      device: device.change,
      messages: toldOfSignIn(spent, { isNew: spent.deviceId === null, isTrusting, method: kind }, visit),
      now: visit.now,
      address: visit.address,
      browser: visit.browser,
    },
    spent.id,
    spent.methodId,
    used,
  );
  // Somebody was faster with the same answer; it is used up, and this request gets nothing.
  if (!isAdmitted) return refuse("used", { method: kind, ...plainly(spent, kind) });
  await rememberLanguage(spent, currentLanguage());
  return ok({
    kind: "admitted",
    admission: { accountId: spent.accountId, sessionToken },
    deviceCookie: device.cookie,
  });
}

/** A recovery code that is about to be spent: the event and the mail that are written in the same statement. */
function noteOf(spent: SpentTry, visit: Visit): UsedUp["note"] {
  const left = spent.recoveryCodes.filter(({ usedAt }) => usedAt === null).length - 1;
  return { facts: { left }, messages: toldOfCode(spent, left, visit) };
}

/** The session whose proof is asked. */
export type ProofSession = {
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
  /** A method that will not do, because it is to be removed: another one is asked, as far as there is one. */
  readonly avoidMethodId?: string | null;
};

/**
 * "Sign in again", first post: the password, counted for this session, then the strongest method the account has. A
 * trusted device counts for nothing here. Without Two-Step Verification the password is the whole proof.
 */
export async function beginProof(
  input: {
    readonly password: string;
    readonly devices: string | undefined;
    /** What the proof is for, else the settings; a code that is sent says so and is good for nothing else that is grave. */
    readonly task?: Task;
  },
  session: ProofSession,
  visit: Visit,
): Promise<Result<Admitted | Asked, BeginReason>> {
  const compared = await comparePassword(session.email, input.password, input.devices, visit, session);
  if (!compared.ok) return compared;
  const { candidate, spentKeys } = compared.value;
  if (candidate.accountId !== session.accountId) return refuse("wrong-password");
  if (candidate.twoStepOnAt !== null) {
    const methodsHere = openRows(candidate.methods, session.accountId);
    const task = input.task ?? { name: "see-settings" };
    const gone = task.name === "suspend-phone" ? task.subject : undefined;
    const first = proofAsked(ready(methodsHere, visit.now), { avoid: session.avoidMethodId ?? null, gone });
    const isByCode = first === undefined && (await hasRecoveryCode(session.accountId));
    const asked = await openAndSend(
      {
        accountId: session.accountId,
        purpose: "proof",
        sessionId: session.id,
        reason: "fresh-proof",
        reasonAt: null,
        action: taskText(task),
        isLocked: isLocked(candidate, visit),
      },
      isByCode ? undefined : (first ?? strongest(methodsHere)),
      methodsHere,
      { passwordHash: candidate.passwordHash, spentKeys },
      visit,
    );
    return asked === undefined ? refuse("wrong-password") : ok(asked);
  }
  return finishProof(session, undefined, { giveBackKeys: spentKeys, provenFor: null, eventFacts: {} }, visit);
}

/** "Sign in again", second post: the same judgement as a sign-in; it proves the session and gives it a new token. */
export async function answerProof(
  input: {
    readonly token: string | undefined;
    readonly answer: string;
    readonly devices: string | undefined;
  },
  session: ProofSession,
  visit: Visit,
): Promise<Result<Admitted, AnswerRefusal>> {
  const judged = await judgeAnswer(input, "proof", session.id, visit);
  if (!judged.ok) return judged;
  const { spent, used, kind } = judged.value;
  const attempt = { id: spent.id, methodId: spent.methodId, used };
  // What was accepted was sent, or was in the person's own hands.
  const provenFor = scopeOfProof(used.codeId !== undefined, spent.action);
  const facts = { giveBackKeys: [], provenFor, eventFacts: { method: kind } };
  const proven = await finishProof(session, attempt, facts, visit);
  if (!proven.ok) return refuse("used", { method: kind, ...plainly(spent, kind) });
  return proven;
}

async function finishProof(
  session: ProofSession,
  attempt: { id: string; methodId: string | null; used: UsedUp } | undefined,
  facts: { giveBackKeys: string[]; provenFor: string | null; eventFacts: Record<string, string> },
  visit: Visit,
): Promise<Result<Admitted, "wrong-password">> {
  const sessionToken = randomToken();
  const isProven = await proveSession({
    sessionId: session.id,
    accountId: session.accountId,
    newTokenHash: hashToken(sessionToken),
    attempt,
    ...facts,
    now: visit.now,
    address: visit.address,
    browser: visit.browser,
  });
  if (!isProven) return refuse("wrong-password");
  return ok({
    kind: "admitted",
    admission: { accountId: session.accountId, sessionToken },
    deviceCookie: undefined,
  });
}

/** Ends the session that holds this token, and records it; nothing happens twice. */
export async function signOut(sessionToken: string | undefined, visit: Visit): Promise<void> {
  if (sessionToken === undefined || !isTokenShaped(sessionToken)) return;
  await inTransaction(async (tx) => {
    const ended = await deleteSessionByToken(tx, hashToken(sessionToken));
    if (ended !== undefined) await record(tx, ended.accountId, "signed-out", visit, {}, ended.id);
  });
}
