import { generateSync } from "otplib";
import { describe, expect, it } from "vitest";
import { isCode, listCodes } from "@/lib/codes";
import { db, query } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import { listActiveMethods, recoveryLookups, verifyAnswer } from "@/lib/methods";
import { beginSetup, confirm, finish, sendAnother, setupFacts, setupView, shownCodes } from ".";
import {
  addApp,
  addPhone,
  newestCode,
  newNumber,
  newPerson,
  pendingAppCode,
  signIn,
  turnOnFor,
  visitAt,
} from "./test-account";

const methodsOf = async (person: { accountId: string }) =>
  (await listActiveMethods(person.accountId)).methods;
const isOn = async (person: { accountId: string }): Promise<boolean> =>
  (await db().account.findUniqueOrThrow({ where: { id: person.accountId } })).twoStepOnAt !== null;
const wrongCodes = (right: string, count: number): string[] =>
  Array.from({ length: count + 1 }, (_, index) => String(100_000 + index * 37)).filter(
    (code) => code !== right,
  );

describe("setting up", () => {
  it("goes from nothing to on, by phone and app, and shows ten codes once", async () => {
    const person = await newPerson();
    const number = await addPhone(person);
    expect((await methodsOf(person)).map(({ kind }) => kind)).toEqual(["phone"]);
    expect(await isOn(person)).toBe(false);
    // The app of the backup page is there without another press.
    const code = await pendingAppCode(person);
    expect((await confirm("app", code, person, visitAt())).ok).toBe(true);
    expect(await isOn(person)).toBe(false);
    expect((await turnOnFor(person)).ok).toBe(true);
    expect(await isOn(person)).toBe(true);
    expect((await shownCodes(person, new Date()))?.codes).toHaveLength(10);
    expect(
      JSON.stringify((await db().method.findMany()).map((row) => ({ ...row, counter: null }))),
    ).not.toContain(number);
    expect(JSON.stringify(await db().session.findMany())).not.toContain(
      (await shownCodes(person, new Date()))?.codes[0],
    );
    expect(await shownCodes(person, new Date(Date.now() + 600_001))).toBeUndefined();
  });

  it("a method that was begun before it was on is told, recorded and ends other sessions when it is made after that, and the other way round", async () => {
    const person = await newPerson();
    const other = await signIn(person.accountId, person.email);
    const number = newNumber();
    const [added, sessions] = [{ accountId: person.accountId, kind: "method-added" }, { id: other.id }];
    await beginSetup("phone", { number, country: "GB", channel: "text" }, person, visitAt());
    await db().account.update({ where: { id: person.accountId }, data: { twoStepOnAt: new Date() } });
    expect((await confirm("phone", newestCode(number), person, visitAt())).ok).toBe(true);
    expect(await db().event.count({ where: added })).toBe(1);
    expect(await db().message.count({ where: { accountId: person.accountId, purpose: "alert" } })).toBe(1);
    expect(await db().session.count({ where: sessions })).toBe(0);

    await beginSetup("app", {}, person, visitAt());
    await db().account.update({ where: { id: person.accountId }, data: { twoStepOnAt: null } });
    expect((await confirm("app", await pendingAppCode(person), person, visitAt())).ok).toBe(true);
    expect(await db().event.count({ where: added })).toBe(1);
  });

  it("keeps the same key on reload and on coming back", async () => {
    const person = await newPerson();
    await beginSetup("app", {}, person, visitAt());
    const first = (await setupView(person, new Date())).app?.method;
    await beginSetup("app", {}, person, visitAt());
    expect((await setupView(person, new Date())).app?.method).toEqual(first);
    await beginSetup("app", {}, person, visitAt(new Date(Date.now() + 601_000)));
    expect((await setupView(person, new Date())).app?.method).not.toEqual(first);
  });

  it("takes a landline by call, and speaks the digits", async () => {
    const person = await newPerson();
    const landline = { number: "020 7946 0958", country: "GB" };
    expect(await beginSetup("phone", { ...landline, channel: "text" }, person, visitAt())).toMatchObject({
      reason: "number-no-text-to-landline",
    });
    expect((await beginSetup("phone", { ...landline, channel: "voice" }, person, visitAt())).ok).toBe(true);
    expect((await confirm("phone", newestCode("+442079460958"), person, visitAt())).ok).toBe(true);
  });

  it("an unconfirmed enrolment is no method, and leaving in the middle leaves it off", async () => {
    const person = await newPerson();
    await beginSetup("app", {}, person, visitAt());
    await beginSetup("phone", { number: newNumber(), country: "GB", channel: "text" }, person, visitAt());
    expect(await methodsOf(person)).toEqual([]);
    expect(await turnOnFor(person)).toMatchObject({ ok: false, reason: "not-ready" });
    await addPhone(person);
    expect(await turnOnFor(person)).toMatchObject({ ok: false, reason: "not-ready" });
    expect(await isOn(person)).toBe(false);
  });

  it("is over ten minutes after the last thing done with it", async () => {
    const person = await newPerson();
    const number = newNumber();
    await beginSetup("phone", { number, country: "GB", channel: "text" }, person, visitAt());
    const late = visitAt(new Date(Date.now() + 600_001));
    expect(await confirm("phone", newestCode(number), person, late)).toMatchObject({ reason: "gone" });
    expect((await setupFacts(person, late.now)).isPhonePending).toBe(false);
  });
});

