import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { makePerson } from "@/e2e/fixtures/people";
import { deliverAll } from "@/e2e/fixtures/rounds";
import { askReset } from "@/lib/accounts";
import { asSomebodyElse, db, inTransaction } from "@/lib/db";
import { areaBudgets, outboxPath } from "@/lib/delivery";
import { after, days, hours, seconds } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, randomBase32, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { giveBackTry, spendSets } from "@/lib/limits";
import { listActiveMethods } from "@/lib/methods";
import { hashPassword } from "@/lib/passwords";
import { lockAccount } from "@/lib/sessions";
import {
  addPhone,
  newestCode,
  protectedPerson,
  signIn,
  type TestPerson,
  visitAt,
  whileHeld,
  whileLineIsFull,
} from "@/lib/setup/test-account";
import {
  addSupportCheck,
  askOldNumber,
  beginWithLink,
  beginWithPassword,
  findRecovery,
  finishRecovery,
  goOnHere,
  listRecoveries,
  proveByCode,
  proveByPassword,
  sendFinishCode,
  sendMailCodes,
  startRecoveryForSupport,
  startWaiting,
  stopByToken,
  stopCase,
  stopRecovery,
  viewRecovery,
} from ".";
import { lookAtRecoveries } from "./notices/flow";
import { beginWaits } from "./notices/store";
import { textAskedNumbers } from "./old-number/flow";
import { markEnded, markFinished, spendRecoveryTry } from "./store";

const password = "eleven quiet ferries 88";
const newPassword = "nine lanterns in fog 4";
const hash = hashPassword(password);

/** Somebody with an app, a phone and a password. */
async function owner(): Promise<TestPerson> {
  const person = await protectedPerson();
  const passwordChangedAt = after(new Date(), -days(60));
  await db().account.update({
    where: { id: person.accountId },
    data: { passwordHash: await hash, passwordChangedAt },
  });
  await db().limit.deleteMany();
  return person;
}

type Mail = { to: string; subject?: string; body: string; channel: string };
const mailsTo = (to: string): Mail[] =>
  readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Mail)
    .filter((message) => message.to === to);

/** Two-Step Verification has been on for so long. */
async function hadTwoStepFor({ accountId }: TestPerson, time: number): Promise<void> {
  await db().account.update({
    where: { id: accountId },
    data: { twoStepOnAt: after(new Date(), -time) },
  });
}

/** A recovery that was begun with the password. */
async function begun(person: TestPerson): Promise<string> {
  const done = await beginWithPassword({ email: person.email, password, devices: undefined }, visitAt());
  if (!done.ok) throw new Error(done.reason);
  return done.value.token;
}

