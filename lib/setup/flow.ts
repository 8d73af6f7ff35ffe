import "server-only";
import { randomUUID } from "node:crypto";
import type { EventFacts, EventKind } from "@/lib/activity";
import type { Admission } from "@/lib/auth/ticket";
import { allowanceOf, isCode, listCodes, repeatByCall, type SendReason, sendCode } from "@/lib/codes";
import { inTransaction, type Transaction } from "@/lib/db";
import type { FailureReason, MessageState } from "@/lib/delivery";
import { examine } from "@/lib/doctor";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, keyedHash, keyedHashes, open, seal } from "@/lib/kernel/secrets";
import { isTwoStepRequired } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { type Line, lineOf } from "@/lib/line";
import {
  type Acceptance,
  type AnswerReason,
  beginMethod,
  challengeOf,
  challengeOfTry,
  creationOptions,
  credentialKey,
  describeMethod,
  type EnrolReason,
  identityOf,
  isAnswerShaped,
  isChallengeOfTry,
  issueChallenge,
  listActiveMethods,
  type MethodData,
  type MethodFacts,
  openMethodData,
  readAttestation,
  readChallenge,
  readClientData,
  recoveryCodesUnlessBusy,
  replaceRecoveryCodes,
  sealMethodData,
  verifyAnswer,
} from "@/lib/methods";
import { heldUntil, securityChange } from "@/lib/proof";
import { changesHeldUntil, removalsHeldUntil } from "@/lib/recovery";
import { rotateSession } from "@/lib/sessions";
import { listTrustedDevices, tokensInCookie, trustBrowser } from "@/lib/trusted-devices";
import {
  clash,
  type JustSignedIn,
  mayOffer,
  mayUpgrade,
  type Purpose,
  purposeOf,
  type SetupFacts,
} from "./rules";
import {
  changeEnrolment,
  dropEnrolments,
  dropReveal,
  dropTrustedDevices,
  type EnrolmentCode,
  type EnrolmentRow,
  findEnrolment,
  findPhone,
  findReveal,
  hasNoPasskey,
  insertMethod,
  isSessionThere,
  keepEnrolment,
  keepRetiringLast,
  keepReveal,
  listMethodRows,
  lockAccount,
  readStanding,
  spendCode,
  spendEnrolmentTry,
  spendUpgradeChallenge,
  startEnrolment,
  takeEnrolment,
  turnOn,
} from "./store";

/** The session that sets something up: its own row, from the guard. */
export type Owner = { readonly id: string; readonly accountId: string; readonly email: string };

/**
 * What lets a method be added without a session: an access pass of the support desk (lib/desk). It tells nothing of what
 * the account has, and is used up in the transaction that makes the method.
 */
export type Grant = {
  /** Uses it up; false when it was used or ended meanwhile. */
  readonly take: (tx: Transaction) => Promise<boolean>;
  /** How it is recorded and told. */
  readonly kind: EventKind;
  readonly facts: EventFacts;
  /** How long the new method proves no removal of the others. */
  readonly holdsOthersUntil: Date;
};

/** What is set up by an enrolment: everything of the registry that is everyday. */
export type EnrolKind = "phone" | "app" | "passkey";

/** Why something could not be begun. */
export type BeginReason =
  | EnrolReason
  | "same-number"
  | "same-app"
  | "not-first"
  | "too-many"
  | "recovered"
  | SendReason;

/** Why a new code was not sent. */
export type ResendReason = "gone" | "no-tries" | SendReason;

/** Why an answer did not make a method. */
export type ConfirmReason =
  | AnswerReason
  | "gone"
  | "no-tries"
  | "waiting"
  | "same-number"
  | "same-app"
  | "same-passkey"
  | "not-first"
  | "too-many";

const ownerOf = (owner: Owner) => ({ accountId: owner.accountId, sessionId: owner.id });

/** How an event and its mail name a method: its kind and what may be shown of it. */
export const methodEventFacts = (facts: MethodFacts): EventFacts => {
  const { kind, ...shown } = facts;
  return { method: kind, channel: "", lastDigits: "", tag: "", ...shown };
};

// Numbers are found again by a keyed hash, never by themselves; each account has its own.
const numberParts = (accountId: string, number: string): string[] => [accountId, number];

