import { randomUUID } from "node:crypto";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { listEvents } from "@/lib/activity";
import { closePool, db } from "@/lib/db";
import { accountRow } from "@/lib/setup/test-account";
import { endOtherSessions, endSession, findSession, holdSession, leadThrownOut, SessionEndedError } from ".";

const visit = { now: new Date("2026-11-24T10:00:00Z"), address: "192.0.2.1", browser: "Firefox · Linux" };
const ann = { id: randomUUID(), accountId: randomUUID() };
const bob = { id: randomUUID(), accountId: randomUUID() };

const addSession = async (accountId: string, id: string = randomUUID()): Promise<string> => {
  const { now, address, browser } = visit;
  await db().session.create({
    data: { id, tokenHash: id, accountId, createdAt: now, lastSeenAt: now, address, browser },
  });
  return id;
};
const sessionIds = async (accountId: string): Promise<string[]> =>
  (await db().session.findMany({ where: { accountId } })).map((session) => session.id);

beforeEach(async () => {
  await db().account.deleteMany();
  for (const { id, accountId } of [ann, bob]) {
    await db().account.create({ data: accountRow(accountId, visit.now) });
    await addSession(accountId, id);
  }
});
afterAll(closePool);

test("a person ends one of their other sessions, and it is recorded", async () => {
  const phone = await addSession(ann.accountId);
  const laptop = await addSession(ann.accountId);
  expect(await endSession(ann, phone, visit)).toEqual({ ok: true, value: { browser: visit.browser } });
  expect((await sessionIds(ann.accountId)).sort()).toEqual([ann.id, laptop].sort());
  expect((await listEvents(ann.accountId, 9)).map((event) => event.kind)).toEqual(["session-ended"]);
});

test("two concurrent endings of one session end it once and record it once", async () => {
  const phone = await addSession(ann.accountId);
  const ended = await Promise.all([endSession(ann, phone, visit), endSession(ann, phone, visit)]);
  expect(ended.filter((result) => result.ok)).toHaveLength(1);
  expect(await listEvents(ann.accountId, 9)).toHaveLength(1);
});

test("a session that is found is written as seen once a minute, for its own browser, and never after its end", async () => {
  const at = (minutes: number) => new Date(visit.now.getTime() + minutes * 60_000);
  const look = (now: Date, browser = visit.browser) =>
    findSession(ann.id, now, {
      notAfter: new Date(now.getTime() - 60_000),
      seenAfter: new Date(now.getTime() - 60 * 60_000),
      createdAfter: new Date(now.getTime() - 24 * 60 * 60_000),
      browser,
    });
  const seenAt = async () => (await findSession(ann.id, visit.now))?.lastSeenAt;
  await look(at(0.5));
  expect(await seenAt()).toEqual(at(0));
  for (const browser of ["", "Chrome · Windows"]) await look(at(1), browser);
  expect(await seenAt()).toEqual(at(0));
  // At the same moment: one of them writes, and both are answered.
  expect(await Promise.all([look(at(1)), look(at(1))])).toHaveLength(2);
  expect(await seenAt()).toEqual(at(1));
  await look(at(61));
  expect(await seenAt()).toEqual(at(1));
});

test("nobody ends somebody else's session, nor their own by this way", async () => {
  expect(await endSession(ann, bob.id, visit)).toMatchObject({ ok: false, reason: "gone" });
  expect(await endSession(ann, ann.id, visit)).toMatchObject({ ok: false, reason: "gone" });
  expect(await sessionIds(bob.accountId)).toEqual([bob.id]);
  expect(await sessionIds(ann.accountId)).toEqual([ann.id]);
  expect(await listEvents(ann.accountId, 9)).toEqual([]);
});

