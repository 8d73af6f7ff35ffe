import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { closePool, db } from "@/lib/db";
import { open } from "@/lib/kernel/secrets";
import { hashPassword } from "@/lib/passwords";
import { acceptToHelp, nameContact, readContacts } from "@/lib/recovery";
import { endOtherSessions, SessionEndedError } from "@/lib/sessions";
import { beginSetup, setupView } from "@/lib/setup";
import {
  addApp,
  addPhone,
  newNumber,
  newPerson,
  protectedPerson,
  signIn,
  type TestPerson,
  visitAt,
  whileAccountIsLocked,
} from "@/lib/setup/test-account";

import {
  askEmailChange,
  askReset,
  askSecondEmail,
  changeLanguage,
  changeName,
  changePassword,
  confirmEmailChange,
  confirmSecondEmail,
  resetPassword,
} from "./index";

afterAll(closePool);

const current = "an old pair of shoes";
const password = "a new pair of boots";
const hash = hashPassword(current);

const newAddress = () => `n-${randomUUID()}@example.com`;

/** The token of the newest mail of a purpose that an account was sent. */
async function tokenOf({ accountId }: TestPerson, purpose: string): Promise<string> {
  const row = await db().message.findFirstOrThrow({
    where: { accountId, purpose },
    orderBy: { createdAt: "desc" },
  });
  const { body } = JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: accountId }));
  return /\/([\w-]{43})\b/.exec(body)?.[1] ?? "";
}

/** Somebody with a password, and a browser of the account in which somebody else sits. */
async function personWithIntruder(make = newPerson): Promise<{ person: TestPerson; intruder: TestPerson }> {
  const person = await make();
  await db().account.update({ where: { id: person.accountId }, data: { passwordHash: await hash } });
  return { person, intruder: await signIn(person.accountId, person.email) };
}

const byReset = async (person: TestPerson): Promise<void> => {
  await askReset(person.email, visitAt());
  const token = await tokenOf(person, "reset-password");
  expect(await resetPassword({ token, password }, visitAt())).toMatchObject({ ok: true });
};
const byChange = async (person: TestPerson): Promise<void> => {
  expect(await changePassword(person, { current, password }, visitAt())).toMatchObject({ ok: true });
};
const byEmail = async (person: TestPerson): Promise<void> => {
  expect(await askEmailChange(person, newAddress(), visitAt())).toMatchObject({ ok: true });
  const token = await tokenOf(person, "confirm-email");
  expect(await confirmEmailChange(token, person, visitAt())).toMatchObject({ ok: true });
};

describe.each([
  ["a password chosen by a link", byReset],
  ["a changed password", byChange],
  ["a changed address", byEmail],
] as const)("%s", (_, make) => {
  it("ends the link to a second address that somebody else asked for in the account before", async () => {
    const { person, intruder } = await personWithIntruder();
    const planted = newAddress();
    expect(await askSecondEmail(intruder, planted, visitAt())).toMatchObject({ ok: true });
    const token = await tokenOf(person, "confirm-second-email");
    await make(person);
    expect(await confirmSecondEmail(token, visitAt())).toEqual({ ok: false, reason: "expired" });
    const { secondEmail } = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(secondEmail).toBeNull();
    // Nothing that is told from now on goes there.
    const to = await db().message.findMany({ where: { accountId: person.accountId, purpose: "alert" } });
    const opened = to.map((row) =>
      JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: person.accountId })),
    );
    expect(opened.map((mail) => mail.to)).not.toContain(planted);
  });
});

describe.each([
  ["a password chosen by a link", byReset],
  ["a changed password", byChange],
] as const)("%s", (_, make) => {
  it("ends the invitation of a recovery contact that nobody accepted, and records it; one that was accepted stays", async () => {
    const { person, intruder } = await personWithIntruder();
    const [friend, planted] = [await protectedPerson(), await protectedPerson()];
    await nameContact(person, friend.email, visitAt());
    const [known] = await readContacts(person.accountId);
    expect(await acceptToHelp(friend, known?.id ?? "", visitAt())).toMatchObject({ ok: true });
    await nameContact(intruder, planted.email, visitAt());
    const invited = (await readContacts(person.accountId)).find(({ acceptedAt }) => acceptedAt === null);
    await make(person);
    expect(await acceptToHelp(planted, invited?.id ?? "", visitAt())).toEqual({ ok: false, reason: "gone" });
    expect((await readContacts(person.accountId)).map(({ id }) => id)).toEqual([known?.id]);
    const removed = { accountId: person.accountId, kind: "recovery-contact-removed" };
    expect(await db().event.count({ where: removed })).toBe(1);
  });

  it("throws a set-up away that was begun and not turned on: no method of it is there when the owner begins", async () => {
    const { person, intruder } = await personWithIntruder();
    await addPhone(intruder);
    const number = newNumber();
    await beginSetup("phone", { number, country: "GB", channel: "text" }, intruder, visitAt());
    await make(person);
    expect(await db().method.count({ where: { accountId: person.accountId } })).toBe(0);
    expect(await db().enrolment.count({ where: { accountId: person.accountId } })).toBe(0);
    const owner = await signIn(person.accountId, person.email);
    expect((await setupView(owner, new Date())).facts).toMatchObject({ isOn: false, methods: 0 });
  });

  it("leaves the methods of Two-Step Verification that is on as they are", async () => {
    const { person } = await personWithIntruder(protectedPerson);
    await make(person);
    expect(await db().method.count({ where: { accountId: person.accountId, removedAt: null } })).toBe(2);
  });
});

describe("somebody who is thrown out while a request of theirs waits for the account", () => {
  const planted = newAddress();
  const requests: [string, (thief: TestPerson) => Promise<unknown>][] = [
    ["asks for no other address", (thief) => askEmailChange(thief, planted, visitAt())],
    ["asks for no second address", (thief) => askSecondEmail(thief, planted, visitAt())],
    ["names no recovery contact", (thief) => nameContact(thief, planted, visitAt())],
    ["gives the account no other name", (thief) => changeName(thief, "Mallory", visitAt())],
    ["changes no language", (thief) => changeLanguage(thief, "de", visitAt())],
    ["signs nobody else out", (thief) => endOtherSessions(thief, visitAt())],
    ["adds no method", (thief) => addApp(thief)],
  ];
  it.each(requests)("%s, and is led to the sign-in", async (_, request) => {
    const { person, intruder } = await personWithIntruder();
    const late = whileAccountIsLocked(
      person,
      () => request(intruder),
      (tx) => tx.session.delete({ where: { id: intruder.id } }),
    );
    await expect(late).rejects.toThrow(SessionEndedError);
    const where = { accountId: person.accountId };
    expect({
      links: await db().mailLink.count({ where }),
      contacts: await db().recoveryContact.count({ where }),
      methods: await db().method.count({ where }),
      events: await db().event.count({ where }),
      messages: await db().message.count({ where }),
      sessions: await db().session.count({ where }),
    }).toEqual({ links: 0, contacts: 0, methods: 0, events: 0, messages: 0, sessions: 1 });
  });
});
