import { generateSync } from "otplib";
import { describe, expect, it } from "vitest";
import { db } from "@/lib/db";
import { after, before, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { listActiveMethods, placesOfTrial } from "@/lib/methods";
import { makeNewCodes, proveAnother, saveCodes } from "@/lib/security";
import { SessionEndedError } from "@/lib/sessions";
import { shownCodes } from "@/lib/setup";
import {
  addApp,
  addPhone,
  newestCode,
  newestText,
  newPerson,
  signIn,
  type TestPerson,
  turnOnFor,
  visitAt,
  whileAccountIsLocked,
} from "@/lib/setup/test-account";
import { sendTrialCode, startCodesTrial, tryCodes, tryMethod, viewCodesTrial, viewMethodTrial } from ".";

type Owner = TestPerson & { number: string; app: string; phone: string };

async function owner(): Promise<Owner> {
  const person = await newPerson();
  await addApp(person);
  const number = await addPhone(person);
  await turnOnFor(person);
  const [app, phone] = (await listActiveMethods(person.accountId)).methods;
  await db().limit.deleteMany();
  return { ...person, number, app: app?.id ?? "", phone: phone?.id ?? "" };
}

const longAgo = before(new Date(), numbers.methods.remindAfter);

async function appCode({ app }: Owner): Promise<string> {
  const { accountId } = await db().method.update({
    where: { id: app },
    data: { counter: null, provenAt: longAgo },
  });
  const method = (await listActiveMethods(accountId)).methods.find(({ id }) => id === app);
  if (method?.kind !== "app") throw new Error("no app");
  return generateSync({ secret: method.data.secret });
}

const provenAt = async (id: string) => (await db().method.findUniqueOrThrow({ where: { id } })).provenAt;
const rowOf = (id: string) => db().method.findUniqueOrThrow({ where: { id } });
const account = ({ accountId }: Owner) => db().account.findUniqueOrThrow({ where: { id: accountId } });
const wrong = (code: string): string => (code === "000000" ? "000001" : "000000");

/** Everything that a success of a trial must leave alone. */
async function rest({ accountId }: Owner): Promise<string> {
  const [{ failuresInRow, lockedUntil }, sessions, devices, codes, methods] = await Promise.all([
    db().account.findUniqueOrThrow({ where: { id: accountId } }),
    db().session.findMany({ where: { accountId }, orderBy: { id: "asc" } }),
    db().device.findMany({ where: { accountId } }),
    db().recoveryCode.findMany({ where: { accountId }, orderBy: { number: "asc" } }),
    db().method.findMany({ where: { accountId }, orderBy: { id: "asc" } }),
  ]);
  const kept = methods.map(({ id, position, lastUsedAt, label, removedAt }) => [
    id,
    position,
    lastUsedAt,
    label,
    removedAt,
  ]);
  const unspent = codes.map(({ id, usedAt, hash }) => [id, usedAt, hash]);
  return JSON.stringify([failuresInRow, lockedUntil, sessions, devices, unspent, kept]);
}

describe("a method that is tried", () => {
  it("an app: says when it was proven, and changes nothing else", async () => {
    const person = await owner();
    const code = await appCode(person);
    await db().session.update({ where: { id: person.id }, data: { provenAt: longAgo } });
    const state = await rest(person);
    const visit = visitAt();
    expect(await tryMethod("try", person.app, code, person, visit)).toMatchObject({ ok: true });
    expect(await provenAt(person.app)).toEqual(visit.now);
    expect(await rest(person)).toBe(state);
    // The code is used up by it: whoever watched has nothing.
    expect(await tryMethod("try", person.app, code, person, visitAt())).toMatchObject({ reason: "used" });
  });

  it("ends the wait that wrong codes began", async () => {
    const person = await owner();
    const wait = { failures: 30, waitsUntil: after(new Date(), minutes(60)) };
    await db().method.update({ where: { id: person.app }, data: wait });
    expect(await tryMethod("try", person.app, await appCode(person), person, visitAt())).toMatchObject({
      ok: true,
    });
    expect(await rowOf(person.app)).toMatchObject({ failures: 0, waitsUntil: null });
  });

  it("a number that retires is tried like any other and retires all the same; on its day nothing is sent to it", async () => {
    const person = await owner();
    const retiresAt = after(new Date(), minutes(5));
    await db().method.update({ where: { id: person.phone }, data: { retiresAt } });
    expect(await sendTrialCode("try", person.phone, person, visitAt())).toMatchObject({ ok: true });
    const code = newestCode(person.number);
    expect(await tryMethod("try", person.phone, code, person, visitAt())).toMatchObject({ ok: true });
    expect((await rowOf(person.phone)).retiresAt).toEqual(retiresAt);

    const sent = await db().message.count({ where: { accountId: person.accountId } });
    const onItsDay = visitAt(retiresAt);
    expect(await viewMethodTrial("try", person.phone, person, retiresAt)).toBeUndefined();
    expect(await sendTrialCode("try", person.phone, person, onItsDay)).toMatchObject({ reason: "gone" });
    expect(await db().message.count({ where: { accountId: person.accountId } })).toBe(sent);
  });

  it("that is suspended with its phone, removed or another's is not tried", async () => {
    const [person, another] = [await owner(), await owner()];
    const code = await appCode(person);
    expect(await tryMethod("try", person.app, code, another, visitAt())).toMatchObject({ reason: "gone" });
    expect(await tryMethod("try", "not-an-id", code, person, visitAt())).toMatchObject({ reason: "gone" });
    const now = new Date();
    const suspended = { disabledAt: now, suspendedAt: now, suspendedUntil: now };
    for (const data of [suspended, { removedAt: now }]) {
      await db().method.update({ where: { id: person.app }, data });
      expect(await tryMethod("try", person.app, code, person, visitAt())).toMatchObject({ reason: "gone" });
      expect(await viewMethodTrial("try", person.app, person, new Date())).toBeUndefined();
    }
  });

  it("a step that a hint spoke of proves nothing here either", async () => {
    const person = await owner();
    const visit = visitAt();
    const code = await appCode(person);
    const step = BigInt(Math.floor(visit.now.getTime() / 30_000));
    await db().method.update({
      where: { id: person.app },
      data: { burntSteps: [step - 1n, step, step + 1n] },
    });
    expect(await tryMethod("try", person.app, code, person, visit)).toMatchObject({ ok: false });
    expect(await provenAt(person.app)).toEqual(longAgo);
  });

  it("a phone: by a code that is sent for it, which works for nothing else and once", async () => {
    const person = await owner();
    await db().method.update({ where: { id: person.phone }, data: { provenAt: longAgo } });
    expect(await tryMethod("try", person.phone, "123456", person, visitAt())).toMatchObject({
      reason: "gone",
    });
    const state = await rest(person);
    expect(await sendTrialCode("try", person.phone, person, visitAt())).toMatchObject({ ok: true });
    const code = newestCode(person.number);
    expect(await viewMethodTrial("try", person.phone, person, new Date())).toMatchObject({
      code: { letter: "A" },
    });
    const both = await Promise.all([
      tryMethod("try", person.phone, code, person, visitAt()),
      tryMethod("try", person.phone, code, person, visitAt()),
    ]);
    expect(both.some(({ ok }) => ok)).toBe(true);
    expect(await provenAt(person.phone)).not.toEqual(longAgo);
    // The second of the two may have found the code used, which counts as one wrong code of the account.
    expect((await rest(person)).replace(/^\[1,/, "[0,")).toBe(state);
    expect(await db().event.count({ where: { accountId: person.accountId, kind: "method-tried" } })).toBe(1);
  });

  it("wrong answers count against the trial and the account; beginning again is no way to more of them (AT-018)", async () => {
    const person = await owner();
    const code = await appCode(person);
    for (let turn = 1; turn < numbers.trial.tries; turn += 1)
      expect(
        await tryMethod(
          "try",
          person.app,
          String((Number(code) + turn) % 1_000_000).padStart(6, "0"),
          person,
          visitAt(),
        ),
      ).toMatchObject({ ok: false, details: { triesLeft: numbers.trial.tries - turn } });
    expect(await tryMethod("try", person.app, wrong(code), person, visitAt())).toMatchObject({
      reason: "no-tries",
    });
    expect((await account(person)).failuresInRow).toBe(numbers.trial.tries);
    expect(await tryMethod("try", person.app, code, person, visitAt())).toMatchObject({ reason: "no-tries" });
    expect(await provenAt(person.app)).toEqual(longAgo);
    expect((await viewMethodTrial("try", person.app, person, new Date()))?.isOver).toBe(true);
    // Later there is a new one; the account remembers, and a right answer takes back its own try alone (AT-022).
    const later = after(new Date(), numbers.trial.lifetime + minutes(1));
    const { methods } = await listActiveMethods(person.accountId);
    const app = methods.find(({ id }) => id === person.app);
    const fresh =
      app?.kind === "app"
        ? generateSync({ secret: app.data.secret, epoch: Math.floor(later.getTime() / 1000) })
        : "";
    expect(await tryMethod("try", person.app, fresh, person, visitAt(later))).toMatchObject({ ok: true });
    expect((await account(person)).failuresInRow).toBe(numbers.trial.tries);
  });

  it("the same wrong answer twice within the same millisecond counts once; two answers count twice (AT-020)", async () => {
    const person = await owner();
    const code = Number(await appCode(person));
    const wrongs = [1, 2, 3].map((turn) => String((code + turn) % 1_000_000).padStart(6, "0"));
    const [first = "", ...others] = wrongs;
    const visit = visitAt();
    const same = await Promise.all(
      [1, 2, 3, 4].map(() => tryMethod("try", person.app, first, person, visit)),
    );
    same.push(await tryMethod("try", person.app, first, person, visit));
    for (const answered of same)
      expect(answered).toMatchObject({ ok: false, details: { triesLeft: numbers.trial.tries - 1 } });
    expect((await account(person)).failuresInRow).toBe(1);
    await Promise.all(others.map((answer) => tryMethod("try", person.app, answer, person, visit)));
    expect((await account(person)).failuresInRow).toBe(3);
  });

  it("while the account's second step waits, nothing is tried; the tenth answer in a row, when right, begins no wait", async () => {
    const person = await owner();
    const code = await appCode(person);
    await db().account.update({ where: { id: person.accountId }, data: { failuresInRow: 9 } });
    expect(await tryMethod("try", person.app, code, person, visitAt())).toMatchObject({ ok: true });
    expect(await account(person)).toMatchObject({ failuresInRow: 9, lockedUntil: null });
    await appCode(person);
    expect(await tryMethod("try", person.app, wrong(code), person, visitAt())).toMatchObject({ ok: false });
    expect(await tryMethod("try", person.app, code, person, visitAt())).toMatchObject({ reason: "waiting" });
  });

  it("another account's method is not there, and another session's trial is not this one's (AT-071)", async () => {
    const [ann, ben] = [await owner(), await owner()];
    const code = await appCode(ben);
    expect(await tryMethod("try", ben.app, code, ann, visitAt())).toMatchObject({ reason: "gone" });
    expect(await sendTrialCode("try", ben.phone, ann, visitAt())).toMatchObject({ reason: "gone" });
    expect(await viewMethodTrial("try", ben.app, ann, new Date())).toBeUndefined();
    expect(await provenAt(ben.app)).toEqual(longAgo);
    await sendTrialCode("try", ann.phone, ann, visitAt());
    const other = await signIn(ann.accountId, ann.email);
    expect(await tryMethod("try", ann.phone, newestCode(ann.number), other, visitAt())).toMatchObject({
      reason: "gone",
    });
  });
});

describe("a method that wrong codes disabled", () => {
  const disable = (id: string) =>
    db().method.update({ where: { id }, data: { failures: 100, disabledAt: new Date() } });
  const proveWith = (person: Owner, provenMethodId: string | null) =>
    db().session.update({ where: { id: person.id }, data: { provenMethodId } });
  const calm = ({ accountId }: Owner) =>
    db().account.update({ where: { id: accountId }, data: { failuresInRow: 0, lockedUntil: null } });
  const enabledEvents = ({ accountId }: Owner) =>
    db().event.count({ where: { accountId, kind: "method-enabled" } });

  it("is taken into use again by a right code of it, once: told by mail and text, and everybody else is out", async () => {
    const person = await owner();
    const code = await appCode(person);
    await disable(person.app);
    const other = await signIn(person.accountId, person.email);
    expect(await tryMethod("enable", person.app, wrong(code), person, visitAt())).toMatchObject({
      reason: "wrong",
    });
    expect((await rowOf(person.app)).disabledAt).not.toBeNull();
    const both = await Promise.all(
      [1, 2].map(() => tryMethod("enable", person.app, code, person, visitAt())),
    );
    expect(both.map((done) => (done.ok ? "ok" : done.reason)).sort()).toEqual(["enabled", "ok"]);
    expect(await rowOf(person.app)).toMatchObject({ failures: 0, disabledAt: null });
    expect(await enabledEvents(person)).toBe(1);
    const told = await db().message.findMany({ where: { accountId: person.accountId, purpose: "alert" } });
    expect(told.map(({ channel }) => channel)).toEqual(expect.arrayContaining(["email", "text"]));
    expect(await db().session.findUnique({ where: { id: other.id } })).toBeNull();
    expect(await db().session.findUnique({ where: { id: person.id } })).not.toBeNull();
  });

  it("is not taken into use by trying it, and one in force not by the page for those that are not", async () => {
    const person = await owner();
    const code = await appCode(person);
    expect(await tryMethod("enable", person.app, code, person, visitAt())).toMatchObject({
      reason: "enabled",
    });
    await disable(person.app);
    expect(await tryMethod("try", person.app, code, person, visitAt())).toMatchObject({ reason: "disabled" });
    expect(await rowOf(person.app)).toMatchObject({ provenAt: longAgo, failures: 100 });
    expect((await account(person)).failuresInRow).toBe(0);
  });

  it("does not take itself into use again, whether its proof came before or while the code was typed", async () => {
    const person = await owner();
    const code = await appCode(person);
    await disable(person.app);
    await proveWith(person, person.app);
    expect(await tryMethod("enable", person.app, code, person, visitAt())).toMatchObject({
      reason: "prove-another",
    });
    expect((await rowOf(person.app)).disabledAt).not.toBeNull();
    // Nothing was looked at, so the code is good once another method has proven the session.
    expect(await proveAnother(person.app, person)).toBe(true);
    expect(await db().session.findUniqueOrThrow({ where: { id: person.id } })).toMatchObject({
      provenAt: null,
      avoidMethodId: person.app,
    });
    await proveWith(person, person.phone);
    expect(await tryMethod("enable", person.app, code, person, visitAt())).toMatchObject({ ok: true });
  });

  it("a number's code says that it takes it into use again, and a code that was sent to try it does not (AT-038)", async () => {
    const person = await owner();
    await sendTrialCode("try", person.phone, person, visitAt());
    const tried = newestCode(person.number);
    await disable(person.phone);
    for (const use of ["try", "enable"] as const)
      expect((await tryMethod(use, person.phone, tried, person, visitAt())).ok).toBe(false);
    await db().limit.deleteMany();
    expect(await sendTrialCode("try", person.phone, person, visitAt())).toMatchObject({ reason: "disabled" });
    expect(await sendTrialCode("enable", person.phone, person, visitAt())).toMatchObject({ ok: true });
    expect(newestText(person.number)).toMatch(
      new RegExp(
        `^\\d{6} TAKES INTO USE AGAIN the phone ending ${person.number.slice(-2)} of your \\S+ account \\(A\\)`,
      ),
    );
    const code = newestCode(person.number);
    if (code !== tried)
      expect(await tryMethod("enable", person.phone, tried, person, visitAt())).toMatchObject({ ok: false });
    expect(await tryMethod("enable", person.phone, code, person, visitAt())).toMatchObject({ ok: true });
    expect((await rowOf(person.phone)).disabledAt).toBeNull();
  });

  it("is guessed at ten times a day, in however many sessions and whatever succeeds in between (AT-022)", async () => {
    const person = await owner();
    const code = await appCode(person);
    await disable(person.app);
    const guesses = Array.from({ length: 14 }, (_guess, turn) =>
      String((Number(code) + 1 + turn) % 1_000_000).padStart(6, "0"),
    );
    const answers: string[] = [];
    let session = person as TestPerson;
    for (const [turn, guess] of guesses.entries()) {
      // A new session with a trial of its own, after a sign-in by another method that ends the account's count.
      if (turn % 4 === 0) {
        session = await signIn(person.accountId, person.email);
        await calm(person);
      }
      const answered = await tryMethod("enable", person.app, guess, session, visitAt());
      answers.push(answered.ok ? "ok" : answered.reason);
    }
    expect(answers.slice(0, 10).every((reason) => reason === "wrong")).toBe(true);
    expect(answers.slice(10)).toEqual(["waiting", "waiting", "waiting", "waiting"]);
    expect(await tryMethod("enable", person.app, code, person, visitAt())).toMatchObject({
      reason: "waiting",
    });
    // A right one takes up none of its owner's ten.
    await db().limit.deleteMany();
    await calm(person);
    for (let turn = 0; turn < 11; turn += 1) {
      await db().method.update({ where: { id: person.app }, data: { counter: null } });
      expect(await tryMethod("enable", person.app, code, person, visitAt())).toMatchObject({ ok: true });
      await disable(person.app);
    }
  });

  it("is not taken into use by a session that was ended between its guard and the account's lock", async () => {
    const person = await owner();
    const code = await appCode(person);
    await disable(person.app);
    const thrownOut = whileAccountIsLocked(
      person,
      () => tryMethod("enable", person.app, code, person, visitAt()),
      (tx) => tx.session.deleteMany({ where: { accountId: person.accountId } }),
    );
    await expect(thrownOut).rejects.toThrow(SessionEndedError);
    expect((await rowOf(person.app)).disabledAt).not.toBeNull();
    expect(await enabledEvents(person)).toBe(0);
  });

  it("loses none of its day's ten answers while the account waits, when nothing is compared", async () => {
    const person = await owner();
    const code = await appCode(person);
    await disable(person.app);
    await db().account.update({
      where: { id: person.accountId },
      data: { lockedUntil: new Date(Date.now() + 3_600_000) },
    });
    for (let turn = 0; turn < 11; turn += 1)
      expect(await tryMethod("enable", person.app, code, person, visitAt())).toMatchObject({
        reason: "waiting",
      });
    await calm(person);
    await db().method.update({ where: { id: person.app }, data: { counter: null } });
    expect(await tryMethod("enable", person.app, code, person, visitAt())).toMatchObject({ ok: true });
  });

  it("two right codes of a number at the same moment take it into use once", async () => {
    const person = await owner();
    await disable(person.phone);
    const codes: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await db().limit.deleteMany();
      expect(await sendTrialCode("enable", person.phone, person, visitAt())).toMatchObject({ ok: true });
      codes.push(newestCode(person.number));
    }
    const both = await Promise.all(
      codes.map((code) => tryMethod("enable", person.phone, code, person, visitAt())),
    );
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await enabledEvents(person)).toBe(1);
    // Disabled once more, neither of them is good for anything.
    await disable(person.phone);
    for (const code of codes)
      expect((await tryMethod("enable", person.phone, code, person, visitAt())).ok).toBe(false);
  });

  it("another account's is not there, and another session's code for it is not this one's (AT-071)", async () => {
    const [ann, ben] = [await owner(), await owner()];
    await disable(ben.phone);
    expect(await sendTrialCode("enable", ben.phone, ann, visitAt())).toMatchObject({ reason: "gone" });
    expect(await sendTrialCode("enable", ben.phone, ben, visitAt())).toMatchObject({ ok: true });
    const code = newestCode(ben.number);
    expect(await tryMethod("enable", ben.phone, code, ann, visitAt())).toMatchObject({ reason: "gone" });
    const other = await signIn(ben.accountId, ben.email);
    expect(await tryMethod("enable", ben.phone, code, other, visitAt())).toMatchObject({ reason: "gone" });
    expect((await rowOf(ben.phone)).disabledAt).not.toBeNull();
  });

  it("a disabled old number that is taken into use again retires on its day all the same", async () => {
    const person = await owner();
    const retiresAt = after(new Date(), minutes(5));
    await disable(person.phone);
    await db().method.update({ where: { id: person.phone }, data: { retiresAt } });
    await sendTrialCode("enable", person.phone, person, visitAt());
    const code = newestCode(person.number);
    expect(await tryMethod("enable", person.phone, code, person, visitAt())).toMatchObject({ ok: true });
    expect(await rowOf(person.phone)).toMatchObject({ disabledAt: null, retiresAt });
  });

  it("a trial whose method is disabled while its code is typed does not take it into use, and says so", async () => {
    const person = await owner();
    const code = await appCode(person);
    const pending = await whileAccountIsLocked(
      person,
      () => tryMethod("try", person.app, code, person, visitAt()),
      (tx) =>
        tx.method.update({ where: { id: person.app }, data: { failures: 100, disabledAt: new Date() } }),
    );
    expect(pending).toMatchObject({ reason: "disabled" });
    expect(await rowOf(person.app)).toMatchObject({ failures: 100, provenAt: longAgo });
    expect(await enabledEvents(person)).toBe(0);
  });
});

