import { randomUUID } from "node:crypto";
import { afterAll, beforeEach, expect, test } from "vitest";
import { closePool, db, pool } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { sweep } from ".";
import { dueBefore, sweepRules } from "./rules";

// By the clock, because the database refuses to delete an event that is younger by its own.
const now = new Date();
const accountId = randomUUID();

const recovery = (expiresAt: Date) => ({
  id: randomUUID(),
  accountId,
  tokenHash: randomUUID(),
  linkHash: randomUUID(),
  linkSealed: "",
  stopHash: randomUUID(),
  caseNumber: randomUUID(),
  lane: "password",
  beganWith: "password",
  address: "",
  browser: "",
  tries: 1,
  createdAt: now,
  expiresAt,
});

/** Puts one row into the table of a rule, with this moment in the column that the rule reads. */
const insert: Record<(typeof sweepRules)[number]["table"], (at: Date) => Promise<unknown>> = {
  Limit: (expiresAt) => db().limit.create({ data: { key: randomUUID(), slot: 0, counts: [1], expiresAt } }),
  Enrolment: (expiresAt) =>
    db().enrolment.create({
      data: {
        id: randomUUID(),
        accountId,
        sessionId: randomUUID(),
        kind: randomUUID(),
        purpose: "first",
        data: "",
        tries: 5,
        createdAt: now,
        expiresAt,
      },
    }),
  SignInAttempt: (expiresAt) =>
    db().signInAttempt.create({
      data: {
        id: randomUUID(),
        tokenHash: randomUUID(),
        accountId,
        purpose: "sign-in",
        reason: "",
        tries: 5,
        createdAt: now,
        expiresAt,
      },
    }),
  SpentChallenge: (expiresAt) => db().spentChallenge.create({ data: { hash: randomUUID(), expiresAt } }),
  Code: (expiresAt) =>
    db().code.create({
      data: {
        id: randomUUID(),
        ownerId: randomUUID(),
        messageId: randomUUID(),
        letter: "A",
        hash: "",
        sentAt: now,
        expiresAt,
      },
    }),
  MailLink: (expiresAt) =>
    db().mailLink.create({
      data: {
        id: randomUUID(),
        tokenHash: randomUUID(),
        purpose: "",
        emailKey: "",
        createdAt: now,
        expiresAt,
      },
    }),
  Method: (removedAt) =>
    db().method.create({
      data: { id: randomUUID(), accountId, kind: "app", data: "", position: 0, createdAt: now, removedAt },
    }),
  Removal: (expiresAt) =>
    db().removal.create({
      data: {
        id: randomUUID(),
        tokenHash: randomUUID(),
        accountId,
        kind: "method-removed",
        email: "",
        tries: 1,
        createdAt: now,
        expiresAt,
      },
    }),
  Trial: (expiresAt) =>
    db().trial.create({
      data: {
        id: randomUUID(),
        accountId,
        sessionId: randomUUID(),
        target: "recovery-codes",
        tries: 1,
        createdAt: now,
        expiresAt,
      },
    }),
  DeskSession: (expiresAt) =>
    db().deskSession.create({
      data: {
        id: randomUUID(),
        tokenHash: randomUUID(),
        callerHash: "",
        accountId,
        createdAt: now,
        expiresAt,
      },
    }),
  DeskRequest: (expiresAt) =>
    db().deskRequest.create({
      data: {
        id: randomUUID(),
        kind: "access-pass",
        accountId,
        requesterId: randomUUID(),
        requester: "",
        note: "",
        createdAt: now,
        expiresAt,
      },
    }),
  AccessPass: (expiresAt) =>
    db().accessPass.create({
      data: {
        id: randomUUID(),
        accountId,
        requestId: randomUUID(),
        hash: "",
        tries: 1,
        createdAt: now,
        expiresAt,
      },
    }),
  Session: (lastSeenAt) =>
    db().session.create({
      data: {
        id: randomUUID(),
        tokenHash: randomUUID(),
        accountId,
        createdAt: now,
        lastSeenAt,
        address: "",
        browser: "",
      },
    }),
  Device: (lastSeenAt) =>
    db().device.create({
      data: {
        id: randomUUID(),
        accountId,
        tokenHash: randomUUID(),
        browser: "",
        address: "",
        createdAt: now,
        lastSeenAt,
      },
    }),
  Recovery: (expiresAt) => db().recovery.create({ data: recovery(expiresAt) }),
  RecoverySecret: (expiresAt) =>
    db().recovery.create({
      data: {
        ...recovery(after(now, numbers.recovery.keepFor)),
        secrets: { create: { id: randomUUID(), kind: "email", hash: "", createdAt: now, expiresAt } },
      },
    }),
  FormerRecoveryCode: (replacedAt) =>
    db().formerRecoveryCode.create({
      data: { id: randomUUID(), accountId, lookup: "", hash: "", replacedAt },
    }),
  FormerNumber: (removedAt) =>
    db().formerNumber.create({ data: { accountId, identity: randomUUID(), since: now, removedAt } }),
  Message: (createdAt) =>
    db().message.create({
      data: {
        id: randomUUID(),
        channel: "text",
        purpose: "",
        state: "delivered",
        createdAt,
        expiresAt: createdAt,
      },
    }),
  Event: (at) =>
    db().event.create({
      data: { accountId, at, kind: "signed-in", address: "", browser: "", facts: {} },
    }),
  FormerAddress: (toldUntil) =>
    db().formerAddress.create({ data: { id: randomUUID(), accountId, email: "", emailKey: "", toldUntil } }),
  FormerToken: async (rotatedAt) => {
    const deviceId = randomUUID();
    const seen = { createdAt: now, lastSeenAt: now, browser: "", address: "" };
    await db().device.create({ data: { id: deviceId, accountId, tokenHash: randomUUID(), ...seen } });
    await db().formerToken.create({ data: { tokenHash: randomUUID(), deviceId, rotatedAt } });
  },
};