/** Shows the mailbox. */
async function proveMail(person: TestPerson, token: string): Promise<void> {
  expect(await sendMailCodes(token, visitAt())).toMatchObject({ ok: true });
  await deliverAll();
  const codes = mailsTo(person.email).flatMap(({ body }) => /^[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(body)?.[0] ?? []);
  const code = codes.at(-1) ?? "";
  expect(await proveByCode(token, code.toLowerCase(), visitAt())).toEqual({ ok: true, value: "email" });
}

/** One that was started with password and mailbox. */
async function started(person: TestPerson): Promise<string> {
  const token = await begun(person);
  await proveMail(person, token);
  expect(await startWaiting(token, visitAt())).toEqual({ ok: true, value: { wait: days(7) } });
  return token;
}

/** One whose wait has begun. */
async function waiting(person: TestPerson): Promise<string> {
  const token = await started(person);
  await deliverAll();
  await lookAtRecoveries();
  return token;
}

/** Time goes by: every moment of the account's recovery lies that much further back. */
async function pass(person: TestPerson, time: number): Promise<void> {
  await db().$executeRaw`
    UPDATE "Recovery" SET "createdAt" = "createdAt" - ${time}::float8 * interval '1 millisecond',
      "startedAt" = "startedAt" - ${time}::float8 * interval '1 millisecond',
      "noticedAt" = "noticedAt" - ${time}::float8 * interval '1 millisecond',
      "readyAt" = "readyAt" - ${time}::float8 * interval '1 millisecond',
      "nextNoticeAt" = "nextNoticeAt" - ${time}::float8 * interval '1 millisecond',
      "expiresAt" = "expiresAt" - ${time}::float8 * interval '1 millisecond'
    WHERE "accountId" = ${person.accountId}::uuid`;
}

/** On another browser, or by cookie alone, unless more is given. */
const finishWith = (given: Partial<Parameters<typeof finishRecovery>[0]>, visit = visitAt()) =>
  finishRecovery(
    {
      token: undefined,
      link: undefined,
      current: "",
      code: undefined,
      devices: undefined,
      password: newPassword,
      ...given,
    },
    visit,
  );

/** In the browser that began it, with the password that it began with. */
const finish = (token: string, visit = visitAt()) => finishWith({ token, current: password }, visit);

/** The newest code that was mailed to finish. */
const finishCodeTo = (to: string): string =>
  mailsTo(to)
    .filter(({ subject }) => subject?.includes("finish recovering"))
    .at(-1)
    ?.body.split("\n", 1)[0] ?? "";

/** What the desk does to a case, in a transaction as its request has one. */
const atDesk = (
  work: typeof addSupportCheck | typeof stopCase,
  named: { id: string; accountId: string },
  agent: string,
  visit: Visit,
) => inTransaction((tx) => work(tx, named, agent, visit));

const eventsOf = async ({ accountId }: TestPerson): Promise<string[]> =>
  (await db().event.findMany({ where: { accountId }, orderBy: { id: "asc" } })).map(({ kind }) => kind);

const linkOf = (person: TestPerson, path: string): string =>
  mailsTo(person.email)
    .flatMap(({ body }) => new RegExp(`/recover/${path}([A-Za-z0-9_-]{43})\\b`).exec(body)?.[1] ?? [])
    .at(-1) ?? "";

describe("evidence", () => {
  it("begins with the right password only, and an unknown address gets the same answer as a wrong one", async () => {
    const person = await owner();
    const wrong = { email: person.email, password: "not this one 5", devices: undefined };
    expect(await beginWithPassword(wrong, visitAt())).toEqual({ ok: false, reason: "wrong-password" });
    expect(await beginWithPassword({ ...wrong, email: `${randomUUID()}@example.com` }, visitAt())).toEqual({
      ok: false,
      reason: "wrong-password",
    });
    expect(await findRecovery(person.accountId)).toBeUndefined();
    // Its owner reads where it was tried.
    const where = { accountId: person.accountId, kind: "wrong-password" };
    const { facts } = await db().event.findFirstOrThrow({ where });
    expect(facts).toMatchObject({ purpose: "recovery" });
  });

  it("a password that was chosen by the mail link is the mailbox once more, until somebody signed in with it (AT-008)", async () => {
    const person = await owner();
    const { accountId } = person;
    const happened = (kind: string, facts = {}) =>
      db().event.create({
        data: { accountId, at: new Date(), kind, address: "192.0.2.7", browser: "", facts },
      });
    await happened("password-reset");
    const token = await begun(person);
    expect((await viewRecovery("browser", token))?.proofs).toEqual(["email"]);
    expect(await sendMailCodes(token, visitAt())).toMatchObject({ ok: true });
    await deliverAll();
    expect(mailsTo(person.email).some(({ subject }) => subject?.startsWith("Your code to recover"))).toBe(
      false,
    );
    expect(await startWaiting(token, visitAt())).toEqual({ ok: false, reason: "not-enough" });
    // A passkey alone says nothing of the password.
    await happened("signed-in", { method: "passkey", reason: "passkey" });
    expect((await viewRecovery("browser", await begun(person)))?.proofs).toEqual(["email"]);
    await happened("signed-in", { method: "passkey", reason: "new-browser" });
    expect((await viewRecovery("browser", await begun(person)))?.proofs).toEqual(["password"]);
  });

  it("with one proof it does not start (AT-082)", async () => {
    const person = await owner();
    const token = await begun(person);
    expect(await startWaiting(token, visitAt())).toEqual({ ok: false, reason: "not-enough" });
    expect(await findRecovery(person.accountId)).toMatchObject({ state: "collecting", startedAt: null });
  });

  it("a known and trusted browser counts once it is a week old, and as one", async () => {
    const person = await owner();
    const device = randomToken();
    const at = after(new Date(), -days(8));
    await db().device.create({
      data: {
        id: randomUUID(),
        accountId: person.accountId,
        tokenHash: hashToken(device),
        browser: "Firefox · Linux",
        address: "192.0.2.1",
        createdAt: at,
        lastSeenAt: new Date(),
        trustedAt: at,
        trustedUntil: after(new Date(), days(3)),
        secondStepAt: at,
      },
    });
    await hadTwoStepFor(person, days(30));
    const done = await beginWithPassword({ email: person.email, password, devices: device }, visitAt());
    const view = await viewRecovery("browser", done.ok ? done.value.token : "");
    expect(view?.verdict).toMatchObject({
      ok: true,
      counted: ["trusted-device", "password"],
      wait: hours(72),
    });
    await db().device.updateMany({
      where: { accountId: person.accountId },
      data: { secondStepAt: new Date() },
    });
    const young = await beginWithPassword({ email: person.email, password, devices: device }, visitAt());
    const other = await viewRecovery("browser", young.ok ? young.value.token : "");
    expect(other?.proofs).toEqual(["password"]);
  });

  it("a browser that never passed the second step, was not seen for half a year, was thrown out, or is older than Two-Step Verification, is no evidence", async () => {
    const person = await owner();
    const { accountId } = person;
    const { forgetAllDevices } = await import("@/lib/security");
    await hadTwoStepFor(person, days(30));
    const device = randomToken();
    const at = after(new Date(), -days(20));
    await db().device.create({
      data: {
        id: randomUUID(),
        accountId,
        tokenHash: hashToken(device),
        browser: "Firefox · Linux",
        address: "192.0.2.1",
        createdAt: at,
        lastSeenAt: new Date(),
      },
    });
    const shown = async () => {
      await db().limit.deleteMany();
      const done = await beginWithPassword({ email: person.email, password, devices: device }, visitAt());
      return (await viewRecovery("browser", done.ok ? done.value.token : ""))?.proofs;
    };
    expect(await shown()).toEqual(["password"]);
    await db().device.updateMany({ where: { accountId }, data: { secondStepAt: at } });
    expect(await shown()).toEqual(["known-device", "password"]);
    const lastSeen = (lastSeenAt: Date) =>
      db().device.updateMany({ where: { accountId }, data: { lastSeenAt } });
    await lastSeen(after(new Date(), -numbers.trustedDevice.knownFor));
    expect(await shown()).toEqual(["password"]);
    await lastSeen(new Date());
    expect(await shown()).toEqual(["known-device", "password"]);
    await hadTwoStepFor(person, days(19));
    expect(await shown()).toEqual(["password"]);
    await hadTwoStepFor(person, days(30));
    await forgetAllDevices(person, visitAt());
    expect(await shown()).toEqual(["password"]);
  });

  it("the network and browser of sign-ins count together, once they are thirty days old and where the browser has a name", async () => {
    const person = await owner();
    const { accountId } = person;
    const [home, away] = [visitAt(), visitAt()];
    const unnamed = { ...home, browser: "" };
    const signedIn = ({ address, browser }: Visit, age: number, kind = "signed-in") =>
      db().event.create({
        data: { accountId, at: after(home.now, -age), kind, address, browser, facts: {} },
      });
    const shownFrom = async (visit: Visit) => {
      await db().limit.deleteMany();
      const done = await beginWithPassword({ email: person.email, password, devices: undefined }, visit);
      return (await viewRecovery("browser", done.ok ? done.value.token : ""))?.proofs;
    };
    await signedIn(home, numbers.recovery.historyAge - 1);
    await signedIn(home, days(40), "wrong-password");
    await signedIn(unnamed, days(40));
    for (const visit of [home, unnamed]) expect(await shownFrom(visit)).toEqual(["password"]);
    await signedIn(home, numbers.recovery.historyAge);
    expect(await shownFrom(home)).toEqual(["history", "password"]);
    for (const visit of [unnamed, away, { ...home, browser: "Chrome · Windows" }])
      expect(await shownFrom(visit)).toEqual(["password"]);
  });

  it("codes that an intruder made a moment ago, or that nobody saved, are no evidence later", async () => {
    const person = await owner();
    const { makeRecoveryCodes, replaceRecoveryCodes } = await import("@/lib/methods");
    const [young, unsaved, last] = await Promise.all(
      [1, 2, 3].map(() => makeRecoveryCodes(person.accountId)),
    );
    const put = (set: typeof young, at: Date, isSaved: boolean) =>
      db().$transaction((tx) => replaceRecoveryCodes(tx, person.accountId, set?.rows ?? [], at, isSaved));
    await put(young, after(new Date(), -days(26)), true);
    await put(unsaved, after(new Date(), -days(20)), false);
    await put(last, new Date(), true);
    const token = await begun(person);
    expect(await proveByCode(token, young?.codes[0] ?? "", visitAt())).toMatchObject({ reason: "wrong" });
    expect(await proveByCode(token, unsaved?.codes[0] ?? "", visitAt())).toMatchObject({ reason: "wrong" });
  });

  it("a code of a set that was replaced counts once, and costs nothing while nobody has time to compare it, given once; one that still counts is sent to the sign-in", async () => {
    const person = await owner();
    const { makeRecoveryCodes, replaceRecoveryCodes } = await import("@/lib/methods");
    const [old, current] = [
      await makeRecoveryCodes(person.accountId),
      await makeRecoveryCodes(person.accountId),
    ];
    await db().$transaction((tx) =>
      replaceRecoveryCodes(tx, person.accountId, old.rows, after(new Date(), -days(8))),
    );
    await db().$transaction((tx) => replaceRecoveryCodes(tx, person.accountId, current.rows, new Date()));
    const token = await begun(person);
    expect(await proveByCode(token, current.codes[0] ?? "", visitAt())).toEqual({
      ok: false,
      reason: "opens",
    });
    const triesOf = async () =>
      (await db().recovery.findFirstOrThrow({ where: { accountId: person.accountId, endedAt: null } })).tries;
    const tries = await triesOf();
    const refused = await whileLineIsFull(() => proveByCode(token, old.codes[0] ?? "", visitAt()));
    expect(refused).toEqual({ ok: false, reason: "busy" });
    expect(await triesOf()).toBe(tries);
    const { id } = await db().recovery.findFirstOrThrow({ where: { accountId: person.accountId } });
    const spend = () =>
      spendRecoveryTry({ id, accountId: person.accountId, startedAt: null }, "twice", false, new Date());
    expect([(await spend())?.isNew, (await spend())?.isNew]).toEqual([true, false]);
    await giveBackTry("Recovery", { isNew: true }, { id, hash: "twice", isCounted: false });
    expect(await triesOf()).toBe(tries - 1);
    expect(await proveByCode(token, old.codes[0] ?? "", visitAt())).toEqual({ ok: true, value: "old-code" });
    expect(await proveByCode(token, old.codes[0] ?? "", visitAt())).toMatchObject({ reason: "wrong" });
    expect(await startWaiting(token, visitAt())).toEqual({ ok: true, value: { wait: hours(72) } });
  });

  it("an old number that still answers counts when it was held for a week; any other number gets the same answer and no text", async () => {
    const person = await owner();
    const phone = (await listActiveMethods(person.accountId)).methods.find(({ kind }) => kind === "phone");
    if (phone?.kind !== "phone") throw new Error("no phone");
    const { number } = phone.data;
    await db().method.update({
      where: { id: phone.id },
      data: { createdAt: after(new Date(), -days(8)), removedAt: new Date() },
    });
    const token = await begun(person);
    const before = mailsTo("+447400999999").length;
    expect(await askOldNumber(token, "+447400999999", visitAt())).toEqual({ ok: true, value: undefined });
    await textAskedNumbers();
    expect(mailsTo("+447400999999")).toHaveLength(before);
    expect(await askOldNumber(token, number, visitAt())).toEqual({ ok: true, value: undefined });
    // Nothing is looked at while somebody waits for the answer: it takes as long for the right number.
    const texted = async () =>
      db().code.count({ where: { ownerId: (await findRecovery(person.accountId))?.id ?? "" } });
    expect(await texted()).toBe(0);
    // Nor in front of the notices: a provider may take seconds for each text, and a notice is due by the day.
    await lookAtRecoveries();
    expect(await texted(), "the round of the notices waits for no text to an old number").toBe(0);
    await textAskedNumbers(() => true);
    expect(await texted(), "none is begun while the site stops").toBe(0);
    await Promise.all([textAskedNumbers(), textAskedNumbers(), textAskedNumbers()]);
    expect(await texted()).toBe(1);
    expect(await proveByCode(token, newestCode(number), visitAt())).toEqual({
      ok: true,
      value: "old-number",
    });
  });

  it("a number that is a method again, was put back, or went with a stolen phone is no old number", async () => {
    const person = await owner();
    const { accountId } = person;
    const phone = (await listActiveMethods(accountId)).methods.find(({ kind }) => kind === "phone");
    if (phone?.kind !== "phone") throw new Error("no phone");
    const { number } = phone.data;
    const change = (data: {
      createdAt?: Date;
      removedAt?: Date | null;
      suspendedAt?: Date;
      suspendedUntil?: Date;
      disabledAt?: Date;
    }) => db().method.update({ where: { id: phone.id }, data });
    const former = () => db().formerNumber.count({ where: { accountId } });
    await change({ createdAt: after(new Date(), -days(8)), removedAt: new Date() });
    expect(await former()).toBe(1);
    await change({ removedAt: null });
    expect(await former()).toBe(0);
    await change({ suspendedAt: new Date(), suspendedUntil: new Date(), disabledAt: new Date() });
    await change({ removedAt: new Date() });
    expect(await former()).toBe(0);
    const token = await begun(person);
    const { identity } = await db().method.findUniqueOrThrow({ where: { id: phone.id } });
    await db().formerNumber.create({
      data: {
        accountId,
        identity: identity ?? "",
        since: after(new Date(), -days(9)),
        removedAt: new Date(),
      },
    });
    await change({ removedAt: null });
    await db().formerNumber.create({
      data: {
        accountId,
        identity: identity ?? "",
        since: after(new Date(), -days(9)),
        removedAt: new Date(),
      },
    });
    expect(await askOldNumber(token, number, visitAt())).toEqual({ ok: true, value: undefined });
    await textAskedNumbers();
    await deliverAll();
    expect(mailsTo(number).some(({ body }) => body.includes("recover"))).toBe(false);
    expect(await db().code.count({ where: { ownerId: (await findRecovery(accountId))?.id ?? "" } })).toBe(0);
  });

  it("a number that was held twice counts from the second time", async () => {
    const person = await owner();
    const { accountId } = person;
    const phone = (await listActiveMethods(accountId)).methods.find(({ kind }) => kind === "phone");
    const identity = (await db().method.findUniqueOrThrow({ where: { id: phone?.id ?? "" } })).identity ?? "";
    await db().formerNumber.create({
      data: {
        accountId,
        identity,
        since: after(new Date(), -days(90)),
        removedAt: after(new Date(), -days(80)),
      },
    });
    const since = after(new Date(), -days(1));
    await db().method.update({
      where: { id: phone?.id ?? "" },
      data: { createdAt: since, removedAt: new Date() },
    });
    expect(await db().formerNumber.findFirst({ where: { accountId, identity } })).toMatchObject({ since });
  });

  it("six wrong digits count with the account's tries too, and wait with them; ten characters do neither (AT-018)", async () => {
    const person = await owner();
    const token = await begun(person);
    const failures = async () =>
      (await db().account.findUniqueOrThrow({ where: { id: person.accountId } })).failuresInRow;
    expect(await proveByCode(token, "123456", visitAt())).toMatchObject({ reason: "wrong" });
    expect(await failures()).toBe(1);
    // Whoever has the password types wrong codes until the account waits: its owner shows the mailbox all the same.
    await db().account.update({
      where: { id: person.accountId },
      data: { lockedUntil: after(new Date(), hours(24)) },
    });
    expect(await proveByCode(token, "654321", visitAt())).toMatchObject({ reason: "waiting" });
    await proveMail(person, token);
    expect(await failures()).toBe(1);
  });

  it("wrong codes end with the tries of the recovery (AT-084)", async () => {
    const person = await owner();
    const token = await begun(person);
    const reasons: string[] = [];
    for (let turn = 0; turn < 11; turn += 1) {
      const answered = await proveByCode(token, `AAAAA-AAAA${"ABCDEFGHIJKL"[turn]}`, visitAt());
      reasons.push(answered.ok ? "ok" : answered.reason);
    }
    expect(new Set(reasons.slice(0, 9))).toEqual(new Set(["wrong"]));
    expect(reasons.slice(9)).toEqual(["no-tries", "no-tries"]);
  });
});

describe("who has the password", () => {
  const mailLink = async (person: TestPerson): Promise<string> => {
    expect(await askReset(person.email, visitAt())).toMatchObject({ ok: true });
    await deliverAll();
    const bodies = mailsTo(person.email).map(({ body }) => body);
    return bodies.flatMap((body) => /reset-password\/([A-Za-z0-9_-]{43})/.exec(body)?.[1] ?? []).at(-1) ?? "";
  };

  it("sends few mails, from however many browsers, and keeps its owner neither from the mailbox nor from a known browser", async () => {
    const person = await owner();
    const { accountId } = person;
    for (let browser = 0; browser < 10; browser += 1) {
      const token = await begun(person);
      for (let turn = 0; turn < 5; turn += 1) await sendMailCodes(token, visitAt());
    }
    expect(await db().message.count({ where: { accountId, purpose: "recovery" } })).toBe(6);
    // The mailbox: its recovery has budgets of its own, and takes the password as the second thing.
    const byMail = await beginWithLink(await mailLink(person), undefined, visitAt());
    const token = byMail.ok ? byMail.value.token : "";
    expect(await sendMailCodes(token, visitAt())).toMatchObject({ ok: true });
    expect(await proveByPassword(token, "not this one 5", undefined, visitAt())).toMatchObject({
      reason: "wrong-password",
    });
    expect(await proveByPassword(token, password, undefined, visitAt())).toEqual({
      ok: true,
      value: "password",
    });
    expect(await startWaiting(token, visitAt())).toEqual({ ok: true, value: { wait: days(7) } });
    await stopRecovery(accountId, visitAt());
    // A browser that the account knows.
    await hadTwoStepFor(person, days(30));
    const device = randomToken();
    const knownSince = after(new Date(), -days(8));
    await db().device.create({
      data: {
        id: randomUUID(),
        accountId,
        tokenHash: hashToken(device),
        browser: "",
        address: "192.0.2.7",
        createdAt: knownSince,
        lastSeenAt: new Date(),
        secondStepAt: knownSince,
      },
    });
    const known = await beginWithPassword({ email: person.email, password, devices: device }, visitAt());
    expect(await sendMailCodes(known.ok ? known.value.token : "", visitAt())).toMatchObject({ ok: true });
  });

  it("uses up the beginnings of their own network, and nobody else's", async () => {
    const person = await owner();
    const input = { email: person.email, password, devices: undefined };
    const from = (address: string) => beginWithPassword(input, { ...visitAt(), address });
    for (let turn = 0; turn < 20; turn += 1) expect(await from("198.51.100.7")).toMatchObject({ ok: true });
    expect(await from("198.51.100.7")).toMatchObject({ reason: "limit" });
    expect(await from("203.0.113.9")).toMatchObject({ ok: true });
  });

  it("a link that a budget refuses is not used up by it, and opens one once there is some", async () => {
    const person = await owner();
    const link = await mailLink(person);
    const address = "198.51.100.8";
    const withLink = (from: string) => beginWithLink(link, undefined, { ...visitAt(), address: from });
    const input = { email: person.email, password, devices: undefined };
    for (let turn = 0; turn < numbers.recovery.begin.addressHour.max; turn += 1)
      await beginWithPassword(input, { ...visitAt(), address });
    expect(await withLink(address)).toMatchObject({ reason: "limit" });
    expect(await withLink("203.0.113.9")).toMatchObject({ ok: true });
    expect(await withLink("203.0.113.9")).toMatchObject({ reason: "link-over" });
  });
});

describe("the wait", () => {
  it("does not begin before a notice was handed over, and runs from then by the database's clock", async () => {
    const person = await owner();
    await started(person);
    await lookAtRecoveries();
    expect(await findRecovery(person.accountId)).toMatchObject({ state: "unnoticed", readyAt: null });
    await deliverAll();
    await lookAtRecoveries();
    const view = await findRecovery(person.accountId);
    expect(view?.state).toBe("waiting");
    const left = (view?.readyAt?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(days(7) - seconds(30));
    expect(left).toBeLessThanOrEqual(days(7));
    expect(await eventsOf(person)).toEqual(expect.arrayContaining(["recovery-started", "recovery-waits"]));
  });

  it("tells every address and number at once, with a link that stops it; a former address gets no more than that", async () => {
    const person = await owner();
    const former = `former-${person.email}`;
    await db().formerAddress.create({
      data: {
        id: randomUUID(),
        accountId: person.accountId,
        email: former,
        emailKey: former,
        toldUntil: after(new Date(), days(3)),
      },
    });
    const second = `second-${person.email}`;
    await db().account.update({
      where: { id: person.accountId },
      data: { secondEmail: second, secondEmailSince: new Date() },
    });
    await waiting(person);
    for (const to of [person.email, second, former])
      expect(mailsTo(to).at(-1)?.body, to).toContain("/recover/stop/");
    expect(mailsTo(person.email).at(-1)?.body).toMatch(/\/recover\/[A-Za-z0-9_-]{43}\b/);
    expect(mailsTo(former).at(-1)?.body).not.toMatch(/\/recover\/[A-Za-z0-9_-]{43}\b/);
    const phone = (await listActiveMethods(person.accountId)).methods.find(({ kind }) => kind === "phone");
    const text = mailsTo(phone?.kind === "phone" ? phone.data.number : "").at(-1)?.body ?? "";
    expect(text).toContain("asked to recover");
    expect(text).not.toContain("/recover/");
  });

  it("is told to old and new numbers at once: neither this nor an alert to one of them waits with a budget that the other wants", async () => {
    const person = await owner();
    await db().method.updateMany({
      where: { accountId: person.accountId },
      data: { createdAt: after(new Date(), -days(8)) },
    });
    const added = await addPhone(person, "+447911123456");
    const token = await begun(person);
    await proveMail(person, token);
    const [prefix, , site] = areaBudgets(added, numbers.alerts.areaShare);
    if (prefix === undefined || site === undefined) throw new Error("no budgets");
    const warned = vi.spyOn(log, "warn");
    const [told] = await whileHeld(
      (tx) => spendSets(tx, [[prefix]], new Date()),
      [() => startWaiting(token, visitAt())],
      (tx) => spendSets(tx, [[site]], new Date()),
    );
    expect(told).toMatchObject({ ok: true });
    expect(warned).not.toHaveBeenCalled();
    const { noticeIds } = await db().recovery.findFirstOrThrow({ where: { accountId: person.accountId } });
    const counted = await db().message.findMany({ where: { id: { in: noticeIds } } });
    expect(counted.map(({ channel }) => channel).sort(), "the number of this week is told too").toEqual([
      "email",
      "text",
    ]);
    await deliverAll();
    expect(mailsTo(added).at(-1)?.body).toContain("asked to recover");
  });

  it("one notice a day, however many instances look, and one when it can be finished", async () => {
    const person = await owner();
    await waiting(person);
    const count = () => db().message.count({ where: { accountId: person.accountId, channel: "email" } });
    const before = await count();
    await Promise.all([lookAtRecoveries(), lookAtRecoveries()]);
    expect(await count()).toBe(before);
    await pass(person, days(1));
    await Promise.all([lookAtRecoveries(), lookAtRecoveries(), lookAtRecoveries()]);
    expect(await count()).toBe(before + 1);
    await deliverAll();
    await pass(person, days(6));
    await Promise.all([lookAtRecoveries(), lookAtRecoveries()]);
    expect(await count()).toBe(before + 2);
    await deliverAll();
    expect(mailsTo(person.email).at(-1)?.subject).toContain("can be finished");
  });

  it("begins at the next look where its owner stops or changes something at this moment; the look waits for nobody", async () => {
    const [person, stopped] = [await owner(), await owner()];
    await started(person);
    const token = await started(stopped);
    await deliverAll();
    const { id } = await db().recovery.findFirstOrThrow({ where: { accountId: stopped.accountId } });
    const looked = await inTransaction(async (tx) => {
      await lockAccount(tx, person.accountId);
      await lockAccount(tx, stopped.accountId);
      const begun = await asSomebodyElse(beginWaits);
      await markEnded(tx, id, "stopped");
      return begun;
    });
    expect(looked).toBe(0);
    expect(await beginWaits()).toBe(1);
    expect(await viewRecovery("browser", token)).toMatchObject({ state: "stopped" });
    expect(await findRecovery(person.accountId)).toMatchObject({ readyAt: expect.any(Date) });
  });

  it("calls a number that takes only calls when it is started, when it can be finished and when somebody ended it, never for the days between or one that ran out; no wait begins by a call", async () => {
    const made = await makePerson({ methods: ["app", "voice"] });
    await db().account.update({
      where: { id: made.id },
      data: { passwordChangedAt: after(new Date(), -days(60)) },
    });
    await db().method.updateMany({
      where: { accountId: made.id },
      data: { createdAt: after(new Date(), -days(8)) },
    });
    const person = await signIn(made.id, made.email);
    const [number = ""] = made.methods.flatMap((one) => (one.kind === "phone" ? [one.number] : []));
    // On another day, so that no call of the day before counts.
    const calls = async () => {
      await deliverAll();
      await db().limit.deleteMany({ where: { key: { startsWith: "alert" } } });
      return mailsTo(number).map(({ channel, body }) => [
        channel,
        body.split(/account\. |now\. |nothing\. /)[1],
      ]);
    };
    const somebody = ["voice", expect.stringContaining("Somebody asked to recover your")];
    const canBe = ["voice", expect.stringContaining("can be finished")];
    const isOver = ["voice", expect.stringContaining("is over and changed")];
    const token = await started(person);
    const { noticeIds } = await db().recovery.findFirstOrThrow({
      where: { accountId: made.id, startedAt: { not: null } },
    });
    const counted = await db().message.findMany({ where: { id: { in: noticeIds } } });
    expect(counted.map(({ channel }) => channel)).toEqual(["email"]);
    expect(await calls()).toEqual([somebody]);
    await lookAtRecoveries();
    await pass(person, days(1));
    await lookAtRecoveries();
    expect(await calls(), "a day of the wait").toEqual([somebody]);
    await pass(person, days(6));
    await lookAtRecoveries();
    expect(await calls()).toEqual([somebody, canBe]);
    await pass(person, days(1));
    await lookAtRecoveries();
    expect(await calls(), "a day later").toEqual([somebody, canBe]);
    expect(await stopByToken("browser", token, visitAt())).toMatchObject({ ok: true });
    await lookAtRecoveries();
    expect(await calls()).toEqual([somebody, canBe, isOver]);

    await waiting(person);
    await calls();
    await pass(person, days(60));
    await lookAtRecoveries();
    expect(mailsTo(person.email).at(-1)?.subject).toContain("over");
    expect(await calls(), "that ran out").toEqual([somebody, canBe, isOver, somebody]);
  });

  it("begins and goes on by what is told to the owner for sure: no former address, and no second one or number of this week", async () => {
    const person = await owner();
    const { accountId } = person;
    await db().formerAddress.create({
      data: {
        id: randomUUID(),
        accountId,
        email: "former@example.com",
        emailKey: "former@example.com",
        toldUntil: after(new Date(), days(3)),
      },
    });
    const second = (since: Date) =>
      db().account.update({
        where: { id: accountId },
        data: { secondEmail: `second-${person.email}`, secondEmailSince: since },
      });
    await second(after(new Date(), -days(1)));
    await started(person);
    const counted = async () =>
      (await db().recovery.findFirstOrThrow({ where: { accountId, startedAt: { not: null } } })).noticeIds;
    expect(await counted()).toHaveLength(1);
    await stopRecovery(accountId, visitAt());
    await db().recovery.deleteMany({ where: { accountId } });
    await second(after(new Date(), -days(8)));
    await db().method.updateMany({
      where: { accountId, kind: "phone" },
      data: { createdAt: after(new Date(), -days(8)) },
    });
    await started(person);
    expect(await counted()).toHaveLength(3);
  });

  it("is a day longer for each day of which no notice was handed over, and is not finished meanwhile", async () => {
    const person = await owner();
    const token = await waiting(person);
    await pass(person, days(6));
    await lookAtRecoveries();
    await pass(person, days(1));
    expect(await finish(token)).toMatchObject({ ok: false });
    await lookAtRecoveries();
    const view = await findRecovery(person.accountId);
    expect(view?.state).toBe("waiting");
    expect(view?.readyAt?.getTime()).toBeGreaterThan(Date.now() + days(1) - seconds(30));
    await deliverAll();
    expect(mailsTo(person.email).at(-1)?.subject).not.toContain("can be finished");
    await pass(person, days(1));
    await lookAtRecoveries();
    expect(await finish(token)).toEqual({ ok: true, value: undefined });
  });

  it("however many notices are due, whoever is to be told of an end is told at the same look", async () => {
    const [stopped, ...others] = [await owner(), await owner(), await owner()];
    const token = await waiting(stopped);
    for (const other of others) await waiting(other);
    await lookAtRecoveries();
    expect(await stopByToken("browser", token, visitAt())).toMatchObject({ ok: true });
    for (const other of others) await pass(other, days(1));
    const batch = vi.spyOn(numbers.recovery, "batch", "get");
    batch.mockReturnValue(1 as typeof numbers.recovery.batch);
    const told = await lookAtRecoveries();
    batch.mockRestore();
    expect(told).toBe(2);
    const { endToldAt } = await db().recovery.findFirstOrThrow({ where: { accountId: stopped.accountId } });
    expect(endToldAt).not.toBeNull();
  });

  it("one whose notice cannot be written is in nobody's way, and does not end by itself", async () => {
    const [person, other] = [await owner(), await owner()];
    const token = await waiting(person);
    await waiting(other);
    await db().recovery.updateMany({ where: { accountId: person.accountId }, data: { linkSealed: "moved" } });
    await pass(person, days(7));
    await pass(other, days(1));
    const count = () => db().message.count({ where: { accountId: other.accountId, channel: "email" } });
    const before = await count();
    await lookAtRecoveries();
    expect(await count()).toBe(before + 1);
    expect(await finish(token)).toEqual({ ok: false, reason: "too-early" });
  });

  it("is finished by nobody before its time, and by one of many at once after it (AT-080)", async () => {
    const person = await owner();
    const token = await waiting(person);
    expect(await finish(token)).toEqual({ ok: false, reason: "too-early" });
    // The clock of a request is none of the wait's.
    expect(await finish(token, visitAt(after(new Date(), days(30))))).toEqual({
      ok: false,
      reason: "too-early",
    });
    await pass(person, days(7) - seconds(20));
    expect(await finish(token)).toEqual({ ok: false, reason: "too-early" });
    await pass(person, seconds(21));
    const done = await Promise.all([finish(token), finish(token), finish(token)]);
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await eventsOf(person)).filter((kind) => kind === "recovery-finished")).toHaveLength(1);
  });

  it("begun again beside it shortens nothing: one is under way, whichever requests come together (AT-080, AT-084)", async () => {
    const person = await owner();
    const tokens = [await begun(person), await begun(person), await begun(person)];
    for (const token of tokens) await proveMail(person, token);
    const done = await Promise.all(tokens.map((token) => startWaiting(token, visitAt())));
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
    expect(done.filter((each) => !each.ok && each.reason === "already")).toHaveLength(2);
    await deliverAll();
    await lookAtRecoveries();
    const ready = (await findRecovery(person.accountId))?.readyAt;
    await pass(person, days(1));
    const again = await begun(person);
    await db().limit.deleteMany();
    await proveMail(person, again);
    expect(await startWaiting(again, visitAt())).toMatchObject({ reason: "already" });
    expect((await findRecovery(person.accountId))?.readyAt).toEqual(after(ready ?? new Date(), -days(1)));
  });

  it("stopped and begun again it waits anew, and only a few times a week", async () => {
    const person = await owner();
    for (let turn = 0; turn < 3; turn += 1) {
      await waiting(person);
      await stopRecovery(person.accountId, visitAt());
    }
    const token = await begun(person);
    await proveMail(person, token);
    expect(await startWaiting(token, visitAt())).toMatchObject({ reason: "limit" });
  });

  it("a change of protection ends what collects evidence; with a method's proof, what waits too", async () => {
    const person = await owner();
    const { accountId } = person;
    const { askFirst } = await import("@/lib/security");
    const [, second] = (await listActiveMethods(accountId)).methods;
    const waits = await waiting(person);
    const collects = await begun(person);
    expect(await askFirst(second?.id ?? "", person, visitAt())).toMatchObject({ ok: true });
    expect((await viewRecovery("browser", collects))?.state).toBe("stopped");
    expect(await startWaiting(collects, visitAt())).toEqual({ ok: false, reason: "over" });
    // That session had proven no method: whoever waits has none.
    expect((await viewRecovery("browser", waits))?.state).toBe("waiting");
    await db().session.updateMany({ where: { accountId }, data: { provenMethodId: second?.id } });
    const [, other] = (await listActiveMethods(accountId)).methods;
    expect(await askFirst(other?.id ?? "", person, visitAt())).toMatchObject({ ok: true });
    expect((await viewRecovery("browser", waits))?.state).toBe("signed-in");
    expect(await eventsOf(person)).toContain("recovery-ended");
  });

  it("a fresh proof with a method ends it, and one that only collects; a proof with the password alone does not", async () => {
    const person = await owner();
    const { accountId } = person;
    const [method] = (await listActiveMethods(accountId)).methods;
    const waits = await waiting(person);
    const collects = await begun(person);
    const prove = (provenMethodId: string | null) =>
      db().session.updateMany({ where: { accountId }, data: { provenAt: new Date(), provenMethodId } });
    await prove(null);
    expect((await viewRecovery("browser", waits))?.state).toBe("waiting");
    await prove(method?.id ?? "");
    expect((await viewRecovery("browser", waits))?.state).toBe("signed-in");
    expect((await viewRecovery("browser", collects))?.state).toBe("signed-in");
    expect((await eventsOf(person)).filter((kind) => kind === "recovery-ended")).toHaveLength(1);
  });

  it("does not start once Two-Step Verification is off: the password opens the account", async () => {
    const person = await owner();
    const token = await begun(person);
    await proveMail(person, token);
    await db().account.update({ where: { id: person.accountId }, data: { twoStepOnAt: null } });
    expect(await startWaiting(token, visitAt())).toEqual({ ok: false, reason: "over" });
  });

  it("with mailbox and password another browser finishes no sooner than these two alone would, whatever else was shown", async () => {
    const person = await owner();
    await waiting(person);
    const link = linkOf(person, "");
    const elsewhere = () => finishWith({ link, current: password });
    const where = { accountId: person.accountId };
    await db().recovery.updateMany({ where, data: { readyAt: after(new Date(), -hours(1)) } });
    expect((await viewRecovery("link", link))?.state).toBe("ready");
    expect(await elsewhere()).toEqual({ ok: false, reason: "not-here" });
    await db().recovery.updateMany({ where, data: { noticedAt: after(new Date(), -days(7)) } });
    expect(await elsewhere()).toEqual({ ok: true, value: undefined });
  });

  it("old numbers are looked at a few times a recovery, and then not at all, right or wrong", async () => {
    const person = await owner();
    const token = await begun(person);
    const ask = (place: number) => askOldNumber(token, `+44740099990${place}`, visitAt());
    for (let turn = 0; turn < 5; turn += 1) expect(await ask(turn)).toMatchObject({ ok: true });
    expect(await ask(5)).toMatchObject({ ok: false, reason: "limit" });
  });

  it("is ended by the link of any mail, by the desk, and by a sign-in with a second step, and everybody is told", async () => {
    const person = await owner();
    const token = await waiting(person);
    expect(await stopByToken("stop", linkOf(person, "stop/"), visitAt())).toMatchObject({ ok: true });
    expect((await viewRecovery("browser", token))?.state).toBe("stopped");
    await lookAtRecoveries();
    await deliverAll();
    expect(mailsTo(person.email).at(-1)?.body).toContain("stopped with a button");
    await pass(person, days(8));
    expect(await finish(token)).toEqual({ ok: false, reason: "over" });

    const other = await owner();
    const waits = await waiting(other);
    await signIn(other.accountId, other.email);
    expect((await viewRecovery("browser", waits))?.state).toBe("waiting");
    await db().session.create({
      data: {
        id: randomUUID(),
        accountId: other.accountId,
        tokenHash: randomToken(),
        createdAt: new Date(),
        lastSeenAt: new Date(),
        methodKind: "app",
        address: "",
        browser: "",
      },
    });
    expect((await viewRecovery("browser", waits))?.state).toBe("signed-in");
    expect(await eventsOf(other)).toContain("recovery-ended");
    await lookAtRecoveries();
    await deliverAll();
    expect(mailsTo(other.email).at(-1)?.body).toContain("a sign-in with a code or passkey");
  });
});

