/** The letter of a code: what two texts are told apart by, so no two codes of one owner that are still here share it. */
import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { freshNumber, makePerson } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { after, hours, minutes } from "@/lib/kernel/durations";
import { sweep } from "@/lib/sweeps";
import { type CodeBinding, sendCode } from ".";

const now = new Date();
afterAll(closePool);

const bindingOf = async (): Promise<CodeBinding> => ({
  ownerId: randomUUID(),
  accountId: (await makePerson()).id,
  purpose: "undo",
  number: freshNumber(),
});

let visits = 0;
const send = async (binding: CodeBinding, at: Date) => {
  visits += 1;
  const visit = { now: at, address: `192.0.2.${visits}`, browser: "" };
  const sent = await sendCode(binding, { methodId: null, channel: "text" }, visit);
  if (!sent.ok) throw new Error(sent.reason);
  return sent.value.letter;
};

test("a link of a week still gets its codes after the first of them was swept", async () => {
  const binding = await bindingOf();
  expect(await send(binding, now)).toBe("A");
  const nextDay = after(now, hours(23));
  expect(await send(binding, nextDay)).toBe("B");
  await sweep(after(now, hours(24) + minutes(15)));
  expect(await db().code.count({ where: { ownerId: binding.ownerId } })).toBe(1);
  expect(await send(binding, after(now, hours(24) + minutes(30)))).toBe("C");
});

test("two codes that are sent for one attempt at the same moment are both sent, each with a letter of its own", async () => {
  const binding = await bindingOf();
  const phones = [freshNumber(), freshNumber(), freshNumber(), freshNumber()];
  const letters = await Promise.all(phones.map((number) => send({ ...binding, number }, now)));
  expect(letters.sort()).toEqual(["A", "B", "C", "D"]);
  const messages = await db().message.count({ where: { accountId: binding.accountId } });
  const events = await db().event.findMany({ where: { accountId: binding.accountId, kind: "code-sent" } });
  expect(messages).toBe(4);
  expect(events.map(({ facts }) => (facts as { letter: string }).letter).sort()).toEqual(letters);
});