type Standing = {
  readonly facts: SetupFacts;
  readonly purpose: Purpose;
  readonly hasApp: boolean;
  /** What the names of the app's entries end in. */
  readonly tags: readonly string[];
  readonly identities: readonly (string | null)[];
  readonly shown: Shown | undefined;
  readonly recoveredAt: Date | null;
};

/** Recovery codes that a session may see. */
export type Shown = {
  /** Says which ten they are, so that nobody saves one set and confirms another. */
  readonly id: string;
  readonly codes: readonly string[];
  /** They count only when they are said to be saved; until then an older set does. */
  readonly isPending: boolean;
};

function openReveal(owner: Owner, reveal: string | null, now: Date): Shown | undefined {
  if (reveal === null) return undefined;
  try {
    const plain = open(reveal, { table: "Session", row: owner.id, account: owner.accountId });
    const { until, ...shown } = JSON.parse(plain) as Shown & { until: string };
    return new Date(until) > now ? shown : undefined;
  } catch {
    return undefined;
  }
}

/** As far as somebody with a grant may know: nothing, but that no two entries of an app are called the same. */
async function blindStanding(accountId: string): Promise<
  Pick<Standing, "purpose" | "hasApp" | "tags" | "identities" | "recoveredAt"> & {
    facts: { methods: number };
  }
> {
  const { methods } = await listActiveMethods(accountId);
  const tags = methods.flatMap((method) => (method.kind === "app" ? [method.data.tag] : []));
  return {
    purpose: "additional",
    hasApp: false,
    tags,
    identities: [],
    facts: { methods: 0 },
    recoveredAt: null,
  };
}

async function standingOf(owner: Owner, now: Date): Promise<Standing> {
  const row = await readStanding(owner, now);
  const opened = (row?.methods ?? []).map((method) => ({
    method,
    inside: openMethodData("Method", { ...method, accountId: owner.accountId }),
  }));
  const usable = opened.flatMap(({ method, inside }) => (inside === undefined ? [] : [method]));
  const shown = openReveal(owner, row?.reveal ?? null, now);
  const facts = {
    isOn: row !== undefined && row.twoStepOnAt !== null,
    methods: usable.length,
    isPhonePending: row?.isPhonePending ?? false,
    areCodesShown: shown !== undefined && !shown.isPending,
  };
  return {
    facts,
    purpose: purposeOf(facts),
    hasApp: usable.some(({ kind }) => kind === "app"),
    tags: opened.flatMap(({ inside }) => (inside?.kind === "app" ? [inside.data.tag] : [])),
    identities: usable.map(({ identity }) => identity),
    shown,
    recoveredAt: row?.recoveredAt ?? null,
  };
}

const isKnown = (accountId: string, method: MethodData, identities: readonly (string | null)[]): boolean => {
  const identity = identityOf(method);
  if (identity === null) return false;
  const hashes = keyedHashes("phone lookup", numberParts(accountId, identity));
  return identities.some((known) => known !== null && hashes.includes(known));
};

/** Says whether the same thing is begun again: the same number by the same channel; null where nothing can be the same. */
const sameness = (accountId: string, method: MethodData): string | null =>
  identityOf(method) === null ? null : keyedHash("phone lookup", [accountId, JSON.stringify(method.data)]);

/** Where the set-up of this account stands, as far as this session may know. */
export const setupFacts = async (owner: Owner, now: Date): Promise<SetupFacts> =>
  (await standingOf(owner, now)).facts;

/** Recovery codes that this session may see until it says that they are saved; undefined when there are none. */
export const shownCodes = async (owner: Owner, now: Date): Promise<Shown | undefined> =>
  (await standingOf(owner, now)).shown;

/** The same inside a transaction that holds the account. */
export const shownCodesIn = async (tx: Transaction, owner: Owner, now: Date): Promise<Shown | undefined> =>
  openReveal(owner, await findReveal(tx, owner), now);

/** A pending enrolment, opened for the session that began it. */
export type Pending = {
  readonly method: MethodData;
  readonly purpose: Purpose;
  readonly triesLeft: number;
  /** The newest code and what became of its message; none for an app. */
  readonly code: { readonly letter: string; readonly line: Line } | undefined;
  /** The number whose place it takes; null for one more. */
  readonly replaces: string | null;
};

