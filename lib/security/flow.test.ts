import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { db } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import { listActiveMethods } from "@/lib/methods";
import { isPassword } from "@/lib/passwords";
import { beginSetup, confirm, setupFacts, shownCodes } from "@/lib/setup";
import {
  addApp,
  addPhone,
  newPerson,
  pendingAppCode,
  protectedPerson,
  signIn,
  type TestPerson,
  turnOnFor,
  visitAt,
  whileAccountIsLocked,
} from "@/lib/setup/test-account";
import {
  askFirst,
  forgetAllDevices,
  forgetDevice,
  makeNewCodes,
  readOverview,
  removeMethod,
  saveCodes,
  turnOff,
} from ".";

const idsOf = async ({ accountId }: { accountId: string }): Promise<string[]> =>
  (await listActiveMethods(accountId)).methods.map(({ id }) => id);
const kindsOf = async ({ accountId }: { accountId: string }): Promise<string[]> =>
  (
    await db().event.findMany({ where: { accountId, kind: { not: "code-sent" } }, orderBy: { id: "asc" } })
  ).map(({ kind }) => kind);

async function trustedDevice({ accountId }: TestPerson): Promise<string> {
  const now = new Date();
  const device = await db().device.create({
    data: {
      id: crypto.randomUUID(),
      accountId,
      tokenHash: hashToken(crypto.randomUUID()),
      browser: "Firefox · Linux",
      address: "192.0.2.1",
      createdAt: now,
      lastSeenAt: now,
      trustedAt: now,
      trustedUntil: new Date(now.getTime() + 1000 * 60 * 60),
    },
  });
  return device.id;
}

describe("removing", () => {
  it("goes below one method and one backup only when it was understood, and never to none", async () => {
    const person = await protectedPerson();
    const [app = "", phone = ""] = await idsOf(person);
    expect(await removeMethod(phone, false, person, visitAt())).toMatchObject({ reason: "not-understood" });
    expect((await removeMethod(phone, true, person, visitAt())).ok).toBe(true);
    expect(await removeMethod(app, true, person, visitAt())).toMatchObject({ reason: "last" });
    expect(await idsOf(person)).toEqual([app]);
  });

  it("two removals of the last two at the same moment leave exactly one", async () => {
    for (let round = 0; round < 3; round += 1) {
      const person = await protectedPerson();
      const ids = await idsOf(person);
      const removed = await Promise.all(ids.map((id) => removeMethod(id, true, person, visitAt())));
      expect(removed.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await idsOf(person)).toHaveLength(1);
    }
  });

  it("a session that was ended while its change waited changes nothing (AT-058)", async () => {
    const changes: ((person: TestPerson, phone: string) => Promise<unknown>)[] = [
      (person, phone) => removeMethod(phone, true, person, visitAt()),
      (person, phone) => askFirst(phone, person, visitAt()),
      (person) => turnOff(person, visitAt()),
    ];
    for (const change of changes) {
      const person = await protectedPerson();
      const ids = await idsOf(person);
      const before = await kindsOf(person);
      const thrownOut = whileAccountIsLocked(
        person,
        () => change(person, ids[1] ?? ""),
        (tx) => tx.session.deleteMany({ where: { accountId: person.accountId } }),
      );
      await expect(thrownOut).rejects.toThrow();
      expect(await idsOf(person)).toEqual(ids);
      expect(await kindsOf(person)).toEqual(before);
    }
  });

  it("a refused removal changes nothing at all", async () => {
    const person = await protectedPerson();
    const other = await signIn(person.accountId, person.email);
    const [first = ""] = await idsOf(person);
    const before = await kindsOf(person);
    await removeMethod(first, false, person, visitAt());
    expect(await kindsOf(person)).toEqual(before);
    expect(await db().session.count({ where: { id: other.id } })).toBe(1);
  });

  it("another account's method, device and order are not there", async () => {
    const [ann, ben] = [await protectedPerson(), await protectedPerson()];
    const [, phone = ""] = await idsOf(ben);
    const device = await trustedDevice(ben);
    expect(await removeMethod(phone, true, ann, visitAt())).toMatchObject({ reason: "not-there" });
    expect(await askFirst(phone, ann, visitAt())).toMatchObject({ reason: "not-there" });
    expect(await forgetDevice(device, ann, visitAt())).toMatchObject({ reason: "not-there" });
    expect(await idsOf(ben)).toHaveLength(2);
    expect((await readOverview(ben.accountId, new Date())).devices).toHaveLength(1);
  });

  it("a method that does not open any more can be removed, and is not counted", async () => {
    const person = await protectedPerson();
    const [app = "", phone = ""] = await idsOf(person);
    await db().method.update({ where: { id: phone }, data: { data: "k1.AAAA" } });
    expect((await readOverview(person.accountId, new Date())).brokenIds).toEqual([phone]);
    expect(await removeMethod(app, true, person, visitAt())).toMatchObject({ reason: "last" });
    expect((await removeMethod(phone, false, person, visitAt())).ok).toBe(true);
  });
});

