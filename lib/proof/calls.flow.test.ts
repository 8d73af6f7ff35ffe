/** Numbers that only take calls are called of the graver changes (docs/decisions/0039). */
import { readFileSync } from "node:fs";
import { afterAll, beforeEach, expect, it, test } from "vitest";
import { freshNumber, makePerson, makeSession, type Person } from "@/e2e/fixtures/people";
import { deliverAll } from "@/e2e/fixtures/rounds";
import { sendCode } from "@/lib/codes";
import { closePool, db, inTransaction } from "@/lib/db";
import { numberHealth, outboxPath } from "@/lib/delivery";
import { twimlOf } from "@/lib/delivery/providers/twilio";
import { after, seconds } from "@/lib/kernel/durations";
import { inLanguage, languages } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, open } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { removeMethod, turnOff } from "@/lib/security";
import { words } from "@/lib/words";
import { alertByPhone } from ".";
import { told as howTold, isToldByPhone, rings } from "./told";

const at = (now = new Date()): Visit => ({ now, address: "127.0.0.1", browser: "Chrome · Linux" });
afterAll(closePool);
beforeEach(async () => {
  await db().limit.deleteMany();
});

type Told = { channel: string; to: string; body: string; language?: string };

/** What was queued for a person's phones, opened. */
async function told(person: Person): Promise<Told[]> {
  const rows = await db().message.findMany({
    where: { accountId: person.id, purpose: "alert", channel: { not: "email" } },
    orderBy: { createdAt: "asc" },
  });
  return rows.map((row) => ({
    channel: row.channel,
    ...JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: person.id })),
  }));
}

const ownerOf = async (person: Person) => {
  const { id } = await db().session.findUniqueOrThrow({
    where: { tokenHash: hashToken(await makeSession(person)) },
  });
  return { id, accountId: person.id, email: person.email };
};

const numberOf = (person: Person, channel: "text" | "voice"): string =>
  person.methods.flatMap((method) =>
    method.kind === "phone" && method.channel === channel ? [method.number] : [],
  )[0] ?? "";

async function call(number: string, kind: string, now = new Date()): Promise<unknown[]> {
  const { id } = await makePerson();
  return inTransaction((tx) => alertByPhone(tx, id, [{ number, channel: "voice" }], kind, at(now), {}));
}

it("a removed phone: the number that takes texts is texted, the one that does not is called, each once", async () => {
  const person = await makePerson({ methods: ["app", "text", "voice"] });
  const [, phone] = person.methods;
  expect((await removeMethod(phone?.id ?? "", true, await ownerOf(person), at())).ok).toBe(true);
  const all = await told(person);
  expect(all.map(({ channel, to }) => [channel, to])).toEqual([
    ["text", numberOf(person, "text")],
    ["voice", numberOf(person, "voice")],
  ]);
  const digits = [...numberOf(person, "text").slice(-2)].join(", ");
  const said = all[1]?.body ?? "";
  expect(
    said.split(`A way to get codes was removed from your account: the phone number ending ${digits}.`),
  ).toHaveLength(3);
  expect(said).toContain("open the sign-in page of Latchkey yourself");
});

it("Two-Step Verification that is turned off: the landline is called, and the call stands in the outbox like every other", async () => {
  const person = await makePerson({ methods: ["app", "voice"] });
  await turnOff(await ownerOf(person), at());
  expect((await told(person)).map(({ channel }) => channel)).toEqual(["voice"]);
  await deliverAll();
  const lines = readFileSync(outboxPath(), "utf8").trim().split("\n");
  const calls = lines.map((line) => JSON.parse(line)).filter(({ to }) => to === numberOf(person, "voice"));
  expect(calls).toMatchObject([
    { channel: "voice", purpose: "alert", body: expect.stringContaining("was turned off") },
  ]);
});