/** Everything that a page of the set-up shows. */
export type SetupView = {
  readonly facts: SetupFacts;
  readonly hasApp: boolean;
  readonly app: Pending | undefined;
  readonly phone: Pending | undefined;
};

/** Reads what the pages of the set-up, and of adding another method, show. */
export async function setupView(owner: Owner, now: Date): Promise<SetupView> {
  const [standing, app, phone] = await Promise.all([
    standingOf(owner, now),
    pending(owner, "app", now),
    pending(owner, "phone", now),
  ]);
  return { facts: standing.facts, hasApp: standing.hasApp, app, phone };
}

async function pending(owner: Owner, kind: EnrolKind, now: Date): Promise<Pending | undefined> {
  if (kind === "phone") return pendingPhone(owner, now);
  const row = await findEnrolment(ownerOf(owner), kind, now);
  const method = row && openMethodData("Enrolment", row);
  if (row === undefined || method === undefined) return undefined;
  return { method, purpose: row.purpose, triesLeft: row.tries, code: undefined, replaces: null };
}

/** The phone that this session is setting up, with the line of its newest code; one statement, and it writes nothing. */
export async function pendingPhone(
  owner: Pick<Owner, "id" | "accountId">,
  now: Date,
): Promise<Pending | undefined> {
  const row = await findPhone({ accountId: owner.accountId, sessionId: owner.id }, now);
  const method = row && openMethodData("Enrolment", row);
  if (row === undefined || method === undefined) return undefined;
  const code = row.letter === null ? undefined : { letter: row.letter, line: lineOfCode(row, now) };
  return { method, purpose: row.purpose, triesLeft: row.tries, code, replaces: row.replaces };
}

/**
 * What the browser's dialog is asked to make, for the passkey that this session is adding; undefined when it adds none
 * (any more). It writes nothing: the challenge follows from the enrolment and its tries.
 */
export async function passkeyToMake(
  owner: Owner & { readonly name: string },
  now: Date,
): Promise<ReturnType<typeof creationOptions> | undefined> {
  const row = await findEnrolment(ownerOf(owner), "passkey", now);
  if (row === undefined || row.tries === 0) return undefined;
  const { methods } = await listActiveMethods(owner.accountId);
  return creationOptions(
    challengeOfTry({ ...enrolmentTry(row), triesLeft: row.tries }),
    { id: owner.accountId, email: owner.email, name: owner.name },
    methods.flatMap((method) => (method.kind === "passkey" ? [method.data] : [])),
  );
}

const enrolmentTry = ({ id, accountId }: Pick<EnrolmentRow, "id" | "accountId">) =>
  ({ ownerId: id, accountId, purpose: "enrolment" }) as const;

const lineOfCode = (code: EnrolmentCode, now: Date): Line =>
  lineOf(
    {
      channel: code.channel === "voice" ? "voice" : "text",
      state: (code.state ?? "handed-over") as MessageState,
      reason: code.reason as FailureReason | null,
      sentAt: code.messageAt ?? code.sentAt,
      deliveredAt: code.deliveredAt,
    },
    now,
  );

/** How often a new code may still be asked for, and from when. */
export type Allowance = { readonly left: number; readonly waitsUntil: Date | undefined };

/** What may still be sent to the phone that is being set up, for the page that offers it; writes nothing. */
export const phoneAllowance = (
  { method }: Pending,
  owner: Owner,
  visit: Visit,
): Promise<Allowance | undefined> => {
  const delivery = challengeOf(method);
  if (delivery === null) return Promise.resolve(undefined);
  const { accountId } = owner;
  return allowanceOf({ ownerId: accountId, accountId, purpose: "enrolment", number: delivery.to }, visit);
};

/**
 * Begins to set up a method: the same for the first, the backup and every additional one; what it is for follows from
 * the account. A phone gets its code in this request. An app that this session was setting up keeps its key, so that
 * the QR code never changes by a reload or by coming back. Nothing that is on is weakened by it.
 *
 * @param replaces the number whose place it takes (lib/new-number); null for one more.
 */
