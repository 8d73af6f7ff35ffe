/** A method is confirmed by an answer, and made: the one place where the site adds a method. */
import "server-only";
import { randomUUID } from "node:crypto";
import type { EventFacts, EventKind } from "@/lib/activity";
import { isCode, listCodes } from "@/lib/codes";
import { inTransactionUnlessRefused, type Transaction } from "@/lib/db";
import { examine } from "@/lib/doctor";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { keyedHash } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import {
  type Acceptance,
  type AnswerReason,
  challengeOf,
  credentialKey,
  describeMethod,
  identityOf,
  isAnswerShaped,
  isChallengeOfTry,
  type MethodData,
  type MethodFacts,
  openMethodData,
  sealMethodData,
  verifyAnswer,
} from "@/lib/methods";
import { heldUntil, removalsHeldUntil, securityChange } from "@/lib/proof";
import { holdSession, type LockedAccount, lockAccount } from "@/lib/sessions";
import { trustBrowser } from "@/lib/trusted-devices";
import { beginSetup } from "./begin";
import { clash, type Purpose, purposeOf } from "./rules";
import {
  type EnrolKind,
  enrolmentTry,
  type Grant,
  isKnown,
  numberParts,
  type Owner,
  ownerOf,
} from "./standing";
import {
  findEnrolment,
  insertMethod,
  keepRetiringLast,
  listMethodRows,
  spendCode,
  spendEnrolmentTry,
  takeEnrolment,
} from "./store";

/** What else happens in the transaction that makes a method: the change it is then recorded and told as. */
export type Joined = {
  /** The number whose place it takes: an enrolment for anything else is not there. */
  readonly replaces: string;
  readonly kind: EventKind;
  readonly facts: EventFacts;
  readonly mailFacts: Readonly<Record<string, string | Date>>;
  readonly work: (tx: Transaction, madeId: string) => Promise<Result<undefined, "gone">>;
};

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

/** How an event and its mail name a method: its kind and what may be shown of it. */
export const methodEventFacts = (facts: MethodFacts): EventFacts => {
  const { kind, ...shown } = facts;
  return { method: kind, channel: "", lastDigits: "", tag: "", ...shown };
};

/** What the confirmation comes with: nothing, or one of the two. */
type With = { readonly grant?: Grant; readonly joined?: Joined };

/**
 * Confirms what this session is setting up by an answer, and makes it one more method, whatever it was begun for. A try of
 * the enrolment and of the account is spent before anything is compared. While Two-Step Verification is off nothing else
 * changes; when it is on, this is a security change with all that belongs to it.
 *
 * Refused with "gone" when there is nothing to confirm (any more): confirmed a moment ago, another session's, too old. A
 * refusal costs its try and nothing else: what was begun and its codes are there for the next answer.
 */
export const confirm = (kind: EnrolKind, answer: string, owner: Owner, visit: Visit) =>
  confirmEnrolment(kind, answer, owner, visit, {});

/** The same without a session, by a grant that is used up with it: no try of the account, and nothing told of it. */
export const confirmByGrant = (kind: EnrolKind, answer: string, owner: Owner, visit: Visit, grant: Grant) =>
  confirmEnrolment(kind, answer, owner, visit, { grant });

/** The same for a number that takes the place of another one. */
export const confirmReplacement = (answer: string, owner: Owner, visit: Visit, joined: Joined) =>
  confirmEnrolment("phone", answer, owner, visit, { joined });

