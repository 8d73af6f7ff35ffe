import { describe, expect, it } from "vitest";
import { db } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { listActiveMethods, sealMethodData } from "@/lib/methods";
import { beginSetup } from "@/lib/setup";
import {
  addPhone,
  newNumber,
  protectedPerson,
  signIn,
  type TestPerson,
  visitAt,
} from "@/lib/setup/test-account";
import { askFirst, moveUp, nameMethod, proveAnother, readOverview, removeMethod } from ".";

const list = async ({ accountId }: { accountId: string }) => (await listActiveMethods(accountId)).methods;
const idsOf = async (person: { accountId: string }) => (await list(person)).map(({ id }) => id);
const provenWith = (person: TestPerson, provenMethodId: string | null) =>
  db().session.update({ where: { id: person.id }, data: { provenMethodId, provenAt: new Date() } });

describe("a name", () => {
  it("is kept as it is read, shown again, and taken away when it is empty; nobody is signed out by it", async () => {
    const person = await protectedPerson();
    const other = await signIn(person.accountId, person.email);
    const [app = ""] = await idsOf(person);
    const named = { label: " <b>\u202eWork\u0000</b> ", livesOn: "" };
    expect(await nameMethod(app, named, person, visitAt())).toMatchObject({ ok: true });
    expect((await list(person))[0]?.label).toBe("<b>Work</b>");
    expect(await db().session.count({ where: { id: other.id } })).toBe(1);
    await nameMethod(app, { label: "", livesOn: "" }, person, visitAt());
    expect((await list(person))[0]?.label).toBe("");
    const events = await db().event.findMany({
      where: { accountId: person.accountId, kind: "method-renamed" },
    });
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events.map(({ facts }) => facts))).not.toContain("Work");
  });

  it("of 500 characters is refused, and the same again is no second event", async () => {
    const person = await protectedPerson();
    const [app = ""] = await idsOf(person);
    expect(await nameMethod(app, { label: "x".repeat(500), livesOn: "" }, person, visitAt())).toMatchObject({
      reason: "label-too-long",
    });
    const name = { label: "Work", livesOn: "own" };
    for (let turn = 0; turn < 2; turn += 1)
      expect((await nameMethod(app, name, person, visitAt())).ok).toBe(true);
    const kinds = { accountId: person.accountId, kind: "method-renamed" };
    expect(await db().event.count({ where: kinds })).toBe(1);
  });

  it("another account's method has none given, and no method is kept on another account's phone or on itself (AT-071)", async () => {
    const [ann, ben] = [await protectedPerson(), await protectedPerson()];
    const [hers = ""] = await idsOf(ann);
    const [his = "", hisPhone = ""] = await idsOf(ben);
    const name = { label: "Mine now", livesOn: "" };
    expect(await nameMethod(his, name, ann, visitAt())).toMatchObject({ reason: "not-there" });
    for (const livesOn of [hisPhone, hers, "elsewhere", crypto.randomUUID()])
      expect(await nameMethod(hers, { label: "", livesOn }, ann, visitAt())).toMatchObject({
        reason: "place-unknown",
      });
    expect((await list(ben)).map(({ label }) => label)).toEqual(["", ""]);
  });
});

describe("the order", () => {
  it("changes by one place; only a new first one signs others out and is told", async () => {
    const person = await protectedPerson();
    await addPhone(person);
    const [a = "", b = "", c = ""] = await idsOf(person);
    const other = await signIn(person.accountId, person.email);
    const mails = () => db().message.count({ where: { accountId: person.accountId, purpose: "alert" } });
    const before = await mails();
    expect((await moveUp(c, person, visitAt())).ok).toBe(true);
    expect(await idsOf(person)).toEqual([a, c, b]);
    expect(await db().session.count({ where: { id: other.id } })).toBe(1);
    expect(await mails()).toBe(before);
    expect((await moveUp(c, person, visitAt())).ok).toBe(true);
    expect(await idsOf(person)).toEqual([c, a, b]);
    expect(await db().session.count({ where: { id: other.id } })).toBe(0);
    expect(await mails()).toBe(before + 1);
    expect((await moveUp(a, person, visitAt())).ok).toBe(true);
    expect(await idsOf(person)).toEqual([a, c, b]);
    for (const id of [a, crypto.randomUUID()])
      expect(await moveUp(id, person, visitAt())).toMatchObject({ reason: "not-there" });
  });

  it("moved by two tabs at once it stays an order of the same methods", async () => {
    const person = await protectedPerson();
    await addPhone(person);
    await addPhone(person);
    const before = await idsOf(person);
    await Promise.all(before.map((id) => moveUp(id, person, visitAt())));
    const rows = await list(person);
    expect(rows.map(({ id }) => id).sort()).toEqual([...before].sort());
    expect(rows.map(({ position }) => position)).toEqual([0, 1, 2, 3]);
  });

  it("another account's method moves nothing (AT-071)", async () => {
    const [ann, ben] = [await protectedPerson(), await protectedPerson()];
    const before = await idsOf(ben);
    expect(await moveUp(before[1] ?? "", ann, visitAt())).toMatchObject({ reason: "not-there" });
    expect(await idsOf(ben)).toEqual(before);
  });

  it("a new choice of the first one forgets what browsers remember", async () => {
    const person = await protectedPerson();
    const [app = "", phone = ""] = await idsOf(person);
    const now = new Date();
    const device = await db().device.create({
      data: {
        id: crypto.randomUUID(),
        accountId: person.accountId,
        tokenHash: hashToken(randomToken()),
        browser: "",
        address: "",
        createdAt: now,
        lastSeenAt: now,
        lastMethodId: app,
      },
    });
    await askFirst(phone, person, visitAt());
    expect((await db().device.findUniqueOrThrow({ where: { id: device.id } })).lastMethodId).toBeNull();
  });
});