it("is said in the language of its owner, whoever made the change", async () => {
  const person = await makePerson({ methods: ["app", "voice"] });
  await db().account.update({ where: { id: person.id }, data: { language: "de" } });
  await turnOff(await ownerOf(person), at());
  expect(await told(person)).toMatchObject([
    {
      language: "de",
      body: expect.stringContaining("Die Bestätigung in zwei Schritten Ihres Kontos wurde ausgeschaltet."),
    },
  ]);
});

it("codes use up no call of an alert, and alerts no call of a code", async () => {
  const person = await makePerson({ methods: ["app", "voice"] });
  const number = numberOf(person, "voice");
  const code = (now: Date) =>
    sendCode(
      { ownerId: person.id, accountId: person.id, purpose: "sign-in", number },
      { methodId: null, channel: "voice" },
      at(now),
    );
  const now = new Date();
  const { callDay, callPause } = numbers.alerts;
  const later = (turn: number) => after(now, turn * 2 * callPause.window);
  for (let turn = 0; turn < callDay.max; turn += 1)
    expect(await call(number, "two-step-off", later(turn))).toHaveLength(1);
  expect(await call(number, "two-step-off", later(callDay.max)), "the day's calls").toEqual([]);
  // What gives somebody a way in is counted apart from what takes one away.
  expect(await call(number, "method-added", later(callDay.max))).toHaveLength(1);
  await deliverAll(after(now, seconds(1)));
  expect((await numberHealth(number, later(9))).sent, "an alert is no code that nobody answered").toBe(0);
  for (let turn = 0; turn < numbers.messages.numberHour.max; turn += 1)
    expect((await code(after(now, turn * seconds(33)))).ok).toBe(true);
  expect((await code(after(now, 5 * seconds(33)))).ok, "the hour's codes").toBe(false);
  await db().limit.deleteMany({ where: { key: { startsWith: "alert" } } });
  expect(await call(number, "two-step-off")).toHaveLength(1);
});

it("rings once for what happens within ten minutes, also when it happens at the same moment", async () => {
  const number = freshNumber();
  const now = new Date();
  const both = await Promise.all([call(number, "two-step-off", now), call(number, "password-changed", now)]);
  expect(both.flat()).toHaveLength(1);
  expect(await call(number, "email-changed", after(now, numbers.alerts.callPause.window - 1))).toEqual([]);
  // A budget gives back by twelfths of its window.
  expect(
    await call(number, "email-changed", after(now, (numbers.alerts.callPause.window * 13) / 12)),
  ).toHaveLength(1);
});

it("does not ring for what comes by the clock", async () => {
  expect(await call(freshNumber(), "recovery-waiting")).toEqual([]);
  expect(await call(freshNumber(), "suspended-removed")).toEqual([]);
});

test.each(languages)(
  "what a call says in %s holds nothing secret, no address, and no digits but those of a number's end",
  async (language) => {
    const person = await makePerson();
    await db().account.update({ where: { id: person.id }, data: { language } });
    const facts = {
      method: "phone",
      lastDigits: "42",
      oldDigits: "17",
      what: "access_pass",
      email: "robin@private.example",
    };
    for (const kind of Object.keys(howTold).filter(isToldByPhone).filter(rings)) {
      await db().limit.deleteMany();
      await inTransaction((tx) =>
        alertByPhone(tx, person.id, [{ number: freshNumber(), channel: "voice" }], kind, at(), {
          ...facts,
          case: "K7F2-9QXM",
        }),
      );
      const { body } = (await told(person)).at(-1) ?? { body: "" };
      expect(body).toContain("Latchkey");
      expect(body).not.toMatch(/https?:|@|[{}]|K7F2|localhost|#/);
      // "2" of "two people" in Japanese is a word of the sentence.
      expect(
        body
          .replaceAll(/4, 2|1, 7/g, "")
          .replaceAll("2人", "")
          .replaceAll("2段階", ""),
      ).not.toMatch(/\d/);
      expect(twimlOf(body, language)).toContain("<Say");
      const notice = inLanguage(language, () => words("calls")("call", { site: "S", notice: "N" }));
      expect(notice.split("N").length, "it is said twice").toBeGreaterThan(2);
    }
  },
);