const countOf = async (table: string): Promise<number> =>
  Number((await pool().query(`SELECT count(*) AS n FROM "${table}"`)).rows[0]?.n);

beforeEach(async () => {
  // The account first: its events go with it, and in no other way.
  for (const table of ["Account", ...sweepRules.map((rule) => rule.table)])
    await pool().query(`DELETE FROM "${table}"`);
  await db().account.create({
    data: {
      id: accountId,
      name: "Ann",
      email: "ann@example.com",
      emailKey: "ann@example.com",
      passwordHash: "",
      passwordChangedAt: now,
      createdAt: now,
    },
  });
});
afterAll(closePool);

test.each(sweepRules)(
  "of $table, rows that are due go and those a millisecond younger stay",
  async (rule) => {
    const due = dueBefore(rule, now);
    await insert[rule.table](due);
    await insert[rule.table](after(due, -1));
    await insert[rule.table](after(due, 1));
    expect(await sweep(now)).toBe(2);
    expect(await countOf(rule.table)).toBe(1);
    expect(await countOf("Account")).toBe(1);
  },
);

test("more than a batch goes in one round, by two sweepers together, each row once", async () => {
  const count = numbers.sweep.batch * 2 + 7;
  await pool().query(
    `INSERT INTO "Limit" SELECT i::text, 0, ARRAY[1], $1 FROM generate_series(1, $2::int) AS i`,
    [now, count],
  );
  const swept = await Promise.all([sweep(now), sweep(now)]);
  expect(swept[0] + swept[1]).toBe(count);
  expect(await countOf("Limit")).toBe(0);
});

test("a row that a request holds is left where it is, and nobody waits for it", async () => {
  await insert.Session(
    dueBefore({ table: "Session", column: "lastSeenAt", keep: numbers.session.idle }, now),
  );
  const holder = await pool().connect();
  try {
    await holder.query(`BEGIN; SELECT 1 FROM "Session" FOR UPDATE`);
    const started = performance.now();
    expect(await sweep(now)).toBe(0);
    expect(performance.now() - started).toBeLessThan(2000);
  } finally {
    await holder.query("ROLLBACK");
    holder.release();
  }
  expect(await sweep(now)).toBe(1);
});