/** Makes new codes and says that they are saved. */
async function newCodesFor(person: TestPerson) {
  const made = await makeNewCodes(person, visitAt());
  if (!made.ok) return made;
  return saveCodes((await shownCodes(person, new Date()))?.id, person, visitAt());
}

/** Whether a recovery code would open the account now. */
async function isStored(person: TestPerson, code: string): Promise<boolean> {
  const rows = await db().recoveryCode.findMany({ where: { accountId: person.accountId, usedAt: null } });
  for (const { hash } of rows) if (await isPassword(code.replace("-", ""), hash)) return true;
  return false;
}

describe("every change", () => {
  it("ends other sessions and all trust, is recorded, and is told by mail", async () => {
    const person = await protectedPerson();
    const [, phone = ""] = await idsOf(person);
    const changes: [string, () => Promise<{ ok: boolean }>][] = [
      ["methods-reordered", () => askFirst(phone, person, visitAt())],
      ["recovery-codes-made", () => newCodesFor(person)],
      ["method-removed", () => removeMethod(phone, true, person, visitAt())],
      ["two-step-off", () => turnOff(person, visitAt())],
    ];
    for (const [kind, change] of changes) {
      const other = await signIn(person.accountId, person.email);
      await trustedDevice(person);
      const alertMails = { accountId: person.accountId, purpose: "alert", channel: "email" };
      const mails = await db().message.count({ where: alertMails });
      expect((await change()).ok, kind).toBe(true);
      expect((await kindsOf(person)).at(-1)).toBe(kind);
      expect(await db().session.count({ where: { id: other.id } }), kind).toBe(0);
      expect(await db().session.count({ where: { id: person.id } }), kind).toBe(1);
      expect((await readOverview(person.accountId, new Date())).devices, kind).toEqual([]);
      expect(await db().message.count({ where: alertMails })).toBe(mails + 1);
    }
  });

  it("the method that was chosen is asked first from then on", async () => {
    const person = await protectedPerson();
    const [app = "", phone = ""] = await idsOf(person);
    await askFirst(phone, person, visitAt());
    expect(await idsOf(person)).toEqual([phone, app]);
    expect(await askFirst(phone, person, visitAt())).toMatchObject({ ok: false });
  });

  it("a second app and another number may join; the same number may not", async () => {
    const person = await protectedPerson();
    expect((await beginSetup("app", {}, person, visitAt())).ok).toBe(true);
    expect((await confirm("app", await pendingAppCode(person), person, visitAt())).ok).toBe(true);
    const number = await addPhone(person);
    expect(
      await beginSetup("phone", { number, country: "GB", channel: "voice" }, person, visitAt()),
    ).toMatchObject({
      reason: "same-number",
    });
    expect(await idsOf(person)).toHaveLength(4);
    expect((await kindsOf(person)).slice(-2)).toEqual(["method-added", "method-added"]);
  });
});

