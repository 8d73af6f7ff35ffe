import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { closePool, db } from "@/lib/db";
import { type FailureReason, sealMessage } from "@/lib/delivery";
import { after, before, hours, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { sealMethodData } from "@/lib/methods";
import { lookAtNumbers } from ".";

const now = new Date();
afterAll(closePool);
let last = 0;

async function newOwner({ isOn = true } = {}) {
  const accountId = randomUUID();
  const methodId = randomUUID();
  const number = `+4477009002${String(last++).padStart(2, "0")}`;
  const email = `${accountId}@example.com`;
  await db().account.create({
    data: {
      id: accountId,
      name: "",
      email,
      emailKey: email,
      passwordHash: "",
      passwordChangedAt: now,
      twoStepOnAt: isOn ? now : null,
      createdAt: now,
      methods: {
        create: {
          id: methodId,
          kind: "phone",
          data: sealMethodData("Method", { id: methodId, accountId }, { number, channel: "text" }),
          position: 0,
          createdAt: now,
        },
      },
    },
  });
  return { accountId, methodId, number, email };
}

type Owner = Awaited<ReturnType<typeof newOwner>>;

async function message(owner: Owner, at: Date, end: FailureReason | "delivered") {
  const row = sealMessage({
    accountId: owner.accountId,
    channel: "text",
    purpose: "sign-in",
    to: owner.number,
    body: "x",
    now: at,
    expiresAt: after(at, hours(1)),
  });
  const ended =
    end === "delivered" ? { state: end, deliveredAt: at } : { state: "failed", reason: end, failedAt: at };
  await db().message.create({ data: { ...row, ...ended, handedOverAt: at } });
}

const fail = async (owner: Owner, count: number, reason: FailureReason = "unreachable") => {
  for (let turn = 0; turn < count; turn += 1) await message(owner, before(now, minutes(5 - turn)), reason);
};
const warnedAt = async ({ methodId }: Owner) =>
  (await db().method.findUniqueOrThrow({ where: { id: methodId } })).warnedAt;
const events = ({ accountId }: Owner) =>
  db().event.findMany({ where: { accountId }, select: { kind: true, facts: true } });
const mails = ({ accountId }: Owner) => db().message.count({ where: { accountId, channel: "email" } });

test("three failures in a row mark the number and are told by mail and in the log, once, with two instances looking", async () => {
  const owner = await newOwner();
  await fail(owner, numbers.numberHealth.failures);
  await Promise.all([lookAtNumbers(now), lookAtNumbers(now)]);
  const lastDigits = owner.number.slice(-2);
  expect(await events(owner)).toEqual([
    { kind: "number-failing", facts: expect.objectContaining({ method: "phone", lastDigits }) },
  ]);
  await lookAtNumbers(after(now, minutes(1)));
  expect(await warnedAt(owner)).toEqual(now);
  expect(await mails(owner)).toBe(1);
});

test("two failures, and three with one delivered between, are not told", async () => {
  const [two, mixed] = [await newOwner(), await newOwner()];
  await fail(two, 2);
  await message(mixed, before(now, minutes(9)), "unreachable");
  await message(mixed, before(now, minutes(8)), "delivered");
  await fail(mixed, 2);
  await lookAtNumbers(now);
  for (const owner of [two, mixed]) {
    expect(await warnedAt(owner)).toBeNull();
    expect(await mails(owner)).toBe(0);
  }
});

test("trouble of ours or a provider's is nobody's number", async () => {
  const owner = await newOwner();
  await fail(owner, 5, "no-answer");
  await lookAtNumbers(now);
  expect(await warnedAt(owner)).toBeNull();
});

test("an account without Two-Step Verification is not warned", async () => {
  const owner = await newOwner({ isOn: false });
  await fail(owner, 4);
  await lookAtNumbers(now);
  expect(await mails(owner)).toBe(0);
});

test("a message that arrives takes the mark away, and a later failure is told anew", async () => {
  const owner = await newOwner();
  await fail(owner, 3);
  await lookAtNumbers(now);
  await message(owner, after(now, minutes(1)), "delivered");
  await lookAtNumbers(after(now, minutes(2)));
  expect(await warnedAt(owner)).toBeNull();
  for (const turn of [3, 4, 5]) await message(owner, after(now, minutes(turn)), "landline");
  await lookAtNumbers(after(now, minutes(6)));
  expect(await mails(owner)).toBe(2);
});

/** More phones of one account than one look takes, with the lowest ids there are, none of them worth a mail. */
async function crowd(kind: "phone" | "app"): Promise<void> {
  const owner = await newOwner();
  await fail(owner, 2);
  const { number } = owner;
  await db().method.createMany({
    data: Array.from({ length: numbers.numberHealth.batch }, (_, place) => {
      const id = `00000000-0000-4000-8000-${`${last++}`.padStart(12, "0")}`;
      return {
        id,
        accountId: owner.accountId,
        kind,
        data: sealMethodData("Method", { id, accountId: owner.accountId }, { number, channel: "text" }),
        position: place + 1,
        createdAt: now,
      };
    }),
  });
}

test("apps of an account whose texts fail keep nobody's number from being looked at", async () => {
  const owner = await newOwner();
  await fail(owner, 3);
  await crowd("app");
  await lookAtNumbers(now);
  expect(await mails(owner)).toBe(1);
  await db().method.deleteMany();
});

test("with more numbers in trouble than one look takes, each is looked at before long", async () => {
  const owner = await newOwner();
  await fail(owner, 3);
  await crowd("phone");
  // One look leaves out two of some two hundred, never the same ones.
  for (let look = 0; look < 8 && (await mails(owner)) === 0; look += 1) await lookAtNumbers(now);
  expect(await mails(owner)).toBe(1);
  await db().method.deleteMany();
});

test("a number that cannot be looked at keeps no other's owner from being told", async () => {
  const owners = [await newOwner(), await newOwner(), await newOwner()] as const;
  for (const owner of owners) await fail(owner, 3);
  const [broken, ...others] = owners;
  await db().$executeRawUnsafe(`
    CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'refused'; END $$`);
  await db().$executeRawUnsafe(`
    CREATE TRIGGER refuse_event BEFORE INSERT ON "Event" FOR EACH ROW
    WHEN (NEW."accountId" = '${broken.accountId}') EXECUTE FUNCTION refuse_event()`);
  for (const look of [1, 2]) await lookAtNumbers(after(now, minutes(look)));
  for (const owner of others) expect(await mails(owner)).toBe(1);
  expect(await mails(broken)).toBe(0);
  expect(await warnedAt(broken)).toBeNull();
});
