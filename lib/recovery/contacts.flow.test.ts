import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { deliverAll } from "@/e2e/fixtures/rounds";
import {
  askSecondEmail,
  changePassword,
  confirmSecondEmail,
  parseEmail,
  removeSecondEmail,
} from "@/lib/accounts";
import { db, type Transaction } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, days, hours } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { listActiveMethods } from "@/lib/methods";
import { hashPassword } from "@/lib/passwords";
import { removeMethod } from "@/lib/security";
import { beginSetup } from "@/lib/setup";
import {
  addApp,
  addPhone,
  newPerson,
  protectedPerson,
  type TestPerson,
  turnOnFor,
  visitAt,
  whileAccountIsLocked,
  whileHeld,
} from "@/lib/setup/test-account";
import {
  acceptToHelp,
  askContacts,
  beginWithPassword,
  declineToHelp,
  giveCode,
  nameContact,
  proveByCode,
  readContacts,
  readNamedBy,
  removeContact,
  startWaiting,
  viewRecovery,
} from ".";
import { markContactsAsked } from "./contacts/store";

afterEach(() => vi.restoreAllMocks());

const password = "eleven quiet ferries 88";
const hash = hashPassword(password);

const bodiesTo = (to: string): string[] =>
  readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { to: string; body: string })
    .flatMap((message) => (message.to === to ? [message.body] : []));

async function pair(): Promise<{ person: TestPerson; friend: TestPerson; id: string }> {
  const [person, friend] = [await protectedPerson(), await protectedPerson()];
  await db().account.update({ where: { id: person.accountId }, data: { passwordHash: await hash } });
  await db().limit.deleteMany();
  expect(await nameContact(person, friend.email, visitAt())).toMatchObject({ ok: true });
  const [contact] = await readContacts(person.accountId);
  return { person, friend, id: contact?.id ?? "" };
}

/** The case numbers that a contact is shown, the newest first. */
const casesOf = async (friend: TestPerson): Promise<string[]> =>
  (await readNamedBy(friend)).flatMap(({ cases }) => cases.map(({ caseNumber }) => caseNumber));

const caseOf = async (token: string): Promise<string> =>
  (await viewRecovery("browser", token))?.caseNumber ?? "";

/** The friend accepted long enough ago to count. */
const acceptedLongAgo = async (friend: TestPerson, id: string): Promise<void> => {
  expect(await acceptToHelp(friend, id, visitAt())).toMatchObject({ ok: true });
  await db().recoveryContact.update({ where: { id }, data: { acceptedAt: after(new Date(), -days(8)) } });
};

const begun = async (person: TestPerson): Promise<string> => {
  const done = await beginWithPassword({ email: person.email, password, devices: undefined }, visitAt());
  return done.ok ? done.value.token : "";
};