export async function begin(
  kind: EnrolKind,
  input: unknown,
  owner: Owner,
  visit: Visit,
  grant?: Grant,
  replaces: string | null = null,
): Promise<Result<undefined, BeginReason>> {
  const standing =
    grant === undefined ? await standingOf(owner, visit.now) : await blindStanding(owner.accountId);
  const begun = beginMethod(kind, kind === "app" ? { takenTags: standing.tags } : input);
  if (!begun.ok) return begun;
  // The set-up after a recovery is free; what comes after it waits.
  const until =
    kind === "phone" && standing.purpose === "additional"
      ? changesHeldUntil(standing.recoveredAt, visit.now)
      : undefined;
  if (until !== undefined) return refuse("recovered", { retryAt: until });
  const method = begun.value;
  const why = clash(kind, {
    purpose: standing.purpose,
    hasApp: standing.hasApp,
    hasSameIdentity: isKnown(owner.accountId, method, standing.identities),
    methods: standing.facts.methods,
  });
  if (why !== undefined) return refuse(why);

  const id = randomUUID();
  const started = await startEnrolment({
    id,
    burntSteps: [],
    replaces,
    ...ownerOf(owner),
    kind,
    purpose: standing.purpose,
    data: sealMethodData("Enrolment", { id, accountId: owner.accountId }, method.data),
    identity: sameness(owner.accountId, method),
    tries: numbers.enrolment.tries,
    createdAt: visit.now,
    expiresAt: after(visit.now, numbers.enrolment.idle),
  });
  const delivery = challengeOf(method);
  if (delivery === null) return ok(undefined);
  // Begun a second time: its code is on its way already, and another would only cost money.
  if (!started.isNew) return ok(undefined);
  const sent = await sendCodeTo(started, delivery, visit);
  if (sent.ok) return ok(undefined);
  await inTransaction((tx) => takeEnrolment(tx, started.id, owner.id));
  return sent;
}

const sendCodeTo = (
  enrolment: EnrolmentRow,
  delivery: { readonly channel: "text" | "voice"; readonly to: string },
  visit: Visit,
) =>
  sendCode(
    {
      ownerId: enrolment.id,
      accountId: enrolment.accountId,
      purpose: "enrolment",
      number: delivery.to,
    },
    { methodId: null, channel: delivery.channel },
    visit,
  );

/**
 * "Call me instead": the code that was texted is said by a call, with the same letter and end. What is then confirmed is
 * what works: from now on this phone is called, by this enrolment and by the method that it becomes.
 */
export async function callInstead(owner: Owner, visit: Visit): Promise<Result<undefined, ResendReason>> {
  const row = await findEnrolment(ownerOf(owner), "phone", visit.now);
  const method = row && openMethodData("Enrolment", row);
  if (row === undefined || method?.kind !== "phone") return refuse("gone");
  if (row.tries === 0) return refuse("no-tries");
  const { number } = method.data;
  const { accountId } = owner;
  const called = await repeatByCall(
    { ownerId: row.id, accountId, purpose: "enrolment", number },
    null,
    visit,
  );
  if (!called.ok && called.reason === "gone") {
    const sent = await sendCodeTo(row, { channel: "voice", to: number }, visit);
    if (!sent.ok) return sent;
  } else if (!called.ok) return refuse(called.reason, called.details);

  const byCall = { kind: "phone", data: { number, channel: "voice" } } as const;
  const isKept = await changeEnrolment(
    {
      id: row.id,
      sessionId: owner.id,
      data: sealMethodData("Enrolment", row, byCall.data),
      identity: sameness(accountId, byCall),
    },
    visit.now,
  );
  return isKept ? ok(undefined) : refuse("gone");
}

/** Sends a new lettered code to the phone that is being set up; the earlier ones stay good. It refills no tries. */
export async function sendAnother(owner: Owner, visit: Visit): Promise<Result<undefined, ResendReason>> {
  const row = await findEnrolment(ownerOf(owner), "phone", visit.now);
  const method = row && openMethodData("Enrolment", row);
  const delivery = method ? challengeOf(method) : null;
  if (row === undefined || delivery === null) return refuse("gone");
  if (row.tries === 0) return refuse("no-tries");
  if (!(await keepEnrolment(row.id, visit.now))) return refuse("gone");
  const sent = await sendCodeTo(row, delivery, visit);
  return sent.ok ? ok(undefined) : sent;
}