async function confirmEnrolment(
  kind: EnrolKind,
  answer: string,
  owner: Owner,
  visit: Visit,
  { grant, joined }: With,
): Promise<Result<MethodFacts, ConfirmReason>> {
  const ofOwner = ownerOf(owner);
  const row = await findEnrolment(ofOwner, kind, visit.now);
  if (row === undefined || (joined !== undefined && row.replaces !== joined.replaces)) return refuse("gone");
  if (!isAnswerShaped(kind, answer)) return refuse("malformed", { triesLeft: row.tries });
  const answered = { answerHash: keyedHash("answer", [row.id, answer]), isCounted: grant === undefined };
  const spent = await spendEnrolmentTry(ofOwner, row.id, answered, visit.now);
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
      isCode(hash, { ...enrolmentTry(spent), number: delivery?.to ?? "" }, digits),
  });
  if (!judged.ok) {
    // A hint may speak of another entry of the app, and somebody with a grant is told nothing of the account.
    const hint =
      grant !== undefined
        ? undefined
        : await examine({ ...ofOwner, askedId: spent.id, answer, now: spent.judgedAt });
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
type Origin = With & {
  /** As it was begun; what it is for is what the account is when it is made. */
  readonly purpose: Purpose;
  readonly burntSteps: readonly string[];
  /** Takes it out of use; false when somebody was faster. */
  take(tx: Transaction): Promise<boolean>;
  /** The browser made it by itself; the cookie `devices` of a browser that stays trusted all the same. */
  readonly byBrowser?: { readonly trustedCookie: string | undefined };
};

/** Uses up what the method is made from, under the lock of the account; false when any of it is used, or ended. */
async function take(
  tx: Transaction,
  { take: takeBegun, grant }: Origin,
  acceptance: Acceptance,
  account: LockedAccount,
  now: Date,
): Promise<boolean> {
  if (grant !== undefined && (account.twoStepOnAt === null || !(await grant.take(tx)))) return false;
  if (!(await takeBegun(tx))) return false;
  return acceptance.codeId === undefined || (await spendCode(tx, acceptance.codeId, now));
}

/** Until when what is made now removes none of the other methods; null when it may at once. */
async function holdOf(
  tx: Transaction,
  account: LockedAccount,
  grant: Grant | undefined,
  owner: Owner,
  now: Date,
): Promise<Date | null> {
  if (grant !== undefined) return grant.holdsOthersUntil;
  // What was added with the help of a held method is held as long.
  const held = await heldUntil(tx, owner, now);
  if (held !== undefined) return held;
  // After a recovery every method is new.
  const isRecovered = removalsHeldUntil(account.recoveredAt, now) !== undefined;
  return isRecovered ? after(now, numbers.recovery.holdRemovals) : null;
}

/** What its row says of the method itself, sealed, and what it is found by. */
function rowOf(id: string, accountId: string, method: MethodData) {
  const identity = identityOf(method);
  return {
    id,
    accountId,
    kind: method.kind,
    data: sealMethodData("Method", { id, accountId }, method.data),
    identity: identity === null ? null : keyedHash("phone lookup", numberParts(accountId, identity)),
    credential:
      method.kind === "passkey" && method.data.state === "made"
        ? credentialKey(method.data.credentialId)
        : null,
  };
}

/** How a method that joins others is recorded, and told to whom. */
function additionOf(
  { grant, joined, byBrowser }: Origin,
  method: MethodData,
  owner: Owner,
  visit: Visit,
): Parameters<typeof securityChange>[0] {
  const delivery = challengeOf(method);
  return {
    accountId: owner.accountId,
    addresses: [owner.email],
    keepSessionId: grant === undefined ? owner.id : undefined,
    kind: grant?.kind ?? joined?.kind ?? "method-added",
    because: "methods-changed",
    visit,
    facts: {
      ...methodEventFacts(describeMethod(method)),
      ...grant?.facts,
      ...joined?.facts,
      ...(byBrowser === undefined ? {} : { reason: "made-by-browser" }),
    },
    mailFacts: { by: byBrowser === undefined ? "person" : "browser", ...joined?.mailFacts },
    // Of a number that takes another one's place both are told; one more method is told to the phones before it.
    newPhones:
      joined !== undefined && delivery != null ? [{ number: delivery.to, channel: delivery.channel }] : [],
  };
}

/** "other-purpose": it is one method more now, or no longer, and the transaction around it is that of the other. */
type Refused = ConfirmReason | "other-purpose";

/** Makes the method under the lock of its account; what it is for is what the account is then. */
async function makeUnderLock(
  tx: Transaction,
  account: LockedAccount,
  making: {
    readonly origin: Origin;
    readonly method: MethodData;
    readonly acceptance: Acceptance;
    readonly owner: Owner;
    /** Whether the transaction is that of one more method, a security change. */
    readonly isAdditional: boolean;
  },
  now: Date,
): Promise<Result<Purpose, Refused>> {
  const { origin, method, acceptance, owner, isAdditional } = making;
  const { accountId } = owner;
  const { grant, joined } = origin;
  if (!(await take(tx, origin, acceptance, account, now))) return refuse("gone");
  const rows = await listMethodRows(tx, accountId);
  const purpose = purposeOf({ isOn: account.twoStepOnAt !== null, methods: rows.length });
  if (isAdditional !== (purpose === "additional")) return refuse("other-purpose");
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
  const isNew = await insertMethod(tx, {
    ...rowOf(id, accountId, method),
    counter: acceptance.counter ?? null,
    burntSteps: origin.burntSteps.map(BigInt),
    cannotRemoveOthersUntil: await holdOf(tx, account, grant, owner, now),
    position: Math.max(-1, ...rows.map(({ position }) => position)) + 1,
    now,
  });
  if (!isNew) return refuse("same-passkey");
  const more = await joined?.work(tx, id);
  if (more !== undefined && !more.ok) return more;
  await keepRetiringLast(tx, accountId);
  return ok(purpose);
}

/**
 * Makes a method of what was proven. What it is for is decided under the lock of the account: where Two-Step Verification
 * is on this is a security change with all that belongs to it, also when it was not yet when the method was begun.
 */
export async function makeMethod(
  origin: Origin,
  method: MethodData,
  acceptance: Acceptance,
  owner: Owner,
  visit: Visit,
): Promise<Result<MethodFacts & { readonly deviceCookie?: string }, ConfirmReason>> {
  const { accountId } = owner;
  const { grant } = origin;
  const work = (tx: Transaction, account: LockedAccount, isAdditional: boolean) =>
    makeUnderLock(tx, account, { origin, method, acceptance, owner, isAdditional }, visit.now);
  let deviceCookie: string | undefined;
  const stayTrusted = async (tx: Transaction, purpose: Purpose): Promise<Purpose> => {
    const cookie = origin.byBrowser?.trustedCookie;
    if (cookie !== undefined) deviceCookie = await trustBrowser(tx, accountId, cookie, visit);
    return purpose;
  };
  const make = (isAdditional: boolean): Promise<Result<Purpose, Refused>> =>
    isAdditional
      ? securityChange<Purpose, Refused>(
          additionOf(origin, method, owner, visit),
          (tx, account) => work(tx, account, true),
          stayTrusted,
        )
      : inTransactionUnlessRefused(async (tx) => {
          // Whoever has a grant has no session.
          const account =
            grant === undefined ? await holdSession(tx, owner) : await lockAccount(tx, accountId);
          return work(tx, account, false);
        });
  const wasAdditional = origin.purpose === "additional";
  let made = await make(wasAdditional);
  // Turned on or off since it was begun. Nothing of the first turn stays, and the other one is what it is.
  if (!made.ok && made.reason === "other-purpose") made = await make(!wasAdditional);
  if (!made.ok) return made.reason === "other-purpose" ? refuse("gone") : { ...made, reason: made.reason };
  // The next page offers the app as the backup, so its key must be there before that page is asked for.
  if (made.value === "first" && method.kind === "phone") await beginSetup("app", {}, owner, visit);
  return ok({ ...describeMethod(method), deviceCookie });
}