describe("after it", () => {
  it("all that opened the account is gone, the password is new, the set-up is due, and everybody is told (AT-083)", async () => {
    const person = await owner();
    const token = await waiting(person);
    await signIn(person.accountId, person.email);
    await pass(person, days(7));
    expect(await finish(token)).toEqual({ ok: true, value: undefined });
    const where = { accountId: person.accountId };
    for (const count of await Promise.all([
      db().method.count({ where }),
      db().recoveryCode.count({ where }),
      db().device.count({ where }),
      db().session.count({ where }),
      db().signInAttempt.count({ where }),
      db().mailLink.count({ where }),
      db().enrolment.count({ where }),
      db().removal.count({ where }),
    ]))
      expect(count).toBe(0);
    const account = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(account).toMatchObject({ twoStepOnAt: null });
    expect(account.mustSetUpSince).not.toBeNull();
    expect(account.recoveredAt).not.toBeNull();
    await deliverAll();
    expect(mailsTo(person.email).at(-1)?.subject).toContain("was recovered");
    const { isPassword } = await import("@/lib/passwords");
    expect(await isPassword(newPassword, account.passwordHash)).toBe(true);
  });

  it("the cookie alone finishes nothing: it takes the password that it began with, with the link of a mail too", async () => {
    const person = await owner();
    const token = await waiting(person);
    const link = linkOf(person, "");
    await pass(person, days(7));
    for (const where of [{ token }, { token, link }]) {
      expect(await finishWith(where)).toEqual({ ok: false, reason: "not-here" });
      expect(await finishWith({ ...where, current: "not this one 5" })).toMatchObject({ reason: "not-here" });
      for (const code of ["", "AAAAA", "123456"])
        expect(await finishWith({ ...where, code })).toEqual({ ok: false, reason: "no-code" });
      expect(await finishWith({ ...where, code: "AAAAA-BBBBB" })).toEqual({
        ok: false,
        reason: "wrong-code",
      });
    }
    expect((await viewRecovery("browser", token))?.state).toBe("ready");
    // A refused new password changes nothing, and the right one finishes.
    expect(await finishWith({ token, current: password, password: "short" })).toMatchObject({ ok: false });
    expect(await finish(token)).toEqual({ ok: true, value: undefined });
  });

  it("a password that was chosen since finishes nothing, also not in the moment between its check and the finish", async () => {
    const person = await owner();
    const token = await waiting(person);
    await pass(person, days(7));
    const row = await db().recovery.findFirstOrThrow({ where: { accountId: person.accountId } });
    await db().account.update({
      where: { id: person.accountId },
      data: { passwordChangedAt: new Date() },
    });
    expect((await viewRecovery("browser", token))?.takesPassword).toBe(false);
    expect(await finish(token)).toEqual({ ok: false, reason: "no-code" });
    expect(await inTransaction((tx) => markFinished(tx, row.id, "password"))).toBe(false);
  });

  it("without that password a code that is mailed to the account's own addresses finishes it, one of many at once", async () => {
    const person = await owner();
    const second = `second-${person.email}`;
    const token = await waiting(person);
    expect(await sendFinishCode(token, visitAt())).toEqual({ ok: false, reason: "over" });
    const where = { id: person.accountId };
    const secondSince = (secondEmailSince: Date) =>
      db().account.update({
        where,
        data: { secondEmail: second, secondEmailSince, passwordChangedAt: new Date() },
      });
    await pass(person, days(7));
    await secondSince(after(new Date(), -days(1)));
    expect(await sendFinishCode(randomToken(), visitAt())).toEqual({ ok: false, reason: "over" });
    expect(await sendFinishCode(token, visitAt())).toMatchObject({ ok: true });
    await deliverAll();
    expect(finishCodeTo(second)).toBe("");
    await secondSince(after(new Date(), -days(8)));
    expect(await sendFinishCode(token, visitAt())).toMatchObject({ ok: true });
    await deliverAll();
    const codes = [finishCodeTo(person.email), finishCodeTo(second)];
    expect(new Set(codes).size).toBe(2);
    const code = codes[0]?.toLowerCase();
    // Of nobody else, and on no other browser.
    const other = await owner();
    const others = await waiting(other);
    await pass(other, days(7));
    expect(await finishWith({ token: others, code })).toEqual({ ok: false, reason: "wrong-code" });
    expect(await finishWith({ link: linkOf(person, ""), code })).toEqual({ ok: false, reason: "not-here" });
    // A refused new password uses up no code.
    expect(await finishWith({ token, code, password: "short" })).toMatchObject({ ok: false });
    const done = await Promise.all([code, code, codes[1]].map((each) => finishWith({ token, code: each })));
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await eventsOf(person)).filter((kind) => kind === "recovery-finished")).toHaveLength(1);
    expect(await finishWith({ token, code })).toEqual({ ok: false, reason: "over" });
  });

  it("a code of the evidence finishes nothing; wrong codes are few, a new mail brings its tries, and mails are few", async () => {
    const person = await owner();
    const token = await waiting(person);
    await pass(person, days(7));
    // Tries that went while evidence was collected are in nobody's way.
    await db().recovery.updateMany({
      where: { accountId: person.accountId },
      data: { tries: 0, lastAnswer: null },
    });
    expect(await sendFinishCode(token, visitAt())).toMatchObject({ ok: true });
    const evidence = mailsTo(person.email)
      .find(({ subject }) => subject?.startsWith("Your code to recover"))
      ?.body.split("\n", 1)[0];
    expect(await finishWith({ token, code: evidence })).toEqual({ ok: false, reason: "wrong-code" });
    const wrong = () => finishWith({ token, code: randomBase32(10) });
    const many = await Promise.all(Array.from({ length: 12 }, wrong));
    expect(many.filter((each) => !each.ok && each.reason === "wrong-code")).toHaveLength(9);
    await deliverAll();
    expect(await finishWith({ token, code: finishCodeTo(person.email) })).toMatchObject({
      reason: "no-tries",
    });
    expect((await db().account.findUniqueOrThrow({ where: { id: person.accountId } })).failuresInRow).toBe(0);
    for (let turn = 0; turn < 3; turn += 1)
      expect(await sendFinishCode(token, visitAt())).toMatchObject({ ok: true });
    expect(await sendFinishCode(token, visitAt())).toMatchObject({ ok: false, reason: "limit" });
    await deliverAll();
    expect(await finishWith({ token, code: finishCodeTo(person.email) })).toEqual({
      ok: true,
      value: undefined,
    });
  });

  it("its browser needs to know it until it can be finished no more, and no longer", async () => {
    const person = await owner();
    const token = await started(person);
    const needed = async () => (await viewRecovery("browser", token))?.neededUntil.getTime() ?? 0;
    const near = (left: number) => Math.abs(left - (Date.now() + days(7 + 14))) < seconds(60);
    expect(near((await needed()) - days(30))).toBe(true);
    await deliverAll();
    await lookAtRecoveries();
    expect(near(await needed())).toBe(true);
  });

  it("a link of a mail alone finishes nothing: it takes the browser that began, or the password that it began with", async () => {
    const person = await owner();
    await waiting(person);
    const link = linkOf(person, "");
    await pass(person, days(7));
    const attempt = (current: string) => finishWith({ link, current });
    expect(await attempt("")).toEqual({ ok: false, reason: "not-here" });
    expect(await attempt("not this one 5")).toEqual({ ok: false, reason: "not-here" });
    // A password that was chosen since, by whoever reads the mailbox, is not the one that it began with.
    const where = { id: person.accountId };
    await db().account.update({ where, data: { passwordChangedAt: new Date() } });
    expect(await attempt(password)).toEqual({ ok: false, reason: "not-here" });
    await db().account.update({ where, data: { passwordChangedAt: after(new Date(), -days(60)) } });
    expect(await attempt(password)).toEqual({ ok: true, value: undefined });
  });
});