describe("a recovery contact", () => {
  it("is named by an address, accepts by a session with it, and counts a week later; nobody else's is there", async () => {
    const { person, friend, id } = await pair();
    const other = await newPerson();
    expect(await acceptToHelp(other, id, visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(await acceptToHelp(person, id, visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(await acceptToHelp(friend, id, visitAt())).toMatchObject({ ok: true });
    expect(await acceptToHelp(friend, id, visitAt())).toEqual({ ok: false, reason: "gone" });
    const token = await begun(person);
    expect(await askContacts(token, visitAt())).toEqual({ ok: true, value: undefined });
    expect(await giveCode(friend, await caseOf(token), visitAt())).toEqual({ ok: false, reason: "gone" });
    await db().recoveryContact.update({ where: { id }, data: { acceptedAt: after(new Date(), -days(8)) } });
    expect(await askContacts(token, visitAt())).toEqual({ ok: true, value: undefined });
    await deliverAll();
    // Beside the alert of an earlier step: which of the two arrives first is left open.
    expect(bodiesTo(friend.email).join("\n")).toContain("Call Ann, or meet");
    const caseNumber = await caseOf(token);
    expect(await giveCode(other, caseNumber, visitAt())).toEqual({ ok: false, reason: "gone" });
    const given = await giveCode(friend, caseNumber, visitAt());
    expect(await proveByCode(token, given.ok ? given.value.code : "", visitAt())).toEqual({
      ok: true,
      value: "contact",
    });
    expect(await readNamedBy(friend)).toMatchObject([{ name: "Ann", cases: [{ caseNumber }] }]);
  });

  it("is shown every case that asks, and their code is for the one that was read out, whoever asked last", async () => {
    const { person, friend, id } = await pair();
    await acceptedLongAgo(friend, id);
    const [own, thief] = [await begun(person), await begun(person)];
    for (const token of [own, thief, thief]) await askContacts(token, visitAt());
    expect(new Set(await casesOf(friend))).toEqual(new Set([await caseOf(thief), await caseOf(own)]));
    const given = await giveCode(friend, await caseOf(own), visitAt());
    const code = given.ok ? given.value.code : "";
    expect(await proveByCode(thief, code, visitAt())).toMatchObject({ reason: "wrong" });
    expect(await proveByCode(own, code, visitAt())).toEqual({ ok: true, value: "contact" });
  });

  it("is mailed a few times a day, whoever asks; the case of its owner is shown all the same", async () => {
    const { person, friend, id } = await pair();
    await acceptedLongAgo(friend, id);
    for (let browser = 0; browser < 5; browser += 1) {
      const token = await begun(person);
      for (let turn = 0; turn < 3; turn += 1) await askContacts(token, visitAt());
    }
    const token = await begun(person);
    expect(await askContacts(token, visitAt())).toEqual({ ok: true, value: undefined });
    await deliverAll();
    expect(bodiesTo(friend.email).filter((body) => body.includes("Call Ann, or meet"))).toHaveLength(3);
    expect(await giveCode(friend, await caseOf(token), visitAt())).toMatchObject({ ok: true });
  });

  it("whose code is shown after another's takes their place, so that it counts when that one vouches no more", async () => {
    const { person, friend, id } = await pair();
    await acceptedLongAgo(friend, id);
    const second = await protectedPerson();
    expect(await nameContact(person, second.email, visitAt())).toMatchObject({ ok: true });
    const other = (await readContacts(person.accountId)).find((contact) => contact.id !== id);
    await acceptedLongAgo(second, other?.id ?? "");
    const token = await begun(person);
    await askContacts(token, visitAt());
    const caseNumber = await caseOf(token);
    for (const contact of [friend, second]) {
      const given = await giveCode(contact, caseNumber, visitAt());
      const code = given.ok ? given.value.code : "";
      expect(await proveByCode(token, code, visitAt())).toEqual({ ok: true, value: "contact" });
    }
    expect(await declineToHelp(friend, id, visitAt())).toMatchObject({ ok: true });
    expect((await viewRecovery("browser", token))?.proofs).toEqual(["password", "contact"]);
    expect(await declineToHelp(second, other?.id ?? "", visitAt())).toMatchObject({ ok: true });
    expect((await viewRecovery("browser", token))?.proofs).toEqual(["password"]);
  });

  it("is asked by no case that its owner cannot see, mailed or not", async () => {
    const { person, friend, id } = await pair();
    await acceptedLongAgo(friend, id);
    const cases: string[] = [];
    for (let browser = 0; browser < 5; browser += 1) {
      const token = await begun(person);
      await askContacts(token, visitAt());
      cases.push(await caseOf(token));
    }
    await deliverAll();
    expect(bodiesTo(friend.email).filter((body) => body.includes("Call Ann, or meet")).length).toBeLessThan(
      5,
    );
    const asked = await db().event.findMany({
      where: { accountId: person.accountId, kind: "recovery-contact-asked" },
      orderBy: { id: "asc" },
    });
    expect(asked.map(({ facts }) => (facts as { case: string }).case)).toEqual(cases);
  });

  it("without one the answer to the question is the same", async () => {
    const person = await protectedPerson();
    await db().account.update({ where: { id: person.accountId }, data: { passwordHash: await hash } });
    expect(await askContacts(await begun(person), visitAt())).toEqual({ ok: true, value: undefined });
  });

  it("is taken away by whoever named them and by themselves, and by nobody else", async () => {
    const { person, friend, id } = await pair();
    const other = await newPerson();
    expect(await removeContact(other, id, visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(await declineToHelp(other, id, visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(await removeContact(person, id, visitAt())).toMatchObject({ ok: true });
    const again = await pair();
    expect(await declineToHelp(again.friend, again.id, visitAt())).toMatchObject({ ok: true });
    expect(await readNamedBy(friend)).toEqual([]);
  });

  it("oneself, the same twice and a sixth are refused", async () => {
    const { person, friend } = await pair();
    expect(await nameContact(person, person.email, visitAt())).toEqual({ ok: false, reason: "email-own" });
    expect(await nameContact(person, friend.email, visitAt())).toEqual({
      ok: false,
      reason: "contact-there",
    });
    for (let turn = 0; turn < 5; turn += 1) {
      await db().limit.deleteMany();
      await nameContact(person, `${turn}-${person.email}`, visitAt());
    }
    expect(await readContacts(person.accountId)).toHaveLength(5);
  });
});

describe("a second address", () => {
  it("counts once its link was opened, is told of what happens, and of its own end", async () => {
    const person = await protectedPerson();
    const second = `second-${person.email}`;
    expect(await askSecondEmail(person, person.email, visitAt())).toMatchObject({ reason: "email-same" });
    expect(await askSecondEmail(person, second, visitAt())).toEqual({ ok: true, value: undefined });
    await deliverAll();
    const token = /confirm-second-email\/([A-Za-z0-9_-]{43})/.exec(bodiesTo(second).at(-1) ?? "")?.[1] ?? "";
    expect(await confirmSecondEmail(token, visitAt())).toEqual({ ok: true, value: undefined });
    expect(await confirmSecondEmail(token, visitAt())).toEqual({ ok: false, reason: "used" });
    await db().limit.deleteMany();
    await addPhone(person);
    await deliverAll();
    expect(bodiesTo(second).at(-1)).toContain("has a new way");
    expect(await removeSecondEmail(person, visitAt())).toEqual({ ok: true, value: undefined });
    expect(await removeSecondEmail(person, visitAt())).toEqual({ ok: false, reason: "gone" });
    await deliverAll();
    expect(bodiesTo(second).at(-1)).toContain("no longer the second address");
  });
});

describe("a contact and whoever named them, at the same moment, lock in one order and do nothing twice", () => {
  const takenBack = (tx: Transaction, id: string) => tx.recoveryContact.delete({ where: { id } });
  const touched = (tx: Transaction, people: readonly TestPerson[]) =>
    tx.session.updateMany({
      where: { id: { in: people.map(({ id }) => id) } },
      data: { lastSeenAt: new Date() },
    });

  it.each([
    ["who accepts", acceptToHelp],
    ["who declines", declineToHelp],
  ] as const)("one %s while they are taken back is told that it is gone", async (_what, answer) => {
    const { person, friend, id } = await pair();
    const warned = vi.spyOn(log, "warn");
    const answered = await whileAccountIsLocked(
      person,
      () => answer(friend, id, visitAt()),
      (tx) => takenBack(tx, id),
    );
    expect(answered).toEqual({ ok: false, reason: "gone" });
    expect(warned).not.toHaveBeenCalled();
  });

  it.each([
    ["accept", acceptToHelp],
    ["decline", declineToHelp],
  ] as const)(
    "two who named each other both %s, and neither waits with what the other wants",
    async (_what, answer) => {
      const { person, friend, id } = await pair();
      expect(await nameContact(friend, person.email, visitAt())).toMatchObject({ ok: true });
      const [other] = await readContacts(friend.accountId);
      const warned = vi.spyOn(log, "warn");
      const answered = await whileHeld(
        (tx) => touched(tx, [person, friend]),
        [() => answer(friend, id, visitAt()), () => answer(person, other?.id ?? "", visitAt())],
      );
      expect(answered).toEqual([
        { ok: true, value: undefined },
        { ok: true, value: undefined },
      ]);
      expect(warned).not.toHaveBeenCalled();
    },
  );

  it("one is shown a code while they are asked for it once more", async () => {
    const { person, friend, id } = await pair();
    await acceptedLongAgo(friend, id);
    const token = await begun(person);
    await askContacts(token, visitAt());
    const caseNumber = await caseOf(token);
    const { id: recoveryId } = await db().recovery.findUniqueOrThrow({ where: { caseNumber } });
    const warned = vi.spyOn(log, "warn");
    const given = await whileAccountIsLocked(
      person,
      () => giveCode(friend, caseNumber, visitAt()),
      (tx) => markContactsAsked(tx, recoveryId),
    );
    expect(given).toMatchObject({ ok: true, value: { caseNumber } });
    expect(await db().recoverySecret.count({ where: { recoveryId, kind: "contact" } })).toBe(1);
    expect(warned).not.toHaveBeenCalled();
  });

  it("two who ask each other for a code at the same moment are both shown theirs", async () => {
    const { person, friend, id } = await pair();
    await acceptedLongAgo(friend, id);
    await db().account.update({ where: { id: friend.accountId }, data: { passwordHash: await hash } });
    expect(await nameContact(friend, person.email, visitAt())).toMatchObject({ ok: true });
    const [other] = await readContacts(friend.accountId);
    await acceptedLongAgo(person, other?.id ?? "");
    const [token, ofFriend] = [await begun(person), await begun(friend)];
    await askContacts(token, visitAt());
    await askContacts(ofFriend, visitAt());
    const [caseNumber, caseOfFriend] = [await caseOf(token), await caseOf(ofFriend)];
    const warned = vi.spyOn(log, "warn");
    const given = await whileHeld(
      (tx) => touched(tx, [person, friend]),
      [() => giveCode(friend, caseNumber, visitAt()), () => giveCode(person, caseOfFriend, visitAt())],
    );
    expect(given).toMatchObject([{ ok: true }, { ok: true }]);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe("whoever vouches", () => {
  it("has Two-Step Verification, was not recovered within a week, and reads no mailbox of the account", async () => {
    const { person, friend, id } = await pair();
    await acceptedLongAgo(friend, id);
    const token = await begun(person);
    await askContacts(token, visitAt());
    const caseNumber = await caseOf(token);
    const give = () => giveCode(friend, caseNumber, visitAt());
    const friendIs = (data: { twoStepOnAt?: Date | null; recoveredAt?: Date | null }) =>
      db().account.update({ where: { id: friend.accountId }, data });
    const gone = { ok: false, reason: "gone" };
    await friendIs({ twoStepOnAt: null });
    expect(await give()).toEqual(gone);
    await friendIs({ twoStepOnAt: new Date(), recoveredAt: after(new Date(), -days(6)) });
    expect(await give()).toEqual(gone);
    await friendIs({ recoveredAt: null });
    const second = (secondEmail: string | null) =>
      db().account.update({
        where: { id: person.accountId },
        data: { secondEmail, secondEmailKey: secondEmail },
      });
    await second(friend.email);
    expect(await nameContact(person, friend.email, visitAt())).toEqual({ ok: false, reason: "email-own" });
    expect(await give()).toEqual(gone);
    expect(await casesOf(friend)).toEqual([]);
    await second(null);
    const given = await give();
    const code = given.ok ? given.value.code : "";
    // What is typed is judged anew, and so is what was shown when the wait starts.
    await friendIs({ recoveredAt: new Date() });
    expect(await proveByCode(token, code, visitAt())).toMatchObject({ reason: "wrong" });
    await friendIs({ recoveredAt: null });
    await second(friend.email);
    expect(await proveByCode(token, code, visitAt())).toMatchObject({ reason: "wrong" });
    await second(null);
    expect(await proveByCode(token, code, visitAt())).toMatchObject({ ok: true });
    await friendIs({ twoStepOnAt: null });
    expect(await startWaiting(token, visitAt())).toEqual({ ok: false, reason: "not-enough" });
    await friendIs({ twoStepOnAt: new Date() });
    expect(await startWaiting(token, visitAt())).toMatchObject({ ok: true });
  });

  it("is nobody with a mailbox that the account has or had: not named, not accepted, not mailed", async () => {
    const { person, friend, id } = await pair();
    const { accountId } = person;
    const was = {
      accountId,
      email: friend.email,
      emailKey: friend.email,
      toldUntil: after(new Date(), days(6)),
    };
    await db().formerAddress.create({ data: { id, ...was } });
    expect(await acceptToHelp(friend, id, visitAt())).toEqual({ ok: false, reason: "gone" });
    expect(await removeContact(person, id, visitAt())).toMatchObject({ ok: true });
    expect(await nameContact(person, friend.email, visitAt())).toEqual({ ok: false, reason: "email-own" });
    await db().formerAddress.deleteMany({ where: { id } });
    await db().limit.deleteMany();
    await nameContact(person, friend.email, visitAt());
    const [contact] = await readContacts(person.accountId);
    await acceptedLongAgo(friend, contact?.id ?? "");
    await db().account.update({
      where: { id: accountId },
      data: { secondEmail: friend.email, secondEmailKey: friend.email },
    });
    await askContacts(await begun(person), visitAt());
    expect(
      await db().message.count({ where: { accountId: friend.accountId, purpose: "recovery-contact" } }),
    ).toBe(0);
  });
});

it("a mailbox is the account's own however its address is written: wide letters, capitals of any alphabet, first, second or former", async () => {
  for (const [kept, typed] of [
    ["İpek.ŞEN", "i\u0307pek.şen"],
    ["ÉTOILE", "étoile"],
    ["ann.second", "ＡＮＮ．second"],
    ["\u212Aelvin", "kelvin"],
  ] as const) {
    const person = await protectedPerson();
    const at = `${randomUUID()}.example`;
    const confirmed = async (local: string): Promise<void> => {
      await db().limit.deleteMany();
      const address = `${local}@${at}`;
      expect(await askSecondEmail(person, address, visitAt())).toMatchObject({ ok: true });
      await deliverAll();
      const mail = bodiesTo(parseEmail(address)?.email ?? "").at(-1) ?? "";
      const token = /confirm-second-email\/([A-Za-z0-9_-]{43})/.exec(mail)?.[1] ?? "";
      expect(await confirmSecondEmail(token, visitAt())).toMatchObject({ ok: true });
    };
    const own = { ok: false, reason: "email-own" };
    await confirmed(kept);
    for (const local of [kept, typed, kept.toLowerCase()])
      expect(await nameContact(person, `${local}@${at}`, visitAt()), local).toEqual(own);
    // Another one in its place: the first of the two was the account's for a week, and stays its own for that.
    await db().account.update({
      where: { id: person.accountId },
      data: { secondEmailSince: after(new Date(), -days(8)) },
    });
    await confirmed("somebody.else");
    for (const local of [kept, typed, "SOMEBODY.ELSE"])
      expect(await nameContact(person, `${local}@${at}`, visitAt()), local).toEqual(own);
    expect(await nameContact(person, `nobody.yet@${at}`, visitAt())).toMatchObject({ ok: true });
  }
});

describe("what is kept for a recovery", () => {
  const confirmLink = async (second: string): Promise<string> => {
    await deliverAll();
    return /confirm-second-email\/([A-Za-z0-9_-]{43})/.exec(bodiesTo(second).at(-1) ?? "")?.[1] ?? "";
  };

  it("stays as it is for 48 hours after a recovery: nothing is added, replaced or taken away, by a link neither", async () => {
    const { person, id } = await pair();
    const second = `second-${person.email}`;
    await askSecondEmail(person, second, visitAt());
    const token = await confirmLink(second);
    const recovered = (ago: number) =>
      db().account.update({
        where: { id: person.accountId },
        data: { recoveredAt: after(new Date(), -ago) },
      });
    await recovered(hours(47));
    const held = { ok: false, reason: "recovered" };
    expect(await confirmSecondEmail(token, visitAt())).toMatchObject(held);
    // Pressed once more it is refused once more, and does not say that a mail was sent.
    for (const _press of [1, 2])
      expect(await askSecondEmail(person, `other-${person.email}`, visitAt())).toMatchObject(held);
    expect(await removeSecondEmail(person, visitAt())).toMatchObject(held);
    expect(await nameContact(person, `friend-${person.email}`, visitAt())).toMatchObject(held);
    expect(await removeContact(person, id, visitAt())).toMatchObject(held);
    await recovered(hours(49));
    expect(await confirmSecondEmail(token, visitAt())).toMatchObject({ ok: true });
    expect(await removeContact(person, id, visitAt())).toMatchObject({ ok: true });
  });

  it("is not taken away by what came by a way back in; the owner's own methods still do", async () => {
    const { person, id } = await pair();
    const second = `second-${person.email}`;
    await askSecondEmail(person, second, visitAt());
    expect(await confirmSecondEmail(await confirmLink(second), visitAt())).toMatchObject({ ok: true });
    await askSecondEmail(person, `other-${person.email}`, visitAt());
    const token = await confirmLink(`other-${person.email}`);
    const [own, newer] = (await listActiveMethods(person.accountId)).methods;
    await db().method.update({
      where: { id: newer?.id },
      data: { cannotRemoveOthersUntil: after(new Date(), days(7)) },
    });
    const provenBy = (provenMethodId: string | undefined) =>
      db().session.update({ where: { id: person.id }, data: { provenMethodId } });
    await provenBy(newer?.id);
    const held = { ok: false, reason: "held" };
    expect(await confirmSecondEmail(token, visitAt())).toMatchObject(held);
    expect(await removeSecondEmail(person, visitAt())).toMatchObject(held);
    expect(await removeContact(person, id, visitAt())).toMatchObject(held);
    await provenBy(own?.id);
    expect(await removeSecondEmail(person, visitAt())).toMatchObject({ ok: true });
    expect(await removeContact(person, id, visitAt())).toMatchObject({ ok: true });
  });

  it("what becomes the second address in the same moment is not taken away by a link either", async () => {
    const { person } = await pair();
    const [second, own] = [`second-${person.email}`, `own-${person.email}`];
    await askSecondEmail(person, second, visitAt());
    const token = await confirmLink(second);
    await db().method.updateMany({
      where: { accountId: person.accountId },
      data: { cannotRemoveOthersUntil: after(new Date(), days(7)) },
    });
    const confirmed = await whileAccountIsLocked(
      person,
      () => confirmSecondEmail(token, visitAt()),
      (tx) =>
        tx.account.update({
          where: { id: person.accountId },
          data: { secondEmail: own, secondEmailKey: own, secondEmailSince: new Date() },
        }),
    );
    expect(confirmed).toMatchObject({ ok: false, reason: "held" });
    expect(await db().account.findUniqueOrThrow({ where: { id: person.accountId } })).toMatchObject({
      secondEmail: own,
    });
  });

  it("a second address that was there for a week is told on for a week after it was taken away", async () => {
    const person = await protectedPerson();
    const second = `second-${person.email}`;
    const hasSecond = (since: Date) =>
      db().account.update({
        where: { id: person.accountId },
        data: { secondEmail: second, secondEmailSince: since },
      });
    const told = async (): Promise<number> => {
      await deliverAll();
      return bodiesTo(second).length;
    };
    await hasSecond(after(new Date(), -days(8)));
    await removeSecondEmail(person, visitAt());
    const before = await told();
    await db().limit.deleteMany();
    await addPhone(person);
    expect(await told()).toBe(before + 1);
    await db().formerAddress.deleteMany();
    await hasSecond(after(new Date(), -days(1)));
    await removeSecondEmail(person, visitAt());
    expect(await db().formerAddress.count({ where: { accountId: person.accountId } })).toBe(0);
  });
});

describe("after a recovery", () => {
  it("methods that were set up take none away for seven days, also after a normal sign-in; password and numbers wait 48 hours", async () => {
    const person = await newPerson();
    await db().account.update({
      where: { id: person.accountId },
      data: { recoveredAt: new Date(), mustSetUpSince: new Date(), passwordHash: await hash },
    });
    await addApp(person);
    await addPhone(person);
    await turnOnFor(person);
    const account = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(account.mustSetUpSince).toBeNull();
    const [app, phone] = (await listActiveMethods(person.accountId)).methods;
    await db().session.updateMany({
      where: { accountId: person.accountId },
      data: { provenMethodId: app?.id },
    });
    expect(await removeMethod(phone?.id ?? "", true, person, visitAt())).toMatchObject({ reason: "held" });
    const number = { number: "+447400987654", country: "GB", channel: "text" };
    expect(await beginSetup("phone", number, person, visitAt())).toMatchObject({ reason: "recovered" });
    const change = { current: password, password: "nine lanterns in fog 4" };
    expect(await changePassword(person, change, visitAt())).toMatchObject({ reason: "recovered" });

    await db().account.update({
      where: { id: person.accountId },
      data: { recoveredAt: after(new Date(), -hours(49)) },
    });
    expect(await changePassword(person, change, visitAt())).toMatchObject({ ok: true });
  });
});
