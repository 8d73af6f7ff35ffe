import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { asSomebodyElse, db, type Transaction } from "@/lib/db";
import { after, days } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { ok } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { securityChange } from "@/lib/proof";
import { type LockedAccount, rotateSession } from "@/lib/sessions";
import { asFound, signIn, type TestPerson, visitAt, whileAccountIsLocked } from "@/lib/setup/test-account";
import { endAllTrust, endTrust } from "@/lib/trusted-devices";
import { answer, begin } from "./flow";
import { answerProof, beginProof } from "./proofs";
import {
  admitWithoutSecondStep,
  admitWithPasskey,
  admitWithSecondStep,
  type Judged,
} from "./store/admissions";
import { openAttempt } from "./store/attempts";
import { recordFailure } from "./store/tries";

// Between the reading of an account and the session stands a password hash, in a storm a line of them. What changes in
// that time must count, so each case reads first, changes then, and admits last.
const now = new Date();

afterEach(() => vi.restoreAllMocks());

const noCookies = { devices: undefined, session: undefined };

async function judgedOf(person: Person): Promise<Judged> {
  const { passwordHash, twoStepOnAt, trustEndedAt } = await db().account.findUniqueOrThrow({
    where: { id: person.id },
  });
  return { accountId: person.id, passwordHash, twoStepOnAt, trustEndedAt };
}

const newSession = (knownId: string | null) => ({
  sessionId: randomUUID(),
  sessionTokenHash: hashToken(randomToken()),
  formerTokenHash: null,
  methodKind: null,
  eventFacts: {},
  messages: [],
  device: { knownId, newId: randomUUID(), tokenHash: hashToken(randomToken()), trustedUntil: null },
  now,
  address: "192.0.2.1",
  browser: "",
});

const admitBy = (judged: Judged, knownId: string | null) =>
  admitWithoutSecondStep(newSession(knownId), judged, []);

async function trustedDevice(person: Person): Promise<string> {
  const id = randomUUID();
  await db().device.create({
    data: {
      id,
      accountId: person.id,
      tokenHash: hashToken(randomToken()),
      browser: "",
      address: "192.0.2.1",
      createdAt: now,
      lastSeenAt: now,
      trustedAt: now,
      trustedUntil: after(now, days(30)),
    },
  });
  return id;
}

const sessionsOf = (person: Person) => db().session.count({ where: { accountId: person.id } });

it("a sign-in that was under way when Two-Step Verification was turned on gets no session (AT-058)", async () => {
  const person = await makePerson({ methods: ["app", "text"], isOn: false });
  const judged = await judgedOf(person);
  await db().account.update({ where: { id: person.id }, data: { twoStepOnAt: now } });
  expect(await admitBy(judged, null)).toBe(false);
  expect(await sessionsOf(person)).toBe(0);
});

it("a sign-in whose password was changed while it was checked gets no session, by trust or where no code is asked (AT-058)", async () => {
  for (const isOn of [false, true]) {
    const person = await makePerson({ methods: ["app", "text"], isOn });
    const device = isOn ? await trustedDevice(person) : null;
    const judged = await judgedOf(person);
    await db().account.update({ where: { id: person.id }, data: { passwordHash: "k1$other" } });
    expect(await admitBy(judged, device)).toBe(false);
    expect(await sessionsOf(person)).toBe(0);
    expect(await admitBy(await judgedOf(person), device)).toBe(true);
  }
});

it("a sign-in by trust that ended while the password was checked gets no session (AT-048, AT-054)", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const forgotten = await trustedDevice(person);
  const other = await trustedDevice(person);
  const judged = await judgedOf(person);
  await db().$transaction((tx) => endTrust(tx, person.id, forgotten, now));
  expect(await admitBy(judged, forgotten)).toBe(false);
  await db().$transaction((tx) => endAllTrust(tx, person.id, "all-devices-forgotten", now));
  expect(await admitBy(judged, other)).toBe(false);
  expect(await sessionsOf(person)).toBe(0);
});

it("nothing changed: the same sign-in gets its session", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const device = await trustedDevice(person);
  expect(await admitBy(await judgedOf(person), device)).toBe(true);
  expect(await sessionsOf(person)).toBe(1);
});

it("a device of another account never stands in for one's own (AT-047)", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const device = await trustedDevice(await makePerson({ methods: ["app", "text"] }));
  expect(await admitBy(await judgedOf(person), device)).toBe(false);
});