describe("recovery codes", () => {
  it("a new set counts when it is said to be saved, and not before; then the old one is gone, whole (AT-043)", async () => {
    const person = await protectedPerson();
    const old = (await shownCodes(person, new Date()))?.codes[0] ?? "";
    await Promise.all([makeNewCodes(person, visitAt()), makeNewCodes(person, visitAt())]);
    const shown = await shownCodes(person, new Date());
    expect(shown?.codes).toHaveLength(10);
    expect(shown?.isPending).toBe(true);
    const events = (await kindsOf(person)).length;
    expect(await isStored(person, old)).toBe(true);
    expect(await isStored(person, shown?.codes[0] ?? "")).toBe(false);

    const saves = await Promise.all([0, 1, 2].map(() => saveCodes(shown?.id, person, visitAt())));
    expect(saves.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await kindsOf(person)).slice(events)).toEqual(["recovery-codes-made"]);
    expect(await isStored(person, old)).toBe(false);
    for (const code of shown?.codes ?? []) expect(await isStored(person, code)).toBe(true);
    expect(await shownCodes(person, new Date())).toBeUndefined();
  });

  it("made at the same moment twice, one set is drawn; the box of another set confirms nothing", async () => {
    const person = await protectedPerson();
    await makeNewCodes(person, visitAt());
    const first = await shownCodes(person, new Date());
    await Promise.all([makeNewCodes(person, visitAt()), makeNewCodes(person, visitAt())]);
    expect(await shownCodes(person, new Date())).toEqual(first);
    // Ten minutes later that set is gone, and its box with it.
    const later = visitAt(new Date(Date.now() + 600_001));
    await makeNewCodes(person, later);
    expect(await saveCodes(first?.id, person, later)).toMatchObject({ reason: "gone" });
    const second = await shownCodes(person, later.now);
    expect(second?.codes).not.toEqual(first?.codes);
    expect((await saveCodes(second?.id, person, later)).ok).toBe(true);
  });

  it("a set that is never said to be saved leaves the old one as it was", async () => {
    const person = await protectedPerson();
    const { codes = [], id } = (await shownCodes(person, new Date())) ?? {};
    expect((await saveCodes(id, person, visitAt())).ok).toBe(true);
    await makeNewCodes(person, visitAt());
    const later = visitAt(new Date(Date.now() + 600_001));
    expect(await shownCodes(person, later.now)).toBeUndefined();
    for (const code of codes) expect(await isStored(person, code)).toBe(true);
  });

  it("those of the set-up work at once, so that nobody is without, and are reminded of until they are said to be saved", async () => {
    const person = await protectedPerson();
    const shown = await shownCodes(person, new Date());
    expect(shown?.isPending).toBe(false);
    expect(await isStored(person, shown?.codes[0] ?? "")).toBe(true);
    expect((await readOverview(person.accountId, new Date())).codesUnsavedSince).not.toBeNull();
    expect((await saveCodes(shown?.id, person, visitAt())).ok).toBe(true);
    expect((await readOverview(person.accountId, new Date())).codesUnsavedSince).toBeNull();
    expect(await saveCodes(undefined, person, visitAt())).toMatchObject({ reason: "gone" });
  });

  it("another session of the account is shown none, and confirms none", async () => {
    const person = await protectedPerson();
    await makeNewCodes(person, visitAt());
    const shown = await shownCodes(person, new Date());
    const other = await signIn(person.accountId, person.email);
    expect(await shownCodes(other, new Date())).toBeUndefined();
    expect(await saveCodes(shown?.id, other, visitAt())).toMatchObject({ reason: "gone" });
  });
});

describe("devices", () => {
  it("forgetting one or all asks for codes again and signs nobody out", async () => {
    const person = await protectedPerson();
    const other = await signIn(person.accountId, person.email);
    const [one] = [await trustedDevice(person), await trustedDevice(person), await trustedDevice(person)];
    expect((await forgetDevice(one, person, visitAt())).ok).toBe(true);
    expect(await forgetDevice(one, person, visitAt())).toMatchObject({ reason: "not-there" });
    expect(await forgetAllDevices(person, visitAt())).toBe(2);
    expect(await forgetAllDevices(person, visitAt())).toBe(0);
    expect(await db().session.count({ where: { id: other.id } })).toBe(1);
    expect((await kindsOf(person)).slice(-2)).toEqual(["device-forgotten", "all-devices-forgotten"]);
  });
});

describe("turning off", () => {
  it("takes methods, codes and trust away once, and set-up begins from the start", async () => {
    const person = await protectedPerson();
    const offs = await Promise.all([turnOff(person, visitAt()), turnOff(person, visitAt())]);
    expect(offs.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await idsOf(person)).toEqual([]);
    expect(await db().recoveryCode.count({ where: { accountId: person.accountId } })).toBe(0);
    expect(await setupFacts(person, new Date())).toEqual({
      isOn: false,
      methods: 0,
      isPhonePending: false,
      areCodesShown: false,
    });
    const session = await db().session.findUniqueOrThrow({ where: { id: person.id } });
    expect(session.tokenHash).not.toBe(hashToken(person.token));
    expect(await makeNewCodes(person, visitAt())).toMatchObject({ reason: "off" });
  });
});

it("whatever is done in whatever order, also at once, it is never on without a method that can be asked for", async () => {
  const act = fc.constantFrom("app", "phone", "on", "off", "remove", "first", "codes");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      async (rounds) => {
        await db().limit.deleteMany();
        const person = await newPerson();
        const tryTo = async (what: string): Promise<unknown> => {
          const ids = await idsOf(person);
          const id = ids.at(-1) ?? crypto.randomUUID();
          if (what === "app") return addApp(person).catch(() => {});
          if (what === "phone") return addPhone(person).catch(() => {});
          if (what === "on") return turnOnFor(person);
          if (what === "off") return turnOff(person, visitAt());
          if (what === "remove") return removeMethod(id, true, person, visitAt());
          if (what === "first") return askFirst(id, person, visitAt());
          return newCodesFor(person);
        };
        for (const round of rounds) {
          await Promise.all(round.map(tryTo));
          const { twoStepOnAt } = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
          if (twoStepOnAt !== null) expect((await idsOf(person)).length).toBeGreaterThan(0);
          else expect(await db().recoveryCode.count({ where: { accountId: person.accountId } })).toBe(0);
        }
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);