describe("not the same one again", () => {
  it("refuses the same number as backup, also by call", async () => {
    const person = await newPerson();
    const number = await addPhone(person);
    for (const channel of ["text", "voice"])
      expect(await beginSetup("phone", { number, country: "GB", channel }, person, visitAt())).toMatchObject({
        reason: "same-number",
      });
  });

  it("refuses the app as backup of the app", async () => {
    const person = await newPerson();
    await addApp(person);
    expect(await beginSetup("app", {}, person, visitAt())).toMatchObject({ reason: "same-app" });
  });

  it("two people may have the same number", async () => {
    const [ann, ben] = [await newPerson(), await newPerson()];
    const number = await addPhone(ann);
    await query("t_limits", `DELETE FROM "Limit"`, []);
    await addPhone(ben, number);
    expect(await methodsOf(ben)).toHaveLength(1);
  });
});

describe("whose it is", () => {
  it("another session of the same account cannot confirm it, nor another account", async () => {
    const person = await newPerson();
    const other = await signIn(person.accountId, person.email);
    const stranger = await newPerson();
    const number = newNumber();
    await beginSetup("phone", { number, country: "GB", channel: "text" }, person, visitAt());
    await beginSetup("app", {}, person, visitAt());
    const appCode = await pendingAppCode(person);
    for (const thief of [other, stranger]) {
      expect(await confirm("phone", newestCode(number), thief, visitAt())).toMatchObject({ reason: "gone" });
      expect(await confirm("app", appCode, thief, visitAt())).toMatchObject({ reason: "gone" });
      expect(await sendAnother(thief, visitAt())).toMatchObject({ reason: "gone" });
      expect((await setupView(thief, new Date())).app).toBeUndefined();
    }
    expect((await confirm("app", appCode, person, visitAt())).ok).toBe(true);
  });

  it("the code of an enrolment is good for nothing else", async () => {
    const person = await newPerson();
    const number = newNumber();
    await beginSetup("phone", { number, country: "GB", channel: "text" }, person, visitAt());
    const digits = newestCode(number);
    const enrolment = await db().enrolment.findFirstOrThrow({
      where: { accountId: person.accountId, kind: "phone" },
    });
    const [code] = await listCodes(enrolment.id);
    const binding = {
      ownerId: enrolment.id,
      accountId: person.accountId,
      purpose: "enrolment",
      number,
    } as const;
    expect(isCode(code?.hash ?? "", binding, digits)).toBe(true);
    expect(isCode(code?.hash ?? "", { ...binding, purpose: "sign-in" }, digits)).toBe(false);
    expect(isCode(code?.hash ?? "", { ...binding, number: newNumber() }, digits)).toBe(false);
    // Another number of the same person: begun anew, so the old code is no more.
    const next = newNumber();
    await beginSetup("phone", { number: next, country: "GB", channel: "text" }, person, visitAt());
    if (newestCode(next) !== digits)
      expect(await confirm("phone", digits, person, visitAt())).toMatchObject({ reason: "wrong" });
  });

  it("a row that was moved from another account does not open, and nothing else suffers", async () => {
    const [ann, ben] = [await newPerson(), await newPerson()];
    await addApp(ann);
    await addApp(ben);
    await addPhone(ben);
    const stolen = await db().method.findFirstOrThrow({ where: { accountId: ann.accountId } });
    await db().method.updateMany({
      where: { accountId: ben.accountId, kind: "app" },
      data: { data: stolen.data },
    });
    const { methods, broken } = await listActiveMethods(ben.accountId);
    expect(methods.map(({ kind }) => kind)).toEqual(["phone"]);
    expect(broken).toBe(1);
  });
});