describe("recovery codes that are tried", () => {
  /** What stands at the places that are asked, in the code that is asked. */
  async function asked(person: Owner): Promise<{ characters: string; number: number; code: string }> {
    const codes = (await shownCodes(person, new Date()))?.codes ?? [];
    const trial = await viewCodesTrial(person, new Date());
    const code = (codes[(trial.asked?.number ?? 0) - 1] ?? "").replace("-", "");
    const characters = (trial.asked?.places ?? []).map((place) => code[place - 1]).join("");
    return { characters, number: trial.asked?.number ?? 0, code };
  }

  it("three characters of one code, however they are typed, prove the list and spend nothing", async () => {
    const person = await owner();
    await startCodesTrial(person, visitAt());
    const { characters, number } = await asked(person);
    expect(characters).toMatch(/^[A-Z2-7]{3}$/);
    const state = await rest(person);
    const typed = ` ${[...characters.toLowerCase()].join(", ")} `;
    expect(await tryCodes(typed, person, visitAt())).toMatchObject({ ok: true });
    expect(await rest(person)).toBe(state);
    const row = await db().recoveryCode.findFirstOrThrow({ where: { accountId: person.accountId, number } });
    expect(row.usedAt).toBeNull();
    expect(row.provenAt).not.toBeNull();
  });

  it("the code that is asked stays the same, and other characters are wrong", async () => {
    const person = await owner();
    await startCodesTrial(person, visitAt());
    const first = await asked(person);
    for (let turn = 0; turn < 5; turn += 1) await startCodesTrial(person, visitAt());
    expect((await asked(person)).number).toBe(first.number);
    expect(await tryCodes("AB", person, visitAt())).toMatchObject({ reason: "malformed" });
    let refused = 0;
    for (const guess of ["AAA", "BBB", "CCC", "DDD"])
      if (guess !== first.characters && !(await tryCodes(guess, person, visitAt())).ok) refused += 1;
    // One byte is kept of each, so that one in 256 strangers' lists would pass; four in a row do not.
    expect(refused).toBeGreaterThan(0);
  });

  it("what is kept for it are three places and one byte, different for the same code of another account", async () => {
    const [ann, ben] = [await owner(), await owner()];
    const rows = await db().recoveryCode.findMany({
      where: { accountId: { in: [ann.accountId, ben.accountId] } },
    });
    expect(rows).toHaveLength(20);
    for (const { trial } of rows) {
      expect(trial).toMatch(/^(\d{1,2}\.){3}[0-9a-f]{2}$/);
      const places = placesOfTrial(trial ?? "");
      expect(new Set(places).size).toBe(3);
      for (const place of places) {
        expect(place).toBeGreaterThanOrEqual(1);
        expect(place).toBeLessThanOrEqual(numbers.recoveryCodes.characters);
      }
    }
  });

  it("a used code is not asked; a set that was replaced meanwhile is asked no more", async () => {
    const person = await owner();
    await db().recoveryCode.updateMany({
      where: { accountId: person.accountId, number: { not: 7 } },
      data: { usedAt: new Date() },
    });
    await startCodesTrial(person, visitAt());
    const { number, characters } = await asked(person);
    expect(number).toBe(7);
    await makeNewCodes(person, visitAt());
    await saveCodes((await shownCodes(person, new Date()))?.id, person, visitAt());
    expect(await tryCodes(characters, person, visitAt())).toMatchObject({ reason: "gone" });
    expect((await viewCodesTrial(person, new Date())).asked).toBeUndefined();
    expect(await startCodesTrial(person, visitAt())).toMatchObject({ ok: true });
    expect((await viewCodesTrial(person, new Date())).asked).toBeDefined();
  });

  it("codes made before there were trials are not asked", async () => {
    const person = await owner();
    await db().recoveryCode.updateMany({ where: { accountId: person.accountId }, data: { trial: null } });
    expect((await viewCodesTrial(person, new Date())).triable).toBe(0);
    expect(await startCodesTrial(person, visitAt())).toMatchObject({ reason: "gone" });
    expect(await tryCodes("ABC", person, visitAt())).toMatchObject({ reason: "gone" });
  });
});
