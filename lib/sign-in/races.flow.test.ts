import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { makePerson, type Person } from "@/e2e/fixtures/people";
import { db } from "@/lib/db";
import { after, days } from "@/lib/kernel/durations";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { endAllTrust, endTrust } from "@/lib/trusted-devices";
import { admitWithoutSecondStep, type Judged } from "./store/admissions";
import { openAttempt } from "./store/attempts";

// Between the reading of an account and the session stands a password hash, in a storm a line of them. What changes in
// that time must count, so each case reads first, changes then, and admits last.
const now = new Date();

async function judgedOf(person: Person): Promise<Judged> {
  const { passwordHash, twoStepOnAt, trustEndedAt } = await db().account.findUniqueOrThrow({
    where: { id: person.id },
  });
  return { accountId: person.id, passwordHash, twoStepOnAt, trustEndedAt };
}

const admitBy = (judged: Judged, knownId: string | null) =>
  admitWithoutSecondStep(
    {
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
    },
    judged,
    [],
  );

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

it("a password that was changed while it was checked opens no attempt (AT-059)", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const { passwordHash } = await judgedOf(person);
  await db().account.update({ where: { id: person.id }, data: { passwordHash: "k1$other" } });
  const attempt = {
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
  };
  expect(await openAttempt(attempt, passwordHash, [])).toBe(false);
  expect(await db().signInAttempt.count({ where: { accountId: person.id } })).toBe(0);
});
