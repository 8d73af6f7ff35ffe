import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { closePool, db } from "@/lib/db";
import { after, before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { accountRow } from "@/lib/setup/test-account";
import { findOverview } from ".";

const now = new Date("2026-11-24T10:00:00Z");
const longAgo = before(now, numbers.methods.remindAfter);
afterAll(closePool);

test("the overview counts what counts now, of this account alone", async () => {
  const accountId = randomUUID();
  const other = randomUUID();
  for (const id of [accountId, other]) await db().account.create({ data: accountRow(id, now) });
  for (const id of [accountId, other]) {
    const row = () => ({ id: randomUUID(), accountId: id, createdAt: now });
    const method = { kind: "app", data: "", position: 0 };
    await db().method.createMany({
      data: [
        { ...row(), ...method, warnedAt: now },
        { ...row(), ...method, removedAt: now, warnedAt: now },
        { ...row(), ...method, createdAt: longAgo },
        { ...row(), ...method, createdAt: longAgo, provenAt: now },
        { ...row(), ...method, createdAt: longAgo, removedAt: now },
        { ...row(), ...method, disabledAt: now },
        { ...row(), ...method, disabledAt: now, suspendedAt: now, suspendedUntil: now },
      ],
    });
    const code = { lookup: "", hash: "" };
    await db().recoveryCode.createMany({
      data: [
        { ...row(), ...code, number: 1 },
        { ...row(), ...code, number: 2, usedAt: now },
      ],
    });
    const seen = () => ({ tokenHash: randomUUID(), address: "", browser: "", lastSeenAt: now });
    await db().device.createMany({
      data: [
        { ...row(), ...seen(), trustedUntil: after(now, 1) },
        { ...row(), ...seen(), trustedUntil: now },
        { ...row(), ...seen() },
      ],
    });
    await db().session.createMany({
      data: [
        { ...row(), ...seen() },
        { ...row(), ...seen(), lastSeenAt: before(now, numbers.session.idle) },
        { ...row(), ...seen(), createdAt: before(now, numbers.session.absolute) },
      ],
    });
  }
  expect(await findOverview(accountId, now)).toEqual({
    twoStepOnAt: null,
    lockedUntil: null,
    methods: 3,
    disabledMethods: 1,
    suspendedMethods: 1,
    failingMethods: 1,
    unprovenWays: 1,
    recoveryCodesLeft: 1,
    areCodesUnsaved: false,
    trustedDevices: 1,
    sessions: 1,
  });
  expect(await findOverview(randomUUID(), now)).toBeUndefined();
});