/** What else happens in the transaction that makes a method: the change it is then recorded and told as. */
export type Joined = {
  /** The number whose place it takes: an enrolment for anything else is not there. */
  readonly replaces: string;
  readonly kind: EventKind;
  readonly facts: EventFacts;
  readonly mailFacts: Readonly<Record<string, string | Date>>;
  readonly work: (tx: Transaction, madeId: string) => Promise<Result<undefined, "gone">>;
};

/**
 * Confirms what this session is setting up by an answer, and makes it a method. A try of the enrolment and of the
 * account is spent before anything is compared. While Two-Step Verification is off nothing else changes; when it is on,
 * this is a security change with all that belongs to it.
 *
 * Refused with "gone" when there is nothing to confirm (any more): confirmed a moment ago, another session's, too old.
 *
 * @param joined where it takes the place of another one; undefined makes it one more, whatever it was begun for.
 */
export async function confirm(
  kind: EnrolKind,
  answer: string,
  owner: Owner,
  visit: Visit,
  grant?: Grant,
  joined?: Joined,
): Promise<Result<MethodFacts, ConfirmReason>> {
  const row = await findEnrolment(ownerOf(owner), kind, visit.now);
  if (row === undefined || (joined !== undefined && row.replaces !== joined.replaces)) return refuse("gone");
  if (!isAnswerShaped(kind, answer)) return refuse("malformed", { triesLeft: row.tries });
  const answerHash = keyedHash("answer", [row.id, answer]);
  const spent = await spendEnrolmentTry(
    ownerOf(owner),
    row.id,
    { answerHash, isCounted: grant === undefined },
    visit.now,
  );
  if (spent === undefined) return refuse(row.tries === 0 ? "no-tries" : "gone");
  if (spent.isWaiting) return refuse("waiting", { retryAt: spent.lockedUntil ?? undefined });
  const method = openMethodData("Enrolment", spent);
  if (method === undefined) return refuse("gone");

  const delivery = challengeOf(method);
  const judged = await verifyAnswer(kind, answer, {
    now: spent.judgedAt,
    accountId: owner.accountId,
    data: method.data,
    counter: null,
    burntSteps: spent.burntSteps.map(BigInt),
    codes: delivery === null ? [] : await listCodes(spent.id),
    recoveryCodes: [],
    isChallenge: (challenge) =>
      isChallengeOfTry(challenge, { ...enrolmentTry(spent), triesLeft: spent.tries + 1 }),
    isSentCode: ({ hash }, digits) =>
      isCode(
        hash,
        {
          ownerId: spent.id,
          accountId: owner.accountId,
          purpose: "enrolment",
          number: delivery?.to ?? "",
        },
        digits,
      ),
  });
  if (!judged.ok) {
    const { accountId, id: sessionId } = owner;
    // A hint may speak of another entry of the app, and somebody with a grant is told nothing of the account.
    const hint =
      grant !== undefined
        ? undefined
        : await examine({ accountId, sessionId, askedId: spent.id, answer, now: spent.judgedAt });
    if (spent.tries === 0) return refuse("no-tries", hint && { hint });
    return refuse(judged.reason, { triesLeft: spent.tries, ...(hint && { hint }) });
  }
  const made =
    judged.value.data === undefined ? method : ({ ...method, data: judged.value.data } as MethodData);
  return makeMethod(
    {
      purpose: spent.purpose,
      burntSteps: spent.burntSteps,
      take: (tx) => takeEnrolment(tx, spent.id, owner.id),
      grant,
      joined,
    },
    made,
    judged.value,
    owner,
    visit,
  );
}

/** What a method is made from. */
type Origin = {
  readonly purpose: Purpose;
  readonly burntSteps: readonly string[];
  /** Takes it out of use; false when somebody was faster. */
  take(tx: Transaction): Promise<boolean>;
  /** The browser made it by itself; the cookie `devices` of a browser that stays trusted all the same. */
  readonly byBrowser?: { readonly trustedCookie: string | undefined };
  readonly grant?: Grant;
  readonly joined?: Joined;
};