describe("wrong codes", () => {
  it("wrong, malformed and used up are different, and a sixth answer is not looked at", async () => {
    const person = await newPerson();
    await beginSetup("app", {}, person, visitAt());
    const right = await pendingAppCode(person);
    expect(await confirm("app", "12345", person, visitAt())).toMatchObject({ reason: "malformed" });
    const wrong = wrongCodes(right, 5);
    for (const [index, code] of wrong.slice(0, 4).entries())
      expect(await confirm("app", code, person, visitAt())).toMatchObject({
        reason: "wrong",
        details: { triesLeft: 4 - index },
      });
    expect(await confirm("app", wrong[4] ?? "", person, visitAt())).toMatchObject({ reason: "no-tries" });
    expect(await confirm("app", right, person, visitAt())).toMatchObject({ reason: "no-tries" });
    expect(await methodsOf(person)).toEqual([]);
  });

  it("the same answer twice within half a minute costs one try", async () => {
    const person = await newPerson();
    await beginSetup("app", {}, person, visitAt());
    const [code = ""] = wrongCodes(await pendingAppCode(person), 1);
    const [first, second] = await Promise.all([
      confirm("app", code, person, visitAt()),
      confirm("app", code, person, visitAt()),
    ]);
    expect(first).toEqual(second);
    const { triesLeft } = (await setupView(person, new Date())).app ?? {};
    expect(triesLeft).toBe(4);
  });

  it("200 wrong answers at once: five are looked at, and ten an account however often it is begun", async () => {
    const person = await newPerson();
    const reasons: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      await beginSetup("app", {}, person, visitAt());
      const right = await pendingAppCode(person);
      const answers = await Promise.all(
        wrongCodes(right, 70).map((code) => confirm("app", code, person, visitAt())),
      );
      reasons.push(...answers.map((answer) => (answer.ok ? "ok" : answer.reason)));
    }
    const account = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(account.failuresInRow).toBe(10);
    expect(account.lockedUntil?.getTime()).toBeGreaterThan(Date.now() + 14 * 60_000);
    expect(reasons.filter((reason) => reason === "wrong").length).toBeLessThanOrEqual(10);
    expect(reasons).not.toContain("ok");
    await db().enrolment.deleteMany({ where: { accountId: person.accountId } });
    await beginSetup("app", {}, person, visitAt());
    expect(await confirm("app", await pendingAppCode(person), person, visitAt())).toMatchObject({
      reason: "waiting",
    });
  });

  it("a right code ends the failures in a row", async () => {
    const person = await newPerson();
    await beginSetup("app", {}, person, visitAt());
    const right = await pendingAppCode(person);
    await confirm("app", wrongCodes(right, 1)[0] ?? "", person, visitAt());
    await confirm("app", right, person, visitAt());
    const account = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(account.failuresInRow).toBe(0);
  });
});

