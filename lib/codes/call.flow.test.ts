import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { makePerson } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, minutes, seconds } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { whileAccountIsLocked } from "@/lib/setup/test-account";
import { allowanceOf, type CodeBinding, repeatByCall, sendCode } from ".";

const now = new Date();
let lastNumber = 100;
// Another address for every number, so that the budgets of an address are not what a test meets.
const visitAt = (at: Date) => ({ now: at, address: `203.0.113.${lastNumber}`, browser: "" });
afterAll(closePool);
afterEach(() => vi.restoreAllMocks());

const bindingOf = async (): Promise<CodeBinding> => ({
  ownerId: randomUUID(),
  accountId: (await makePerson()).id,
  purpose: "sign-in",
  number: `+447700900${lastNumber++}`,
});

const bodiesTo = (number: string): { channel: string; body: string }[] =>
  fs
    .readFileSync(outboxPath(), "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line))
    .filter(({ to }) => to === number);

const sent = async (binding: CodeBinding) => {
  expect((await sendCode(binding, { methodId: null, channel: "text" }, visitAt(now))).ok).toBe(true);
};

test("a call says the very code that was texted, at once, and the code keeps its letter and its end", async () => {
  const binding = await bindingOf();
  await sent(binding);
  expect((await repeatByCall(binding, { methodId: null }, visitAt(after(now, seconds(3))))).ok).toBe(true);
  const [text, call] = bodiesTo(binding.number);
  const digits = /#(\d{6})$/.exec(text?.body ?? "")?.[1] ?? "";
  expect(call?.channel).toBe("voice");
  expect(call?.body).toContain([...digits].join(", "));
  expect(call?.body).toContain("letter A");
  const codes = await db().code.findMany({ where: { ownerId: binding.ownerId } });
  expect(codes).toHaveLength(1);
  expect(codes[0]?.expiresAt).toEqual(after(now, numbers.code.lifetime));
  expect(codes[0]?.sealed).not.toContain(digits);
  const message = await db().message.findUniqueOrThrow({ where: { id: codes[0]?.messageId ?? "" } });
  expect(message.channel).toBe("voice");
});

test("an account is locked before its code: a press while the code is answered waits for nobody who waits for it", async () => {
  const binding = await bindingOf();
  await sent(binding);
  const warned = vi.spyOn(log, "warn");
  const pressed = await whileAccountIsLocked(
    binding,
    () => repeatByCall(binding, { methodId: null }, visitAt(after(now, seconds(1)))),
    (tx) => tx.code.updateMany({ where: { ownerId: binding.ownerId }, data: { usedAt: now } }),
  );
  expect(pressed).toEqual({ ok: false, reason: "gone" });
  expect(warned).not.toHaveBeenCalled();
});

test("two presses at once make one call, and so does a second press a moment later", async () => {
  const binding = await bindingOf();
  await sent(binding);
  const press = (wait: number) => repeatByCall(binding, { methodId: null }, visitAt(after(now, wait)));
  const pressed = await Promise.all([press(seconds(1)), press(seconds(1))]);
  expect(pressed.filter(({ ok }) => ok).length).toBeGreaterThan(0);
  expect((await press(seconds(9))).ok).toBe(true);
  expect(bodiesTo(binding.number).filter(({ channel }) => channel === "voice")).toHaveLength(1);
});

test("calls are spent from the number's hour like any message", async () => {
  const binding = await bindingOf();
  await sent(binding);
  for (let turn = 1; turn < numbers.messages.numberHour.max; turn += 1) {
    const called = await repeatByCall(binding, { methodId: null }, visitAt(after(now, turn * seconds(45))));
    expect(called.ok, `call ${turn}`).toBe(true);
  }
  const refused = await repeatByCall(binding, { methodId: null }, visitAt(after(now, minutes(5))));
  expect(refused).toMatchObject({ ok: false, reason: "limit" });
});

test("a code that is used, or about to end, is not called out", async () => {
  const binding = await bindingOf();
  await sent(binding);
  const late = visitAt(after(now, numbers.code.lifetime - numbers.line.callWithin));
  expect(await repeatByCall(binding, { methodId: null }, late)).toMatchObject({ ok: false, reason: "gone" });
  await db().code.updateMany({ where: { ownerId: binding.ownerId }, data: { usedAt: now } });
  const [code] = await db().code.findMany({ where: { ownerId: binding.ownerId } });
  expect(code?.sealed, "the digits go when the code is used").toBeNull();
  expect(await repeatByCall(binding, { methodId: null }, visitAt(now))).toMatchObject({
    ok: false,
    reason: "gone",
  });
});

test("nobody waits for longer than 30 s for the next code, whenever they ask", async () => {
  // Over more than one twelfth of the window; few enough for a second try of this test within the block's day.
  for (let moment = 0; moment < 10; moment += 1) {
    const visit = visitAt(after(now, moment * 377));
    const binding = await bindingOf();
    await sendCode(binding, { methodId: null, channel: "text" }, visit);
    const { waitsUntil = visit.now } = await allowanceOf(binding, visit);
    const wait = waitsUntil.getTime() - visit.now.getTime();
    expect(wait).toBeLessThanOrEqual(seconds(30));
    // A twelfth is counted in whole milliseconds.
    expect(wait).toBeGreaterThan(numbers.messages.numberPause.window - 12);
  }
});

test("what is said to be left is what is left, and telling it writes nothing", async () => {
  const binding = await bindingOf();
  const visit = visitAt(after(now, minutes(1)));
  const { max } = numbers.messages.numberHour;
  expect(await allowanceOf(binding, visit)).toEqual({ left: max, waitsUntil: undefined });
  await sendCode(binding, { methodId: null, channel: "text" }, visit);
  const told = await allowanceOf(binding, visit);
  expect(await allowanceOf(binding, visit)).toEqual(told);
  expect(told.left).toBe(max - 1);
  const at = told.waitsUntil ?? visit.now;
  const channel = "text";
  const early = await sendCode(binding, { methodId: null, channel }, visitAt(after(visit.now, seconds(20))));
  expect(early).toMatchObject({ ok: false, details: { retryAt: at } });
  expect((await sendCode(binding, { methodId: null, channel }, visitAt(at))).ok).toBe(true);
});