describe("the desk", () => {
  it("begins for somebody with a check of its own; whoever opens the mailed link goes on, once, with two proofs", async () => {
    const person = await owner();
    const begunByDesk = await inTransaction((tx) =>
      startRecoveryForSupport(tx, person.accountId, "Kim", visitAt()),
    );
    expect(begunByDesk).toMatchObject({ ok: true });
    await deliverAll();
    const link = linkOf(person, "");
    const here = await goOnHere(link, visitAt());
    expect(await goOnHere(link, visitAt())).toEqual({ ok: false, reason: "over" });
    const token = here.ok ? here.value.token : "";
    expect(await viewRecovery("browser", token)).toMatchObject({
      proofs: expect.arrayContaining(["support", "email"]),
    });
    expect(await startWaiting(token, visitAt())).toEqual({ ok: true, value: { wait: days(7) } });
  });

  it("its link goes to the first address only, and its budgets are its own: the password uses up none of them", async () => {
    const person = await owner();
    const second = `second-${person.email}`;
    await db().account.update({
      where: { id: person.accountId },
      data: { secondEmail: second, secondEmailSince: after(new Date(), -days(8)) },
    });
    const tokens = [await begun(person), await begun(person)];
    for (const token of tokens) for (let turn = 0; turn < 4; turn += 1) await sendMailCodes(token, visitAt());
    expect(await sendMailCodes(await begun(person), visitAt())).toMatchObject({ reason: "limit" });
    expect(
      await inTransaction((tx) => startRecoveryForSupport(tx, person.accountId, "Kim", visitAt())),
    ).toMatchObject({ ok: true });
    await deliverAll();
    expect(mailsTo(second).some(({ body }) => /\/recover\/[A-Za-z0-9_-]{43}\b/.test(body))).toBe(false);
    const here = await goOnHere(linkOf(person, ""), visitAt());
    expect(await sendMailCodes(here.ok ? here.value.token : "", visitAt())).toMatchObject({ ok: true });
  });

  it("begins no more than its budget of a day for one account, and says when it may again", async () => {
    const person = await owner();
    const outcomes: unknown[] = [];
    for (let turn = 0; turn <= numbers.recovery.begin.desk.max; turn += 1)
      outcomes.push(
        await inTransaction((tx) => startRecoveryForSupport(tx, person.accountId, "Kim", visitAt())),
      );
    expect(outcomes.at(-2)).toMatchObject({ ok: true });
    expect(outcomes.at(-1)).toMatchObject({
      ok: false,
      reason: "limit",
      details: { retryAt: expect.any(Date) },
    });
  });

  it("adds its check to the case that is named and to no other, and to none of another account", async () => {
    const person = await owner();
    await begun(person);
    const [named] = await listRecoveries(person.accountId);
    await begun(person);
    const id = named?.id ?? "";
    const stranger = { id, accountId: randomUUID() };
    expect(await atDesk(addSupportCheck, stranger, "Kim", visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(await atDesk(stopCase, stranger, "Kim", visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(
      await atDesk(addSupportCheck, { id, accountId: person.accountId }, "Kim", visitAt()),
    ).toMatchObject({
      ok: true,
      value: { caseNumber: named?.caseNumber },
    });
    const proofs = (await listRecoveries(person.accountId)).map((row) => [
      row.id === id,
      row.proofs.includes("support"),
    ]);
    expect(proofs).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it("is left by an agent who recovers: they are none any more", async () => {
    const person = await owner();
    const { accountId } = person;
    await db().deskAgent.create({ data: { accountId, name: "Kim", addedAt: new Date() } });
    const token = await waiting(person);
    await pass(person, days(7));
    expect(await finish(token)).toMatchObject({ ok: true });
    expect(await db().deskAgent.count({ where: { accountId } })).toBe(0);
  });

  it("adds a check while evidence is collected, once, and shortens no wait that has begun", async () => {
    const person = await owner();
    const { accountId } = person;
    const nobodys = { id: randomUUID(), accountId };
    expect(await atDesk(addSupportCheck, nobodys, "Kim", visitAt())).toEqual({ ok: false, reason: "gone" });
    const token = await begun(person);
    const named = { id: (await findRecovery(accountId))?.id ?? "", accountId };
    expect(await atDesk(addSupportCheck, named, "Kim", visitAt())).toMatchObject({ ok: true });
    expect(await atDesk(addSupportCheck, named, "Kim", visitAt())).toEqual({ ok: false, reason: "already" });
    expect(await startWaiting(token, visitAt())).toEqual({ ok: true, value: { wait: hours(72) } });
    expect(await atDesk(addSupportCheck, named, "Lee", visitAt())).toMatchObject({ ok: false });
    expect(await atDesk(stopCase, named, "Kim", visitAt())).toMatchObject({ ok: true });
    expect(await atDesk(stopCase, named, "Kim", visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(await findRecovery(person.accountId)).toBeUndefined();
  });
});