const newAttempt = (person: Person) => ({
  id: randomUUID(),
  tokenHash: hashToken(randomToken()),
  accountId: person.id,
  purpose: "sign-in" as const,
  sessionId: null,
  methodId: null,
  reason: "new-browser",
  reasonAt: null,
  action: null,
  now,
  expiresAt: after(now, days(1)),
});

describe("what happened to a method while its answer was judged", () => {
  const ended = {
    removed: { removedAt: now },
    "disabled by too many wrong codes": { disabledAt: now },
  } as const;

  it.each(Object.entries(ended))(
    "%s: it opens nothing, by its code or as a passkey alone",
    async (_what, data) => {
      const person = await makePerson({ methods: ["app", "text"] });
      const method = await db().method.findFirstOrThrow({ where: { accountId: person.id, kind: "app" } });
      const attempt = newAttempt(person);
      expect(await openAttempt(attempt, (await judgedOf(person)).passwordHash, [])).toBe(true);
      const used = { methodId: method.id, accountId: person.id, counter: 99n, data: method.data };
      const byCode = () => admitWithSecondStep(newSession(null), attempt.id, method.id, { counter: 99n });
      const alone = () => admitWithPasskey(newSession(null), { ...used, counter: 100n });
      await db().method.update({ where: { id: method.id }, data });
      expect([await byCode(), await alone()]).toEqual([false, false]);
      expect(await sessionsOf(person)).toBe(0);
      await db().method.update({ where: { id: method.id }, data: { removedAt: null, disabledAt: null } });
      expect([await byCode(), await alone()]).toEqual([true, true]);
    },
  );

  it("turned off with Two-Step Verification: a passkey alone opens nothing", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const { id, data } = await db().method.findFirstOrThrow({ where: { accountId: person.id, kind: "app" } });
    await db().account.update({ where: { id: person.id }, data: { twoStepOnAt: null } });
    const used = { methodId: id, accountId: person.id, counter: 100n, data };
    expect(await admitWithPasskey(newSession(null), used)).toBe(false);
  });
});

const attemptsOf = (person: Person) => db().signInAttempt.count({ where: { accountId: person.id } });

/** Gives an account another password, by which the one before opens nothing. */
const changePassword = (tx: Transaction, person: Person) =>
  tx.account.update({ where: { id: person.id }, data: { passwordHash: "k1$other" } });

it("a password that was changed while it was checked opens no attempt (AT-059)", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const { passwordHash } = await judgedOf(person);
  await db().$transaction((tx) => changePassword(tx, person));
  expect(await openAttempt(newAttempt(person), passwordHash, [])).toBe(false);
  expect(await attemptsOf(person)).toBe(0);
});

it("a change of the password that is under way is waited for, and the former one opens no attempt (AT-059)", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const { passwordHash } = await judgedOf(person);
  const isOpened = await whileAccountIsLocked(
    { accountId: person.id },
    () => openAttempt(newAttempt(person), passwordHash, []),
    (tx) => changePassword(tx, person),
  );
  expect(isOpened).toBe(false);
  expect(await attemptsOf(person)).toBe(0);
});

/** An attempt as it stands in its table. */
const opened = (person: Person) => {
  const { now: createdAt, ...attempt } = newAttempt(person);
  return { ...attempt, createdAt, tries: 5 };
};

/** A change of protection that keeps no session. */
const reset = (person: Person, work: (tx: Transaction, account: LockedAccount) => Promise<unknown>) =>
  securityChange(
    {
      accountId: person.id,
      addresses: [],
      keepSessionId: undefined,
      kind: "password-reset",
      because: "password-changed",
      visit: visitAt(),
    },
    async (tx, account) => ok(await work(tx, account)),
  );

it("a password change ends a sign-in that was begun with the former one at the same moment (AT-059)", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const { passwordHash } = await judgedOf(person);
  // The attempts that were there are ended already, and the account is not locked by the change yet.
  const changed = await whileAccountIsLocked(
    { accountId: person.id },
    () =>
      reset(person, async (tx) => {
        expect(await tx.signInAttempt.count({ where: { accountId: person.id } })).toBe(1);
        await changePassword(tx, person);
      }),
    (tx) => tx.signInAttempt.create({ data: opened(person) }),
  );
  expect(changed.ok).toBe(true);
  expect(await openAttempt(newAttempt(person), passwordHash, [])).toBe(false);
  expect(await attemptsOf(person)).toBe(0);
});