describe("a removal", () => {
  it("goes by the proof of another method: the one that was proven stays until another one was", async () => {
    const person = await protectedPerson();
    await addPhone(person);
    const [app = "", phone = ""] = await idsOf(person);
    await provenWith(person, phone);
    expect(await removeMethod(phone, true, person, visitAt())).toMatchObject({ reason: "prove-another" });
    expect(await idsOf(person)).toHaveLength(3);

    expect(await proveAnother(app, person)).toBe(false);
    expect(await proveAnother(phone, person)).toBe(true);
    const session = await db().session.findUniqueOrThrow({ where: { id: person.id } });
    expect(session).toMatchObject({ provenAt: null, avoidMethodId: phone });

    await provenWith(person, app);
    expect(await removeMethod(phone, true, person, visitAt())).toMatchObject({ ok: true });
    expect(await idsOf(person)).not.toContain(phone);
  });

  it("another session's proof is asked for by nobody else (AT-071)", async () => {
    const [ann, ben] = [await protectedPerson(), await protectedPerson()];
    const [his = ""] = await idsOf(ben);
    await provenWith(ben, his);
    expect(await proveAnother(his, ann)).toBe(false);
    expect(await proveAnother(his, { ...ann, id: ben.id })).toBe(false);
    expect((await db().session.findUniqueOrThrow({ where: { id: ben.id } })).provenAt).not.toBeNull();
  });

  it("after which losing one thing would lock out wants a tick, also with two methods left", async () => {
    const person = await protectedPerson();
    await addPhone(person);
    const [app = "", phone = "", second = ""] = await idsOf(person);
    await db().recoveryCode.deleteMany({ where: { accountId: person.accountId } });
    expect((await nameMethod(app, { label: "", livesOn: phone }, person, visitAt())).ok).toBe(true);
    expect(await removeMethod(second, false, person, visitAt())).toMatchObject({ reason: "not-understood" });
    expect((await removeMethod(second, true, person, visitAt())).ok).toBe(true);
  });

  it("a disabled method can be removed, and is no method that is left", async () => {
    const person = await protectedPerson();
    const [app = "", phone = ""] = await idsOf(person);
    await db().method.update({ where: { id: phone }, data: { disabledAt: new Date() } });
    expect((await readOverview(person.accountId, new Date())).disabled.map(({ id }) => id)).toEqual([phone]);
    expect(await removeMethod(app, true, person, visitAt())).toMatchObject({ reason: "last" });
    expect((await removeMethod(phone, false, person, visitAt())).ok).toBe(true);
    // As with every other one, its mail has a link that it can prove.
    expect(await db().removal.count({ where: { accountId: person.accountId } })).toBe(1);
  });

  it("where nothing else is in force a disabled method stays: it can be taken into use again", async () => {
    const person = await protectedPerson();
    const ids = await idsOf(person);
    await db().method.updateMany({
      where: { accountId: person.accountId },
      data: { disabledAt: new Date() },
    });
    for (const id of ids)
      expect(await removeMethod(id, true, person, visitAt())).toMatchObject({ reason: "last" });
  });
});

it("there are as many methods of each kind as anybody has, and not one more", async () => {
  const person = await protectedPerson();
  const { accountId } = person;
  const now = new Date();
  const missing = numbers.methods.max - 2;
  await db().method.createMany({
    data: Array.from({ length: missing }, (_, place) => {
      const id = crypto.randomUUID();
      const data = { number: `+44740000${String(1000 + place)}`, channel: "text" };
      const sealed = sealMethodData("Method", { id, accountId }, data);
      return { id, accountId, kind: "phone", data: sealed, position: place + 2, createdAt: now };
    }),
  });
  expect(await idsOf(person)).toHaveLength(numbers.methods.max);
  const input = { number: newNumber(), country: "GB", channel: "text" };
  expect(await beginSetup("phone", input, person, visitAt())).toMatchObject({ reason: "too-many" });
  expect(await beginSetup("app", {}, person, visitAt())).toMatchObject({ reason: "too-many" });
});