async function makeMethod(
  origin: Origin,
  method: MethodData,
  acceptance: Acceptance,
  owner: Owner,
  visit: Visit,
): Promise<Result<MethodFacts & { readonly deviceCookie?: string }, ConfirmReason>> {
  const { accountId } = owner;
  const { grant, joined } = origin;
  const shown = describeMethod(method);
  const delivery = challengeOf(method);
  const work = async (tx: Transaction): Promise<Result<Purpose, ConfirmReason>> => {
    const account = await lockAccount(tx, accountId);
    if (grant !== undefined && (account.twoStepOnAt === null || !(await grant.take(tx))))
      return refuse("gone");
    if (!(await origin.take(tx))) return refuse("gone");
    if (acceptance.codeId !== undefined && !(await spendCode(tx, acceptance.codeId, visit.now)))
      return refuse("gone");
    const rows = await listMethodRows(tx, accountId);
    const purpose = purposeOf({ isOn: account.twoStepOnAt !== null, methods: rows.length });
    const why = clash(method.kind, {
      purpose,
      hasApp: rows.some(({ kind }) => kind === "app"),
      hasSameIdentity: isKnown(
        accountId,
        method,
        rows.map(({ identity }) => identity),
      ),
      // Somebody with a grant can remove nothing to make room.
      methods: grant === undefined ? rows.length : 0,
    });
    // Nor are they told what the account has.
    if (why !== undefined) return refuse(grant === undefined ? why : "gone");
    const id = randomUUID();
    const identity = identityOf(method);
    const isNew = await insertMethod(tx, {
      id,
      accountId,
      kind: method.kind,
      data: sealMethodData("Method", { id, accountId }, method.data),
      identity: identity === null ? null : keyedHash("phone lookup", numberParts(accountId, identity)),
      counter: acceptance.counter ?? null,
      credential:
        method.kind === "passkey" && method.data.state === "made"
          ? credentialKey(method.data.credentialId)
          : null,
      burntSteps: origin.burntSteps.map(BigInt),
      // What was added with the help of a held method is held as long.
      cannotRemoveOthersUntil:
        grant?.holdsOthersUntil ??
        (await heldUntil(tx, owner, visit.now)) ??
        // After a recovery every method is new.
        (removalsHeldUntil(account.recoveredAt, visit.now) === undefined
          ? null
          : after(visit.now, numbers.recovery.holdRemovals)),
      position: Math.max(-1, ...rows.map(({ position }) => position)) + 1,
      now: visit.now,
    });
    if (!isNew) return refuse("same-passkey");
    const more = await joined?.work(tx, id);
    if (more !== undefined && !more.ok) return more;
    await keepRetiringLast(tx, accountId);
    return ok(purpose);
  };

  let deviceCookie: string | undefined;
  const stayTrusted = async (tx: Transaction, purpose: Purpose): Promise<Purpose> => {
    const cookie = origin.byBrowser?.trustedCookie;
    if (cookie !== undefined) deviceCookie = await trustBrowser(tx, accountId, cookie, visit);
    return purpose;
  };
  const isAdditional = origin.purpose === "additional";
  const made = isAdditional
    ? await securityChange(
        {
          accountId,
          addresses: [owner.email],
          keepSessionId: grant === undefined ? owner.id : undefined,
          kind: grant?.kind ?? joined?.kind ?? "method-added",
          because: "methods-changed",
          visit,
          facts: {
            ...methodEventFacts(shown),
            ...grant?.facts,
            ...joined?.facts,
            ...(origin.byBrowser === undefined ? {} : { reason: "made-by-browser" }),
          },
          mailFacts: { by: origin.byBrowser === undefined ? "person" : "browser", ...joined?.mailFacts },
          // Of a number that takes another one's place both are told; one more method is told to the phones before it.
          newPhones:
            joined !== undefined && delivery != null
              ? [{ number: delivery.to, channel: delivery.channel }]
              : [],
        },
        work,
        stayTrusted,
      )
    : await inTransaction(work);
  if (!made.ok) return made;
  // The next page offers the app as the backup, so its key must be there before that page is asked for.
  if (made.value === "first" && method.kind === "phone") await begin("app", {}, owner, visit);
  return ok({ ...shown, deviceCookie });
}

