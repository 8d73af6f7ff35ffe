import { generateSync } from "otplib";
import { afterAll, describe, expect, it } from "vitest";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { after, before, days, minutes, seconds } from "@/lib/kernel/durations";
import { hashToken, randomBase32, randomToken } from "@/lib/kernel/secrets";
import { type MethodData, sealMethodData } from "@/lib/methods";
import { beginSetup, confirm, setupView } from "@/lib/setup";
import { newestCode, newNumber, newPerson } from "@/lib/setup/test-account";
import { answer, begin, choose } from "@/lib/sign-in";

afterAll(closePool);

let turn = 0;
const visitAt = (now: Date) => {
  turn += 1;
  return { now, address: `10.7.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};

/** A browser that has signed in fully before. */
async function knownBrowser(person: { id: string }): Promise<string> {
  const token = randomToken();
  const now = new Date();
  await db().device.create({
    data: {
      id: crypto.randomUUID(),
      accountId: person.id,
      tokenHash: hashToken(token),
      browser: "",
      address: "",
      createdAt: now,
      lastSeenAt: now,
    },
  });
  return token;
}

async function ask(person: Person, now: Date, devices?: string): Promise<string> {
  const begun = await begin({ email: person.email, password }, { devices, session: undefined }, visitAt(now));
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  return begun.value.attemptToken;
}

const give = (token: string, code: string, now: Date, devices?: string) =>
  answer({ token, answer: code, isTrustAsked: false }, { devices, session: undefined }, visitAt(now));

/** Another entry of the app, in the place and time that a test wants. */
async function addEntry(person: Person, rest: { createdAt?: Date; removedAt?: Date } = {}) {
  const id = crypto.randomUUID();
  const data = { secret: randomBase32(32), tag: randomBase32(4) } satisfies (MethodData & {
    kind: "app";
  })["data"];
  await db().method.create({
    data: {
      id,
      accountId: person.id,
      kind: "app",
      data: sealMethodData("Method", { id, accountId: person.id }, data),
      position: 5,
      createdAt: new Date(),
      ...rest,
    },
  });
  return { id, ...data };
}

const codeOf = (secret: string, at: Date): string =>
  generateSync({ secret, epoch: Math.floor(at.getTime() / 1000) });

const secretOf = (person: Person): string => {
  const app = person.methods.find(({ kind }) => kind === "app");
  return app?.kind === "app" ? app.secret : "";
};

describe("on a browser that the account knows", () => {
  it("a fast clock is told with its size; the code spends a try, and that very code is never accepted later", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    const code = appCode(person, after(now, minutes(3)));
    const token = await ask(person, now, devices);
    const told = await give(token, code, now, devices);
    expect(told).toMatchObject({
      reason: "wrong",
      details: { triesLeft: 4, hint: { kind: "clock-fast", minutes: 3 } },
    });
    for (const wait of [minutes(2.5), minutes(3), minutes(3.5)]) {
      const then = after(now, wait);
      expect((await give(await ask(person, then, devices), code, then, devices)).ok).toBe(false);
    }
    expect(await db().session.count({ where: { accountId: person.id } })).toBe(0);
  });

  it("the codes before and after a burnt one work: nobody is kept out by a hint", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    await give(await ask(person, now, devices), appCode(person, after(now, minutes(3))), now, devices);
    expect((await give(await ask(person, now, devices), appCode(person, now), now, devices)).ok).toBe(true);
    const later = after(now, minutes(3.5));
    expect((await give(await ask(person, later, devices), appCode(person, later), later, devices)).ok).toBe(
      true,
    );
  });

  it("a slow clock is told with its size", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    const told = await give(
      await ask(person, now, devices),
      appCode(person, before(now, minutes(5))),
      now,
      devices,
    );
    expect(told).toMatchObject({ details: { hint: { kind: "clock-slow", minutes: 5 } } });
  });

  it("the code of another entry is named, and does not open that entry any more", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const entry = await addEntry(person);
    const now = new Date();
    const code = codeOf(entry.secret, now);
    const token = await ask(person, now, devices);
    expect(await give(token, code, now, devices)).toMatchObject({
      details: { hint: { kind: "other-entry", tag: entry.tag } },
    });
    await choose(token, "sign-in", null, entry.id, visitAt(now));
    expect(await give(token, code, after(now, seconds(31)), devices)).toMatchObject({ ok: false });
    // The next code of that entry does.
    const next = after(now, seconds(60));
    expect((await give(token, codeOf(entry.secret, next), next, devices)).ok).toBe(true);
  });

  it("an entry that was replaced is told with its day for a week, and not after that", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    const removedAt = before(now, days(6));
    const old = await addEntry(person, { createdAt: before(now, days(60)), removedAt });
    expect(await give(await ask(person, now, devices), codeOf(old.secret, now), now, devices)).toMatchObject({
      details: { hint: { kind: "replaced-entry", at: removedAt } },
    });
    const later = after(now, days(2));
    const plain = await give(await ask(person, later, devices), codeOf(old.secret, later), later, devices);
    expect(plain).toMatchObject({ reason: "wrong", details: { triesLeft: 4, method: "app" } });
  });

  it("a text's code typed for the app is told and used up, so the hint gives nobody a code", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    const token = await ask(person, now, devices);
    const [phone, app] = person.methods;
    const code = newestCode(phone?.kind === "phone" ? phone.number : "");
    await choose(token, "sign-in", null, app?.id ?? "", visitAt(now));
    expect(await give(token, code, now, devices)).toMatchObject({
      details: { hint: { kind: "sent-for-app", channel: "text" } },
    });
    await choose(token, "sign-in", null, phone?.id ?? "", visitAt(after(now, seconds(40))));
    expect(await give(token, code, after(now, seconds(41)), devices)).toMatchObject({ reason: "used" });
  });

  it("the app's code typed for a text is told, and that step is burnt", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    const token = await ask(person, now, devices);
    const code = appCode(person, now);
    expect(await give(token, code, now, devices)).toMatchObject({
      details: { hint: { kind: "app-for-sent" } },
    });
    await choose(token, "sign-in", null, person.methods[1]?.id ?? "", visitAt(now));
    expect(await give(token, code, after(now, seconds(31)), devices)).toMatchObject({ ok: false });
  });

  it("the same wrong code by a double click gets the same hint, once spent", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    const token = await ask(person, now, devices);
    const code = appCode(person, after(now, minutes(4)));
    const told = await Promise.all([0, 1, 2].map(() => give(token, code, now, devices)));
    for (const one of told)
      expect(one).toMatchObject({ details: { triesLeft: 4, hint: { kind: "clock-fast", minutes: 4 } } });
    const { burntSteps } = await db().method.findFirstOrThrow({
      where: { accountId: person.id, kind: "app" },
    });
    expect(burntSteps).toHaveLength(1);
  });

  it("burnt steps that are past go with the next hint, so their list stays short", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const start = new Date();
    for (const hour of [0, 1, 2]) {
      const now = after(start, minutes(60 * hour));
      await give(await ask(person, now, devices), appCode(person, after(now, minutes(3))), now, devices);
    }
    const { burntSteps } = await db().method.findFirstOrThrow({
      where: { accountId: person.id, kind: "app" },
    });
    expect(burntSteps).toHaveLength(1);
  });

  it("a burnt step loses against an acceptance that began before it: the statement looks again", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const devices = await knownBrowser(person);
    const now = new Date();
    const token = await ask(person, now, devices);
    const step = BigInt(Math.floor(now.getTime() / 30_000));
    const code = codeOf(secretOf(person), now);
    const [given] = await Promise.all([
      give(token, code, now, devices),
      db().method.updateMany({ where: { accountId: person.id, kind: "app" }, data: { burntSteps: [step] } }),
    ]);
    const { counter } = await db().method.findFirstOrThrow({ where: { accountId: person.id, kind: "app" } });
    expect(given.ok).toBe(counter === step);
    expect((await give(await ask(person, now, devices), code, now, devices)).ok).toBe(false);
  });
});

describe("on any other browser", () => {
  it("every wrong code of the app is one plain refusal, and nothing is burnt", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const entry = await addEntry(person);
    const now = new Date();
    const stranger = await knownBrowser(await makePerson());
    for (const devices of [undefined, stranger])
      for (const code of [
        appCode(person, after(now, minutes(3))),
        appCode(person, before(now, minutes(2))),
        codeOf(entry.secret, now),
      ]) {
        const token = await ask(person, now, devices);
        const refused = await give(token, code, now, devices);
        if (refused.ok) throw new Error("accepted");
        expect(refused.details).toEqual({ triesLeft: 4, method: "app", isPlain: true });
      }
    const rows = await db().method.findMany({ where: { accountId: person.id } });
    expect(rows.flatMap(({ burntSteps }) => burntSteps)).toEqual([]);
  });
});

describe("during set-up", () => {
  it("a wrong clock is told for the key that is being set up, and a text's code for the app", async () => {
    const owner = await newPerson();
    const now = new Date();
    await beginSetup("app", {}, owner, visitAt(now));
    const { app } = await setupView(owner, now);
    if (app?.method.kind !== "app") throw new Error("no app");
    const { secret } = app.method.data;
    const fast = codeOf(secret, after(now, minutes(3)));
    expect(await confirm("app", fast, owner, visitAt(now))).toMatchObject({
      details: { hint: { kind: "clock-fast", minutes: 3 } },
    });
    const number = newNumber();
    await beginSetup("phone", { number, country: "GB", channel: "text" }, owner, visitAt(now));
    expect(await confirm("app", newestCode(number), owner, visitAt(now))).toMatchObject({
      details: { hint: { kind: "sent-for-app" } },
    });
    expect(await confirm("phone", codeOf(secret, now), owner, visitAt(now))).toMatchObject({
      details: { hint: { kind: "app-for-sent" } },
    });
    const later = after(now, minutes(3));
    expect((await confirm("app", fast, owner, visitAt(later))).ok).toBe(false);
    expect((await confirm("app", codeOf(secret, after(later, seconds(30))), owner, visitAt(later))).ok).toBe(
      true,
    );
    const { burntSteps } = await db().method.findFirstOrThrow({ where: { accountId: owner.accountId } });
    expect(burntSteps.length).toBeGreaterThan(0);
  });
});
