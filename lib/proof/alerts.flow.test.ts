import { afterAll, describe, expect, it, vi } from "vitest";
import { appCode, freshNumber, makePerson, makeSession, type Person, password } from "@/e2e/fixtures/people";
import { turnOfRounds } from "@/e2e/fixtures/rounds";
import { askEmailChange, askReset, changeName, confirmEmailChange, resetPassword } from "@/lib/accounts";
import { closePool, db, inTransaction } from "@/lib/db";
import { areaBudgets } from "@/lib/delivery";
import { forgetTroubles } from "@/lib/delivery/breaker";
import { channels } from "@/lib/delivery/channels";
import type { Provider } from "@/lib/delivery/provider";
import { after, days, hours, minutes, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, open } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { makeNewCodes, removeMethod, saveCodes, turnOff } from "@/lib/security";
import { shownCodes } from "@/lib/setup";
import { addApp, addPhone, newPerson, turnOnFor } from "@/lib/setup/test-account";
import { answer, begin } from "@/lib/sign-in";
import { alertByPhone } from ".";

let turn = 0;
const visitAt = (now = new Date()): Visit => {
  turn += 1;
  return { now, address: `10.7.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};
afterAll(closePool);

type Told = { channel: string; to: string; subject?: string; body: string };

/** What was queued for a person so far, opened; codes are left out. */
async function told(person: Person): Promise<Told[]> {
  const rows = await db().message.findMany({
    where: { accountId: person.id },
    orderBy: { createdAt: "asc" },
  });
  return rows
    .filter(({ purpose }) => purpose === "alert")
    .map((row) => ({
      channel: row.channel,
      ...JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: person.id })),
    }));
}
const subjects = async (person: Person) => (await told(person)).map(({ subject }) => subject);

/** The link of the newest mail with a purpose, out of its row. */
async function tokenOf(accountId: string, purpose: string): Promise<string> {
  const row = await db().message.findFirstOrThrow({
    where: { accountId, purpose },
    orderBy: { createdAt: "desc" },
  });
  const { body } = JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: accountId }));
  return /\/([A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "";
}

const ownerOf = async (person: Person) => {
  const token = await makeSession(person);
  const { id } = await db().session.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
  return { id, accountId: person.id, email: person.email };
};

async function signIn(person: Person, devices?: string, isTrustAsked = false) {
  const cookies = { devices, session: undefined };
  const begun = await begin({ email: person.email, password }, cookies, visitAt());
  if (!begun.ok) throw new Error(begun.reason);
  if (begun.value.kind === "admitted") return begun.value;
  const token = begun.value.attemptToken;
  await db().method.updateMany({ where: { accountId: person.id }, data: { counter: null } });
  const answered = await answer({ token, answer: appCode(person), isTrustAsked }, cookies, visitAt());
  if (!answered.ok) throw new Error(answered.reason);
  return answered.value;
}

const ask = async (person: Person, devices?: string): Promise<string> => {
  const begun = await begin({ email: person.email, password }, { devices, session: undefined }, visitAt());
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  return begun.value.attemptToken;
};
const wrong = (token: string, text: string, devices?: string) =>
  answer({ token, answer: text, isTrustAsked: false }, { devices, session: undefined }, visitAt());

describe("signing in", () => {
  it("the first time on a browser is told with time, browser and address; the second time is no news", async () => {
    const person = await makePerson();
    const first = await signIn(person);
    const [mail, ...more] = await told(person);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      to: person.email,
      subject: "A new browser signed in to your account at Latchkey",
    });
    expect(mail?.body).toMatch(/When: .*\d{4}, \d\d:\d\d UTC\nFrom: 10\.7\.\d+\.\d+, Chrome · Linux/);
    expect(mail?.body).toContain("/forgot-password");
    await signIn(person, first.deviceCookie);
    expect(await told(person)).toHaveLength(1);
  });

  it("a browser that is trusted from now on is told, known or not", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const first = await signIn(person, undefined, true);
    expect((await told(person))[0]?.body).toContain("does not require codes from now on");
    await db().device.updateMany({ where: { accountId: person.id }, data: { trustedUntil: null } });
    await signIn(person, first.deviceCookie, true);
    expect((await subjects(person)).at(-1)).toBe("A device no longer requires codes at Latchkey");
  });

  it("a wrong code after the right password on a new browser is told at once, and once an attempt (AT-108)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await ask(person);
    await Promise.all(["000000", "000001", "000002"].map((code) => wrong(token, code)));
    const alerts = await told(person);
    expect(alerts.map(({ subject }) => subject)).toEqual([
      "Somebody has your password at Latchkey but not your code",
    ]);
    await wrong(await ask(person), "000003");
    expect(await told(person)).toHaveLength(2);
  });

  it("an owner who mistypes on a known browser gets no mail before the tries of the attempt are used up (AT-108)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const { deviceCookie } = await signIn(person);
    const before = (await told(person)).length;
    const token = await ask(person, deviceCookie);
    for (const code of ["000000", "000001", "000002", "000003"]) await wrong(token, code, deviceCookie);
    expect(await told(person)).toHaveLength(before);
    await wrong(token, "000004", deviceCookie);
    expect((await subjects(person)).at(-1)).toBe("Somebody has your password at Latchkey but not your code");
  });

  it("recovery codes that run out are told from the third last on", async () => {
    const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    const spend = async (place: number) => {
      const token = await ask(person);
      await db().signInAttempt.updateMany({ where: { accountId: person.id }, data: { methodId: null } });
      return wrong(token, person.recoveryCodes[place] ?? "");
    };
    await db().recoveryCode.updateMany({
      where: { accountId: person.id, number: { gt: 5 } },
      data: { usedAt: new Date() },
    });
    const ofCodes = async () => (await subjects(person)).filter((subject) => subject?.includes("ecovery"));
    expect((await spend(0)).ok).toBe(true);
    expect(await ofCodes()).toEqual(["A recovery code was used at Latchkey"]);
    expect((await spend(1)).ok).toBe(true);
    expect((await ofCodes()).at(-1)).toBe("Your recovery codes at Latchkey are running out");
  });
});

describe("the graver changes", () => {
  it("a removed phone is told by text itself, and so is the other one", async () => {
    const person = await makePerson({ methods: ["app", "text", "text", "voice"] });
    const owner = await ownerOf(person);
    const removed = person.methods[1];
    if (removed?.kind !== "phone") throw new Error("no phone");
    expect((await removeMethod(removed.id, true, owner, visitAt())).ok).toBe(true);
    const texts = (await told(person)).filter(({ channel }) => channel === "text");
    const textNumbers = person.methods.flatMap((method) =>
      method.kind === "phone" && method.channel === "text" ? [method.number] : [],
    );
    expect(texts.map(({ to }) => to).sort()).toEqual(textNumbers.sort());
    for (const { body } of texts) {
      expect(body).toContain(`the text message to the number ending ${removed.number.slice(-2)} was removed`);
      expect(body).not.toMatch(/https?:|\b\d{6}\b/);
      expect(body.length).toBeLessThan(250);
    }
  });

  it("a way in that is added, new recovery codes and a new password are told by text at the phones that were there before", async () => {
    const person = await newPerson();
    await addApp(person);
    const before = await addPhone(person);
    await turnOnFor(person);
    const since = new Date();
    const added = await addPhone(person);
    expect((await makeNewCodes(person, visitAt())).ok).toBe(true);
    const shown = await shownCodes(person, new Date());
    expect((await saveCodes(shown?.id, person, visitAt())).ok).toBe(true);
    const rows = await db().message.findMany({
      where: { accountId: person.accountId, purpose: "alert", channel: "text", createdAt: { gte: since } },
      orderBy: { createdAt: "asc" },
    });
    const texts = rows.map(
      ({ id, content }): Told =>
        JSON.parse(open(content ?? "", { table: "Message", row: id, account: person.accountId })),
    );
    expect(texts.map(({ to }) => to)).toEqual([before, before, added]);
    expect(texts[0]?.body).toContain(`the text message to the number ending ${added.slice(-2)}`);
    expect(texts[1]?.body).toContain("new recovery codes were made for your account");
  });

  it("whoever uses up the codes of a prefix has not silenced its alerts, of which there is an end too", async () => {
    const number = "+4915112345678"; // in a block of its own: the others' texts are counted with it
    const { id } = await makePerson();
    const visit = visitAt();
    const { max } = numbers.messages.prefixDay;
    for (let sent = 0; sent < max; sent += 1) await spend(areaBudgets(number), visit.now);
    expect((await spend(areaBudgets(number), visit.now)).ok).toBe(false);
    await inTransaction(async (tx) => {
      const phones = [{ number, channel: "text" }] as const;
      expect(await alertByPhone(tx, id, phones, "two-step-off", visit)).toHaveLength(1);
    });
    let left = Math.floor(max * numbers.alerts.areaShare) - max - 1;
    while (left > 0 && (await spend(areaBudgets(number, numbers.alerts.areaShare), visit.now)).ok) left -= 1;
    expect(left).toBe(0);
    await inTransaction(async (tx) => {
      const phones = [{ number, channel: "text" }] as const;
      expect(await alertByPhone(tx, id, phones, "two-step-off", visit)).toEqual([]);
    });
  });

  it("whoever adds one thing after another has not silenced the text of what they take away then", async () => {
    const number = freshNumber();
    for (let place = 0; place < numbers.alerts.numberDay.max; place += 1) {
      const { id } = await makePerson();
      await inTransaction(async (tx) => {
        expect(
          await alertByPhone(tx, id, [{ number, channel: "text" }], "recovery-codes-made", visitAt()),
        ).toHaveLength(1);
      });
    }
    const person = await makePerson({ methods: ["app", "text"], number });
    await inTransaction(async (tx) => {
      expect(
        await alertByPhone(tx, person.id, [{ number, channel: "text" }], "recovery-codes-made", visitAt()),
      ).toEqual([]);
      expect(
        await alertByPhone(tx, person.id, [{ number, channel: "text" }], "two-step-off", visitAt()),
      ).toHaveLength(1);
    });
  });

  it("a refused removal tells nobody", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    expect(
      (await removeMethod(person.methods[1]?.id ?? "", false, await ownerOf(person), visitAt())).ok,
    ).toBe(false);
    expect(await told(person)).toEqual([]);
  });

  it("Two-Step Verification that is turned off and a password that is reset are told by text", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    await askReset(person.email, visitAt());
    const token = await tokenOf(person.id, "reset-password");
    const reset = await resetPassword({ token, password: "nine lanterns in fog 4" }, visitAt());
    expect(reset.ok).toBe(true);
    await turnOff(await ownerOf(person), visitAt());
    const texts = (await told(person)).filter(({ channel }) => channel === "text").map(({ body }) => body);
    expect(texts).toHaveLength(2);
    expect(texts[0]).toContain("the password of your account was changed");
    expect(texts[1]).toContain("Two-Step Verification of your account was turned off");
  });

  it("the mails always go, and the texts to one number stop at their own budget, which codes do not use up", async () => {
    const number = freshNumber();
    const { numberDay } = numbers.alerts;
    const all: Told[] = [];
    for (let place = 0; place < numberDay.max + 2; place += 1) {
      const person = await makePerson({ methods: ["app", "text"], number });
      await turnOff(await ownerOf(person), visitAt());
      all.push(...(await told(person)));
    }
    expect(all.filter(({ channel }) => channel === "email")).toHaveLength(numberDay.max + 2);
    expect(all.filter(({ channel }) => channel === "text")).toHaveLength(numberDay.max);
  });

  it("twenty changes at once, with phones of several countries, all go through and all are told", async () => {
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, place) =>
        makePerson({
          methods: ["app", "text"],
          number: place % 2 === 0 ? freshNumber() : `+336120000${10 + place}`,
        }),
      ),
    );
    const done = await Promise.all(people.map(async (one) => turnOff(await ownerOf(one), visitAt())));
    expect(done.every(({ ok }) => ok)).toBe(true);
    for (const one of people)
      expect((await told(one)).map(({ channel }) => channel).sort()).toEqual(["email", "text"]);
  });

  it("an address that is changed is told of what follows for a week, and no longer (AT-072)", async () => {
    const person = await makePerson();
    const owner = await ownerOf(person);
    const moved = `moved-${person.email}`;
    expect((await askEmailChange(owner, moved, visitAt())).ok).toBe(true);
    const token = await tokenOf(person.id, "confirm-email");
    expect((await confirmEmailChange(token, owner, visitAt())).ok).toBe(true);
    await changeName(owner, "Mallory", visitAt());
    const recipients = async (subject: string) =>
      (await told(person)).filter((mail) => mail.subject === subject).map(({ to }) => to);
    expect((await recipients("Your name at Latchkey was changed")).sort()).toEqual(
      [moved, person.email].sort(),
    );
    await signIn({ ...person, email: moved });
    const ofBrowser = await recipients("A new browser signed in to your account at Latchkey");
    expect(ofBrowser.sort()).toEqual([moved, person.email].sort());
    const later = after(new Date(), numbers.alerts.formerAddress + days(1));
    await changeName(owner, "Trudy", visitAt(later));
    expect(await recipients("Your name at Latchkey was changed")).toHaveLength(3);
  });
});

describe("while the mail server is down for an hour", () => {
  it("changes of security happen, and their alerts arrive after it, in the order of what happened", async () => {
    const person = await makePerson({ methods: ["app", "text", "voice"] });
    const owner = await ownerOf(person);
    const start = new Date();
    let isUp = false;
    const arrived: string[] = [];
    const mail: Provider = {
      name: "down",
      send: async ({ to, subject }) => {
        if (!isUp) throw Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" });
        if (to === person.email) arrived.push(subject ?? "");
        return { state: "accepted" };
      },
    };
    const email = vi.spyOn(channels.email, "providers").mockReturnValue([mail]);
    try {
      expect((await removeMethod(person.methods[1]?.id ?? "", true, owner, visitAt(start))).ok).toBe(true);
      await turnOff(owner, visitAt(after(start, minutes(20))));
      expect(await db().method.count({ where: { accountId: person.id, removedAt: null } })).toBe(0);
      for (let at = minutes(20); at < hours(1); at += seconds(20)) await turnOfRounds(after(start, at));
      expect(arrived).toEqual([]);
      isUp = true;
      for (let at = hours(1); at < hours(1) + minutes(3) && arrived.length < 2; at += seconds(5))
        await turnOfRounds(after(start, at));
      expect(arrived).toEqual([
        "A way to get codes was removed at Latchkey",
        "Two-Step Verification was turned off at Latchkey",
      ]);
    } finally {
      email.mockRestore();
      forgetTroubles();
    }
  });
});