/** A session that began a moment ago, as its guard gave it. */
type SignedIn = Owner & {
  readonly name: string;
  readonly createdAt: Date;
  readonly methodKind: string | null;
  readonly twoStepOnAt: Date | null;
};

async function justSignedIn(session: SignedIn): Promise<JustSignedIn> {
  const { methods } = await listActiveMethods(session.accountId);
  return {
    signedInAt: session.createdAt,
    methodKind: session.methodKind,
    isOn: session.twoStepOnAt !== null,
    methods: methods.length,
    hasPasskey: methods.some(({ kind }) => kind === "passkey"),
  };
}

/**
 * What Your Account offers after a sign-in with a password and a code to whoever has no passkey: a link to where one is
 * added, and where the sign-in was good enough for it what the browser may make by itself. Undefined for everybody else.
 */
export async function passkeyOffer(
  session: SignedIn,
  now: Date,
): Promise<{ readonly toMake: ReturnType<typeof creationOptions> | undefined } | undefined> {
  // Most views of the page are long after the sign-in, and cost no query.
  if (now >= after(session.createdAt, numbers.passkey.offeredFor) || session.methodKind === null)
    return undefined;
  const signedIn = await justSignedIn(session);
  if (!mayOffer(signedIn, now)) return undefined;
  if (!mayUpgrade(signedIn, now)) return { toMake: undefined };
  const challenge = issueChallenge({ purpose: "upgrade", sessionId: session.id }, now);
  const { accountId, email, name } = session;
  return { toMake: creationOptions(challenge, { id: accountId, email, name }, []) };
}

/**
 * Adds a passkey that the browser made by itself after a sign-in with the password and the app (conditional creation).
 * The sign-in stands in for the fresh proof: this session, at most numbers.passkey.offeredFor old, with the strongest
 * method of the account. A security change like every other, but a browser that was trusted a moment ago stays so: its
 * owner asked for that, and not for this.
 */
export async function addPasskeyOfBrowser(
  credential: string,
  session: SignedIn,
  deviceCookie: string | undefined,
  visit: Visit,
): Promise<Result<{ readonly deviceCookie: string | undefined }, ConfirmReason>> {
  const said = readClientData(readAttestation(credential)?.response.clientDataJSON ?? "");
  if (said === undefined) return refuse("malformed");
  const goodUntil = readChallenge(said.challenge, { purpose: "upgrade", sessionId: session.id }, visit.now);
  if (!(goodUntil instanceof Date) || !mayUpgrade(await justSignedIn(session), visit.now))
    return refuse("gone");
  if (!(await spendUpgradeChallenge(hashToken(said.challenge), goodUntil))) return refuse("gone");
  const judged = await verifyAnswer("passkey", credential, {
    now: visit.now,
    accountId: session.accountId,
    data: { state: "asked", isSilent: true },
    counter: null,
    codes: [],
    recoveryCodes: [],
    isChallenge: (challenge) => challenge === said.challenge,
    isSentCode: () => false,
  });
  if (!judged.ok) return refuse(judged.reason);
  const hashes = tokensInCookie(deviceCookie).map(hashToken);
  const trusted = await listTrustedDevices(session.accountId, visit.now);
  const isTrusted = trusted.some(({ tokenHash }) => hashes.includes(tokenHash));
  const made = await makeMethod(
    {
      purpose: "additional",
      burntSteps: [],
      take: (tx) => hasNoPasskey(tx, session.accountId),
      byBrowser: { trustedCookie: isTrusted ? deviceCookie : undefined },
    },
    { kind: "passkey", data: judged.value.data } as MethodData,
    judged.value,
    session,
    visit,
  );
  return made.ok ? ok({ deviceCookie: made.value.deviceCookie }) : made;
}

/** Lets this session see recovery codes, for ten minutes or until it says that they are saved. */
export const showCodes = (
  tx: Transaction,
  owner: Owner,
  shown: Omit<Shown, "id">,
  now: Date,
): Promise<boolean> =>
  keepReveal(
    tx,
    owner,
    seal(JSON.stringify({ id: randomUUID(), ...shown, until: after(now, numbers.recoveryCodes.shownFor) }), {
      table: "Session",
      row: owner.id,
      account: owner.accountId,
    }),
  );