it("a security change that keeps no session works under the lock of the account, and is given it as it is then (AT-046)", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const lockedElsewhere = () =>
    asSomebodyElse(
      () => db().$queryRaw`SELECT 1 FROM "Account" WHERE "id" = ${person.id}::uuid FOR UPDATE NOWAIT`,
    );
  let given: Date | null | undefined;
  await whileAccountIsLocked(
    { accountId: person.id },
    () =>
      reset(person, async (_tx, { twoStepOnAt }) => {
        given = twoStepOnAt;
        await expect(lockedElsewhere()).rejects.toThrow();
      }),
    (tx) => tx.account.update({ where: { id: person.id }, data: { twoStepOnAt: null } }),
  );
  expect(given).toBeNull();
  await expect(lockedElsewhere()).resolves.toHaveLength(1);
});

it("an answer and a security change at the same moment lock in one order: none of them is done twice", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const begun = await begin({ email: person.email, password }, noCookies, visitAt());
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  const { attemptToken: token } = begun.value;
  const warned = vi.spyOn(log, "warn");
  let turns = 0;
  let answered: ReturnType<typeof answer> | undefined;
  const changed = await whileAccountIsLocked(
    { accountId: person.id },
    () =>
      reset(person, async () => {
        turns += 1;
      }),
    // The change waits for the account by now; the answer gets its attempt, or waits for it.
    () => {
      answered = asSomebodyElse(() =>
        answer({ token, answer: appCode(person), isTrustAsked: false }, noCookies, visitAt()),
      );
      return new Promise((done) => setTimeout(done, 300));
    },
  );
  expect([changed.ok, (await answered)?.ok]).toEqual([true, false]);
  expect(turns).toBe(1);
  expect(warned).not.toHaveBeenCalled();
  expect([await attemptsOf(person), await sessionsOf(person)]).toEqual([0, 0]);
});

it("a wrong answer that ends its method locks the account before the method: whoever has the account does not wait for it", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const attempt = await db().signInAttempt.create({ data: opened(person) });
  const { id: methodId } = await db().method.findFirstOrThrow({
    where: { accountId: person.id, kind: "app" },
  });
  await db().method.update({
    where: { id: methodId },
    data: { failures: numbers.failuresInRow.methodDisabledAt },
  });
  const { address, browser } = visitAt();
  const warned = vi.spyOn(log, "warn");
  const recorded = await whileAccountIsLocked(
    { accountId: person.id },
    () =>
      recordFailure({
        attemptId: attempt.id,
        sessionId: null,
        messages: [],
        accountId: person.id,
        methodId,
        end: { facts: {}, messages: [] },
        kind: "second-step-failed",
        facts: {},
        now,
        address,
        browser,
      }),
    (tx) => tx.method.update({ where: { id: methodId }, data: { lastUsedAt: now } }),
  );
  expect(recorded).toEqual({ isMethodDisabled: true });
  expect(await db().method.findUniqueOrThrow({ where: { id: methodId } })).toMatchObject({
    disabledAt: now,
    lastUsedAt: now,
  });
  expect(warned).not.toHaveBeenCalled();
});

