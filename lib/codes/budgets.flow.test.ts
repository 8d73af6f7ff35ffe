/** The budgets of messages (lib/kernel/numbers.ts): each by itself, at its edge, with two requests at once. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeEach, expect, test } from "vitest";
import { makePerson } from "@/e2e/fixtures/people";
import { closePool, query } from "@/lib/db";
import { after, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { sendCode } from ".";

const now = new Date("2026-11-24T10:00:00Z");
const { messages } = numbers;

type Asked = { readonly account: string; readonly number: string; readonly address: string };
let last = 0;
/** Each of a block and country of its own, nine digits long. */
const blocks = ["+316123", "+336123", "+346123", "+485123", "+324701"];
/** Another account, address and number each time, and another country for five in a row. */
const somebody = async (): Promise<Asked> => {
  last += 1;
  return {
    account: (await makePerson()).id,
    number: `${blocks[last % blocks.length]}${10_000 + 137 * last}`,
    address: `203.0.${last % 250}.${(last * 7) % 250}`,
  };
};

const send = ({ account, number, address }: Asked, at = now, action: string | null = null) =>
  sendCode(
    { ownerId: randomUUID(), accountId: account, purpose: "sign-in", number, action },
    { methodId: null, channel: "text" },
    { now: at, address, browser: "" },
  );

beforeEach(async () => {
  await query("t_limits", `DELETE FROM "Limit"`, []);
});
afterAll(closePool);

const sameBlock = (number: string) =>
  `${number.slice(0, -3)}${String(Number(number.slice(-3)) ^ 1).padStart(3, "0")}`;

test.each<[name: string, max: number, alike: (first: Asked, other: Asked) => Asked]>([
  ["message-hour", messages.numberHour.max, (first, other) => ({ ...other, number: first.number })],
  ["message-day", messages.numberDay.max, (first, other) => ({ ...other, number: first.number })],
  ["message-account", messages.accountDay.max, (first, other) => ({ ...other, account: first.account })],
  ["message-address", messages.addressHour.max, (first, other) => ({ ...other, address: first.address })],
  [
    "message-prefix",
    messages.prefixDay.max,
    (first, other) => ({ ...other, number: sameBlock(first.number) }),
  ],
  [
    "message-country",
    messages.countryDay.max,
    (first, other) => ({ ...other, number: `${first.number.slice(0, 3)}6987${first.number.slice(-5)}` }),
  ],
  ["message-site", messages.siteDay.max, (_first, other) => other],
])(
  "%s: of two requests at once for the last of its messages one is served, and the next in vain (AT-031)",
  async (name, max, alike) => {
    const first = await somebody();
    expect((await send(first)).ok).toBe(true);
    const filled = await query(
      "t_fill",
      `UPDATE "Limit" SET "counts"[1] = $2 - 1 WHERE "key" LIKE $1 || ':%' RETURNING "key"`,
      [name, max],
    );
    expect(filled).toHaveLength(1);
    const others = await Promise.all([somebody(), somebody(), somebody()]);
    const [one, two, three] = others.map((other) => alike(first, other)) as [Asked, Asked, Asked];
    const at = after(now, seconds(31)); // past the pause between two to one number
    const results = await Promise.all([send(one, at, "a"), send(two, at, "b")]);
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await send(three, at, "c")).toMatchObject({ ok: false, reason: "limit" });
    expect((await send(await somebody(), at)).ok).toBe(name !== "message-site");
  },
);

test("message-pause: one in half a minute to a number, for each purpose", async () => {
  const first = await somebody();
  const results = await Promise.all([send(first), send(first), send(first)]);
  expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  // Counted in twelfths: from its window on, and never later than the 30 s that people read.
  const last = after(now, messages.numberPause.window - 12); // a twelfth is whole milliseconds
  expect(await send(first, last)).toMatchObject({ ok: false, reason: "limit" });
  expect((await send(first, after(now, seconds(30)))).ok).toBe(true);
});