/** The recovery codes were saved: they are shown no more. */
export const hideCodes = (tx: Transaction, owner: Owner): Promise<void> => dropReveal(tx, owner);

/** Why the last button did not turn Two-Step Verification on. */
export type FinishReason = "not-ready" | "already-on" | "busy";

/** A session with a new token, and the browser's cookie when it became trusted. */
export type Finished = { readonly admission: Admission; readonly deviceCookie: string | undefined };

/**
 * The last button: turns Two-Step Verification on, once, with its recovery codes; other sessions and all trust end,
 * this session gets a new token, and this browser is trusted when the box was ticked.
 *
 * A second press while the first was under way changes nothing more: it gives this session's browser a token that it
 * can go on with, because the answer to the first press may never have reached it.
 */
export async function finish(
  request: {
    /** As the guard read it: what was on then tells a second press from a late one. */
    readonly owner: Owner & { readonly twoStepOnAt: Date | null };
    readonly isTrustAsked: boolean;
    readonly deviceCookie: string | undefined;
  },
  visit: Visit,
): Promise<Result<Finished, FinishReason>> {
  const { owner, isTrustAsked, deviceCookie } = request;
  const { accountId } = owner;
  const { facts } = await standingOf(owner, visit.now);
  if (facts.isOn) return owner.twoStepOnAt === null ? secondPress(request, visit) : refuse("already-on");
  if (facts.methods < numbers.methodsNeeded) return refuse("not-ready");

  const set = await recoveryCodesUnlessBusy(accountId);
  if (set === undefined) return refuse("busy");
  const done = await securityChange<Finished, FinishReason>(
    {
      accountId,
      addresses: [owner.email],
      keepSessionId: owner.id,
      kind: "two-step-on",
      because: "two-step-changed",
      visit,
      facts: isTwoStepRequired() ? { reason: "set-up-required" } : undefined,
    },
    async (tx) => {
      await lockAccount(tx, accountId);
      if (!(await turnOn(tx, accountId, visit.now))) return refuse("already-on");
      const rows = await listMethodRows(tx, accountId);
      const usable = rows.filter((row) => openMethodData("Method", { ...row, accountId }) !== undefined);
      if (usable.length < numbers.methodsNeeded) return refuse("not-ready");
      // They work at once, because there is no older set that could: nobody is left without (docs/decisions/0021).
      await replaceRecoveryCodes(tx, accountId, set.rows, visit.now, false);
      const shown = { codes: set.codes, isPending: false };
      if (!(await showCodes(tx, owner, shown, visit.now))) return refuse("not-ready");
      await dropEnrolments(tx, accountId);
      const sessionToken = await rotateSession(tx, owner.id);
      return ok({ admission: { accountId, sessionToken }, deviceCookie: undefined });
    },
    async (tx, finished) =>
      isTrustAsked
        ? { ...finished, deviceCookie: await trustBrowser(tx, accountId, deviceCookie, visit) }
        : finished,
  );
  return done.ok || done.reason !== "already-on" ? done : secondPress(request, visit);
}

function secondPress(
  { owner, isTrustAsked, deviceCookie }: Parameters<typeof finish>[0],
  visit: Visit,
): Promise<Result<Finished, FinishReason>> {
  const { accountId } = owner;
  return inTransaction(async (tx) => {
    await lockAccount(tx, accountId);
    // The first press may have come from another session, and then it has ended this one.
    if (!(await isSessionThere(tx, owner))) return refuse("already-on");
    const sessionToken = await rotateSession(tx, owner.id);
    if (!isTrustAsked) return ok({ admission: { accountId, sessionToken }, deviceCookie: undefined });
    // All trust ended a moment ago, so what is trusted now is this browser, by a cookie that may not have arrived.
    await dropTrustedDevices(tx, accountId, visit.now);
    return ok({
      admission: { accountId, sessionToken },
      deviceCookie: await trustBrowser(tx, accountId, deviceCookie, visit),
    });
  });
}