test("whoever was thrown out is led on by every copy of this module, also where another one was told how", async () => {
  class Led extends Error {}
  const shared = globalThis as { latchkeyLeadThrownOut?: unknown };
  leadThrownOut(() => {
    throw new Led();
  });
  try {
    vi.resetModules();
    const copy = await import(".");
    expect(copy.holdSession).not.toBe(holdSession);
    const over = { id: randomUUID(), accountId: ann.accountId };
    await expect(db().$transaction((tx) => copy.holdSession(tx, over))).rejects.toThrow(Led);
  } finally {
    shared.latchkeyLeadThrownOut = undefined;
  }
  await expect(db().$transaction((tx) => holdSession(tx, { ...ann, id: randomUUID() }))).rejects.toThrow(
    SessionEndedError,
  );
});

test("signing out everywhere else keeps this browser and everybody else's", async () => {
  await addSession(ann.accountId);
  await addSession(ann.accountId);
  expect(await endOtherSessions(ann, visit)).toBe(2);
  expect(await endOtherSessions(ann, visit)).toBe(0);
  expect(await sessionIds(ann.accountId)).toEqual([ann.id]);
  expect(await sessionIds(bob.accountId)).toEqual([bob.id]);
  expect(await listEvents(ann.accountId, 9)).toHaveLength(1);
});

test("a session tells of its own account's passkeys, gone ones too: what keeps them hears what became of them", async () => {
  const { now } = visit;
  const tells = async () =>
    Promise.all([ann, bob].map(async ({ id }) => (await findSession(id, now))?.hasPasskeys));
  const add = (kind: string, removedAt: Date | null) =>
    db().method.create({
      data: {
        id: randomUUID(),
        accountId: ann.accountId,
        kind,
        data: "",
        position: 0,
        createdAt: now,
        removedAt,
      },
    });
  await add("app", null);
  expect(await tells()).toEqual([false, false]);
  await add("passkey", now);
  expect(await tells()).toEqual([true, false]);
});

test("a session tells of the new address that waits for its link, and of none that was used, ended or ran out", async () => {
  const { now } = visit;
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  const waiting = async () => (await findSession(ann.id, after(60)))?.pendingEmail;
  const link = (
    emailKey: string,
    facts: { purpose?: string; usedAt?: Date; createdAt?: Date; expiresAt?: Date },
  ) =>
    db().mailLink.create({
      data: {
        id: randomUUID(),
        tokenHash: emailKey,
        purpose: "confirm-email",
        accountId: ann.accountId,
        emailKey,
        createdAt: now,
        expiresAt: after(3600),
        ...facts,
      },
    });
  await link("used", { usedAt: now });
  await link("ended", { createdAt: after(120), expiresAt: after(120) });
  await link("ran out", { expiresAt: after(60) });
  await link("of another kind", { purpose: "reset-password" });
  expect(await waiting()).toBeNull();
  await link("new", {});
  await link("newer", { createdAt: after(1) });
  expect(await waiting()).toBe("newer");
  expect((await findSession(bob.id, now))?.pendingEmail).toBeNull();
});

test("a session tells of a recovery that was started and is not over, and of no other", async () => {
  const { now, address, browser } = visit;
  const addRecovery = (startedAt: Date | null, endedAt: Date | null) => {
    const [id, name] = [randomUUID(), randomUUID()];
    const tokens = { tokenHash: name, linkHash: name, linkSealed: "", stopHash: name, caseNumber: name };
    const row = {
      id,
      accountId: ann.accountId,
      ...tokens,
      beganWith: "password",
      lane: "password",
      address,
      browser,
    };
    return db().recovery.create({
      data: { ...row, tries: 5, createdAt: now, expiresAt: new Date(now.getTime() + 1), startedAt, endedAt },
    });
  };
  const started = async () => (await findSession(ann.id, now))?.recoveryStartedAt;
  const before = new Date(now.getTime() - 1000);
  await addRecovery(null, null);
  await addRecovery(before, now);
  expect(await started()).toBeNull();
  await addRecovery(now, null);
  expect(await started()).toEqual(now);
});