describe("at the same moment", () => {
  it("two confirmations make exactly one method", async () => {
    const person = await newPerson();
    const number = newNumber();
    await beginSetup("phone", { number, country: "GB", channel: "text" }, person, visitAt());
    const code = newestCode(number);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => confirm("phone", code, person, visitAt())),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await methodsOf(person)).toHaveLength(1);
  });

  it("two presses of Send code send one code", async () => {
    const person = await newPerson();
    const input = { number: newNumber(), country: "GB", channel: "text" };
    const begun = await Promise.all([
      beginSetup("phone", input, person, visitAt()),
      beginSetup("phone", input, person, visitAt()),
    ]);
    expect(begun.some(({ ok }) => ok)).toBe(true);
    expect((await beginSetup("phone", input, person, visitAt())).ok).toBe(true);
    expect((await setupView(person, new Date())).phone?.code?.letter).toBe("A");
  });

  it("two presses of the last button turn it on once, with one set of codes that all work", async () => {
    const person = await newPerson();
    await addApp(person);
    await addPhone(person);
    const presses = await Promise.all([turnOnFor(person, true), turnOnFor(person, true)]);
    expect(presses.every(({ ok }) => ok)).toBe(true);
    expect(await db().recoveryCode.count({ where: { accountId: person.accountId } })).toBe(10);
    expect(await db().event.count({ where: { accountId: person.accountId, kind: "two-step-on" } })).toBe(1);
    expect(
      await db().device.count({ where: { accountId: person.accountId, trustedUntil: { not: null } } }),
    ).toBe(1);
    const { codes = [] } = (await shownCodes(person, new Date())) ?? {};
    expect(codes).toHaveLength(10);
    const stored = await db().recoveryCode.findMany({ where: { accountId: person.accountId } });
    for (const code of codes) {
      const lookups = recoveryLookups(person.accountId, code.toLowerCase());
      const judged = await verifyAnswer("recovery-codes", code.toLowerCase().replace("-", " "), {
        now: new Date(),
        accountId: person.accountId,
        data: {},
        counter: null,
        isSentCode: () => false,
        codes: [],
        recoveryCodes: stored.filter(({ lookup }) => lookups.includes(lookup)),
      });
      expect(judged.ok).toBe(true);
    }
  });
});

describe("turning on", () => {
  it("gives this session a new token, ends the others and all trust, and tells the person", async () => {
    const person = await newPerson();
    const other = await signIn(person.accountId, person.email);
    await addApp(person);
    await addPhone(person);
    const on = await finish({ owner: person, isTrustAsked: false, deviceCookie: undefined }, visitAt());
    if (!on.ok) throw new Error(on.reason);
    const sessions = await db().session.findMany({ where: { accountId: person.accountId } });
    expect(sessions.map(({ id }) => id)).toEqual([person.id]);
    expect(sessions[0]?.tokenHash).toBe(hashToken(on.value.admission.sessionToken));
    expect(sessions[0]?.tokenHash).not.toBe(hashToken(person.token));
    expect(await db().session.count({ where: { id: other.id } })).toBe(0);
    expect(await db().message.count({ where: { accountId: person.accountId, purpose: "alert" } })).toBe(1);
  });

  it("trusts this browser only when the box was ticked", async () => {
    for (const isTicked of [true, false]) {
      const person = await newPerson();
      await addApp(person);
      await addPhone(person);
      const on = await turnOnFor(person, isTicked);
      expect(on.ok && on.value.deviceCookie !== undefined).toBe(isTicked);
      const trusted = { accountId: person.accountId, trustedUntil: { gt: new Date() } };
      expect(await db().device.count({ where: trusted })).toBe(isTicked ? 1 : 0);
    }
  });

  it("stores the step of the app's code, so that it is not good a second time", async () => {
    const person = await newPerson();
    await addApp(person);
    const [app] = await methodsOf(person);
    if (app?.kind !== "app") throw new Error("no app");
    const now = new Date(Number(app.counter) * 30_000);
    const answer = generateSync({ secret: app.data.secret, epoch: now.getTime() / 1000 });
    const judged = await verifyAnswer("app", answer, {
      now,
      accountId: person.accountId,
      data: app.data,
      counter: app.counter,
      isSentCode: () => false,
      codes: [],
      recoveryCodes: [],
    });
    expect(judged).toMatchObject({ reason: "used" });
  });
});
