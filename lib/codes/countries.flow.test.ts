import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { makePerson } from "@/e2e/fixtures/people";
import { closePool, db, inTransaction, query } from "@/lib/db";
import * as delivery from "@/lib/delivery";
import * as config from "@/lib/kernel/config";
import { after, before, days, hours, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { sendCode } from ".";

const now = new Date("2026-11-24T10:00:00Z");
const visitAt = (at: Date) => ({ now: at, address: "203.0.113.9", browser: "" });
const channel = "text" as const;

let last = 0;
/** Numbers of the Netherlands, of as many blocks as there are budgets for. */
const dutch = () => `+316${String(10_000_000 + 10_007 * last++)}`;

const ask = async (number: string, purpose: "sign-in" | "enrolment", at = now, account?: string) => {
  const accountId = account ?? (await makePerson()).id;
  return sendCode(
    { ownerId: randomUUID(), accountId, purpose, number },
    { methodId: null, channel },
    visitAt(at),
  );
};

const withSettings = (change: Partial<config.Settings>) => {
  const settings = { ...config.settings(), ...change };
  vi.spyOn(config, "settings").mockReturnValue(settings);
};

/** Messages that went there before; the outbox is taken for a provider that costs something. */
async function earlier(country: string, count: number, at: Date, confirmed = 0): Promise<void> {
  for (let place = 0; place < count; place += 1) {
    const row = delivery.sealMessage({
      accountId: null,
      channel,
      purpose: "enrolment",
      to: dutch(),
      body: "x",
      now: at,
      expiresAt: after(at, minutes(10)),
    });
    await inTransaction((tx) =>
      tx.message.create({
        data: {
          ...row,
          country,
          state: "handed-over",
          nextTryAt: null,
          confirmedAt: place < confirmed ? at : null,
        },
      }),
    );
  }
}

const owners = () => db().message.findMany({ where: { purpose: "owner" } });

beforeEach(async () => {
  await query("t_messages", `DELETE FROM "Message"`, []);
  await query("t_limits", `DELETE FROM "Limit"`, []);
  await query("t_codes", `DELETE FROM "Code"`, []);
  (globalThis as { latchkeyCountries?: unknown }).latchkeyCountries = undefined;
});
afterEach(() => vi.restoreAllMocks());
afterAll(closePool);

test("a country that is switched off gets no code, at sign-in or set-up, and nothing is spent", async () => {
  withSettings({ countriesOff: ["NL"] });
  for (const purpose of ["sign-in", "enrolment"] as const)
    expect(await ask(dutch(), purpose)).toMatchObject({
      ok: false,
      reason: "country-off",
      details: { country: "NL" },
    });
  expect(await db().message.count()).toBe(0);
  expect(await db().limit.count()).toBe(0);
  expect((await ask("+12025550142", "sign-in")).ok).toBe(true);
});

test("where only some countries are on, every other one is off, and so is a number of no country", async () => {
  withSettings({ countriesOnly: ["NL"] });
  expect((await ask(dutch(), "sign-in")).ok).toBe(true);
  for (const number of ["+12025550142", "+870773111632"])
    expect(await ask(number, "sign-in")).toMatchObject({ ok: false, reason: "country-off" });
});

test("a number that had five codes and used none gets two a day while it is set up, and a confirmed one is not touched", async () => {
  const number = dutch();
  const { unconfirmed } = numbers.messages;
  let at = before(now, days(3));
  for (let count = 0; count < unconfirmed.messages; count += 1) {
    expect((await ask(number, "enrolment", at)).ok, `code ${count}`).toBe(true);
    at = after(at, hours(2));
  }
  const sent: boolean[] = [];
  for (let count = 0; count < 4; count += 1) {
    sent.push((await ask(number, "enrolment", after(now, hours(count)))).ok);
  }
  expect(sent).toEqual([true, true, false, false]);
  expect((await ask(number, "sign-in", after(now, hours(5)))).ok).toBe(true);
});

test("one used code makes a number a good one again", async () => {
  const number = dutch();
  let at = before(now, days(3));
  let messageId = "";
  for (let count = 0; count < 6; count += 1, at = after(at, hours(3))) {
    const sent = await ask(number, "enrolment", at);
    if (sent.ok) ({ messageId } = sent.value);
  }
  await query("t_use", `UPDATE "Code" SET "usedAt" = $1 WHERE "messageId" = $2`, [at, messageId]);
  for (let count = 0; count < 4; count += 1)
    expect((await ask(number, "enrolment", after(now, hours(count)))).ok).toBe(true);
});

test("a country that is written to as never before, without answers, is held for new numbers; the owner is told once", async () => {
  vi.spyOn(delivery, "isFree").mockReturnValue(false);
  withSettings({ ownerEmail: "owner@example.com" });
  await earlier("NL", 7, before(now, days(3)), 7);
  await earlier("NL", 30, before(now, hours(1)));
  for (let count = 0; count < 3; count += 1)
    expect(await ask(dutch(), "enrolment")).toMatchObject({ ok: false, reason: "country-off" });
  expect((await ask(dutch(), "sign-in")).ok, "a confirmed number is never held").toBe(true);
  expect((await ask("+12025550142", "enrolment")).ok, "nor is another country").toBe(true);
  expect(await ask(dutch(), "enrolment", after(now, minutes(5)))).toMatchObject({ ok: false });
  expect(await owners()).toHaveLength(1);
  expect((await ask(dutch(), "enrolment", after(now, days(1)))).ok, "a day later it is over").toBe(true);
});

test("a country that is busy and answers, or was always busy, is not held", async () => {
  vi.spyOn(delivery, "isFree").mockReturnValue(false);
  await earlier("NL", 60, before(now, hours(1)), 35);
  expect((await ask(dutch(), "enrolment")).ok).toBe(true);
  await query("t_messages", `DELETE FROM "Message"`, []);
  for (let day = 2; day < 8; day += 1) await earlier("NL", 10, before(now, days(day)), 10);
  await earlier("NL", 25, before(now, hours(1)));
  expect((await ask(dutch(), "enrolment", after(now, minutes(2)))).ok).toBe(true);
});

test("a demonstration whose messages cost nothing holds no country", async () => {
  await earlier("NL", 30, before(now, hours(1)));
  expect((await ask(dutch(), "enrolment")).ok).toBe(true);
});