describe("a proof that is on its way", () => {
  const meanwhile = {
    "Two-Step Verification was turned on": (tx: Transaction, { accountId }: TestPerson) =>
      tx.account.update({ where: { id: accountId }, data: { twoStepOnAt: now } }),
    "the password was changed": (tx: Transaction, { accountId }: TestPerson) =>
      tx.account.update({ where: { id: accountId }, data: { passwordHash: "k1$other" } }),
    "the session got another token": (tx: Transaction, { id }: TestPerson) => rotateSession(tx, id),
  };

  it.each(Object.entries(meanwhile))(
    "by the password alone proves nothing once %s (AT-058, AT-059)",
    async (_what, change) => {
      const { id: accountId, email } = await makePerson({ methods: ["app", "text"], isOn: false });
      const owner = await signIn(accountId, email);
      await db().session.update({ where: { id: owner.id }, data: { provenAt: null } });
      const found = await asFound(owner);
      const proven = await whileAccountIsLocked(
        owner,
        () => beginProof({ password, devices: undefined }, found, visitAt()),
        (tx) => change(tx, owner),
      );
      expect(proven).toMatchObject({ ok: false, reason: "overtaken" });
      expect(await db().session.findUniqueOrThrow({ where: { id: owner.id } })).toMatchObject({
        provenAt: null,
      });
    },
  );

  it("by the password alone proves its session when nothing changed", async () => {
    const { id: accountId, email } = await makePerson({ methods: ["app", "text"], isOn: false });
    const owner = await asFound(await signIn(accountId, email));
    const proven = await beginProof({ password, devices: undefined }, owner, visitAt());
    expect(proven).toMatchObject({ ok: true, value: { kind: "admitted" } });
    expect((await asFound(owner)).tokenHash).not.toBe(owner.tokenHash);
  });

  it("by a code proves nothing once the session got another token (AT-059)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const owner = await signIn(person.id, person.email);
    await db().session.update({ where: { id: owner.id }, data: { provenAt: null } });
    const found = await asFound(owner);
    const begun = await beginProof({ password, devices: undefined }, found, visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const token = begun.value.attemptToken;
    const given = await whileAccountIsLocked(
      owner,
      () => answerProof({ token, answer: appCode(person), devices: undefined }, found, visitAt()),
      (tx) => rotateSession(tx, owner.id),
    );
    expect(given).toMatchObject({ ok: false, reason: "overtaken" });
    expect(await db().session.findUniqueOrThrow({ where: { id: owner.id } })).toMatchObject({
      provenAt: null,
    });
  });

  /** Somebody of whose proof the code of the app is asked, and the right answer. */
  const askedForCode = async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const owner = await signIn(person.id, person.email);
    const found = await asFound(owner);
    const begun = await beginProof({ password, devices: undefined }, found, visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const input = { token: begun.value.attemptToken, answer: appCode(person), devices: undefined };
    return { person, owner, found, input };
  };

  const proofsOf = ({ accountId }: TestPerson) =>
    db().event.count({ where: { accountId, kind: "proof-given" } });

  it("twice by the password, at the same moment, is given once; the second copy is told of no wrong password", async () => {
    const { id: accountId, email } = await makePerson({ methods: ["app", "text"], isOn: false });
    const owner = await signIn(accountId, email);
    const found = await asFound(owner);
    const both = await whileAccountIsLocked(
      owner,
      () => Promise.all([1, 2].map(() => beginProof({ password, devices: undefined }, found, visitAt()))),
      async () => {},
    );
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.find(({ ok }) => !ok)).toEqual({ ok: false, reason: "overtaken" });
    expect(await proofsOf(owner)).toBe(1);
  });

  it("twice by a code, at the same moment, is given once; the second copy is told of no used code", async () => {
    const { owner, found, input } = await askedForCode();
    const both = await whileAccountIsLocked(
      owner,
      () => Promise.all([1, 2].map(() => answerProof(input, found, visitAt()))),
      async () => {},
    );
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.find(({ ok }) => !ok)).toEqual({ ok: false, reason: "overtaken" });
    expect(await proofsOf(owner)).toBe(1);
    // A copy that comes only now was found by the former token too.
    expect(await answerProof(input, found, visitAt())).toEqual({ ok: false, reason: "overtaken" });
  });

  it.each(["password", "code"])(
    "by a %s whose session is ended meanwhile proves nothing, and says so",
    async (by) => {
      const person = await makePerson({ methods: ["app", "text"], isOn: by === "code" });
      const owner = await signIn(person.id, person.email);
      const found = await asFound(owner);
      const begin = () => beginProof({ password, devices: undefined }, found, visitAt());
      const begun = by === "code" ? await begin() : undefined;
      const token = begun?.ok && begun.value.kind === "asked" ? begun.value.attemptToken : undefined;
      const given = await whileAccountIsLocked<{ readonly ok: boolean }>(
        owner,
        token === undefined
          ? begin
          : () => answerProof({ token, answer: appCode(person), devices: undefined }, found, visitAt()),
        (tx) => tx.session.delete({ where: { id: owner.id } }),
      );
      expect(given).toEqual({ ok: false, reason: "overtaken" });
      expect(await sessionsOf(person)).toBe(0);
    },
  );

  it.each([false, true])(
    "whose session is over tells nothing of the password, right or wrong (two-step on: %s)",
    async (isOn) => {
      const person = await makePerson({ methods: ["app", "text"], isOn });
      const owner = await signIn(person.id, person.email);
      const found = await asFound(owner);
      await db().session.delete({ where: { id: owner.id } });
      for (const said of [password, "not the password of anybody"])
        expect(await beginProof({ password: said, devices: undefined }, found, visitAt())).toEqual({
          ok: false,
          reason: "overtaken",
        });
      expect(await attemptsOf(person)).toBe(0);
    },
  );

  it("by a code that was used up elsewhere, while the session stays what it was, is refused as used", async () => {
    const { person, found, input } = await askedForCode();
    await db().signInAttempt.updateMany({ where: { accountId: person.id }, data: { usedAt: now } });
    const given = await answerProof(input, found, visitAt());
    expect(given).toMatchObject({ ok: false });
    expect(given.ok ? undefined : given.reason).not.toBe("overtaken");
  });
});
