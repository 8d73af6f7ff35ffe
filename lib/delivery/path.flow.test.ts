import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { deliverAll, turnOfRounds } from "@/e2e/fixtures/rounds";
import { asSomebodyElse, closePool, db, inTransaction, query } from "@/lib/db";
import { after, days, hours, minutes, seconds } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { ok, refuse } from "@/lib/kernel/result";
import * as limits from "@/lib/limits";
import { forgetTroubles } from "./breaker";
import { type Channel, channels } from "./channels";
import {
  enqueue,
  handOver,
  handOverAllDue,
  type MessageToSend,
  numberHealth,
  receiveReport,
  sealMessage,
  tidyUp,
} from "./flow";
import type { Cost, HandOver, OutgoingMessage, Provider, Report } from "./provider";
import { statesBefore } from "./rules";
import { applyReport } from "./store";

const start = new Date("2026-11-24T10:00:00Z");
const number = "+12025550142";

/** A provider that answers by `answer` and remembers what it was given. */
function made(
  name: string,
  answer: (message: OutgoingMessage, signal: AbortSignal) => HandOver | Promise<HandOver>,
): Provider & { given: OutgoingMessage[] } {
  const given: OutgoingMessage[] = [];
  return {
    name,
    given,
    send: async (message, signal) => {
      given.push(message);
      return answer(message, signal);
    },
  };
}

const takes = (name = "taking") => made(name, ({ id }) => ({ state: "handed-over", providerId: id }));
const refuses = (name: string, reason: "busy" | "unknown-number" | "country-off", isFinal: boolean) =>
  made(name, () => ({ state: "refused", reason, isFinal }));
const hangs = (name = "hanging") => made(name, () => new Promise<HandOver>(() => {}));

const use = (channel: Channel, ...providers: Provider[]) =>
  vi.spyOn(channels[channel], "providers").mockReturnValue(providers);

const put = (message: Partial<MessageToSend> = {}): Promise<string> =>
  inTransaction((tx) =>
    enqueue(tx, {
      accountId: randomUUID(),
      channel: "text",
      purpose: "sign-in",
      to: number,
      body: "481203 is your code (A).",
      now: start,
      expiresAt: after(start, minutes(10)),
      isAwaited: true,
      ...message,
    }),
  );

const alert = (to: string, at: Date, body = "something changed") =>
  put({
    channel: "email",
    purpose: "alert",
    to,
    subject: "Alert",
    body,
    now: at,
    isAwaited: false,
    expiresAt: after(at, hours(100)),
  });

const rowOf = (id: string) => db().message.findUniqueOrThrow({ where: { id } });
const stateOf = async (id: string) => (await rowOf(id)).state;

const told = (provider: string, report: Report, now = start) =>
  applyReport(
    provider,
    {
      messageId: undefined,
      providerId: undefined,
      reason: undefined,
      cost: undefined,
      costAskAt: undefined,
      ...report,
    },
    statesBefore(report.state),
    now,
  );

beforeEach(async () => {
  forgetTroubles();
  await query("t_messages", `DELETE FROM "Message"`, []);
});
afterEach(() => vi.restoreAllMocks());
afterAll(closePool);

test("a message that was taken is handed over once, and its words are gone", async () => {
  const provider = takes();
  use("text", provider);
  const id = await put();
  expect(await handOver(id, start)).toBe("handed-over");
  expect(await handOver(id, start)).toBe("still-trying");
  await turnOfRounds(after(start, hours(1)));
  expect(provider.given).toHaveLength(1);
  expect(provider.given[0]).toMatchObject({ id, to: number, channel: "text" });
  expect(await rowOf(id)).toMatchObject({
    state: "handed-over",
    content: null,
    provider: "taking",
    providerId: id,
    country: "US",
  });
  expect((await rowOf(id)).recipient).not.toContain(number);
});

test("the next provider is asked when one refuses, at once", async () => {
  const [first, second] = [refuses("first", "country-off", true), takes("second")];
  use("text", first, second);
  const id = await put();
  expect(await handOver(id, start)).toBe("handed-over");
  expect(first.given).toHaveLength(1);
  expect((await rowOf(id)).provider).toBe("second");
});

test("no other provider is asked about an impossible number", async () => {
  const second = takes("second");
  use("text", refuses("first", "unknown-number", true), second);
  const id = await put();
  expect(await handOver(id, start)).toBe("failed");
  expect(second.given).toHaveLength(0);
  expect(await rowOf(id)).toMatchObject({ state: "failed", reason: "unknown-number" });
  expect((await rowOf(id)).content).toBeNull();
});

test("a provider that hangs holds nobody up for longer than 5 s, and the rounds go on", async () => {
  use("text", hangs());
  const id = await put();
  const began = performance.now();
  expect(await handOver(id, start)).toBe("still-trying");
  expect(performance.now() - began).toBeLessThan(numbers.delivery.withinRequest + 700);
  expect(await stateOf(id)).toBe("queued");
  const provider = takes();
  use("text", provider);
  await turnOfRounds(after(start, numbers.delivery.claim));
  expect(await stateOf(id)).toBe("handed-over");
}, 15_000);

test("a provider of texts that hangs keeps no mail waiting", async () => {
  let answer: (said: HandOver) => void = () => {};
  const slow = made("slow", () => new Promise<HandOver>((resolve) => (answer = resolve)));
  use("text", slow);
  const mails = takes();
  use("email", mails);
  const text = await put({ isAwaited: false, expiresAt: after(new Date(), hours(1)) });
  await alert("ann@example.com", new Date());
  let turns = 0;
  const texts = handOverAllDue("text", () => turns++ > 0);
  await vi.waitFor(() => expect(slow.given).toHaveLength(1));
  await handOverAllDue("email", () => false);
  expect(mails.given).toHaveLength(1);
  expect(await stateOf(text)).toBe("queued");
  answer({ state: "refused", reason: "unknown-number", isFinal: true });
  await texts;
});

test("a provider that hangs is passed over for the next one within the request", async () => {
  const second = takes("second");
  use("text", hangs(), second);
  const id = await put();
  expect(await handOver(id, start)).toBe("handed-over");
  expect((await rowOf(id)).provider).toBe("second");
}, 15_000);

test("a provider in trouble rests, and a message does not wait for it", async () => {
  const first = refuses("first", "busy", false);
  const second = takes("second");
  use("text", first, second);
  for (let count = 0; count < 8; count += 1) expect(await handOver(await put(), start)).toBe("handed-over");
  expect(first.given).toHaveLength(numbers.delivery.breaker.troubles);
  expect(second.given).toHaveLength(8);
});

test("a trouble that is played for one number holds up nobody else", async () => {
  use("text", { ...refuses("outbox", "busy", false), isPlayed: true });
  for (let count = 0; count < 7; count += 1) await handOver(await put(), start);
  const provider = { ...takes("outbox"), isPlayed: true };
  use("text", provider);
  expect(await handOver(await put(), start)).toBe("handed-over");
});

test("with every provider at rest a message keeps its tries, and is handed over when one is back", async () => {
  let isUp = false;
  const provider = made("only", ({ id }) =>
    isUp ? { state: "handed-over", providerId: id } : { state: "refused", reason: "busy", isFinal: false },
  );
  use("text", provider);
  for (let count = 0; count < numbers.delivery.breaker.troubles; count += 1)
    await handOver(await put(), start);
  const id = await put();
  expect(await handOver(id, start)).toBe("still-trying");
  expect((await rowOf(id)).tries).toBe(0);
  expect(await turnOfRounds(after(start, seconds(20)))).toBe(0); // resting: nothing is even claimed
  isUp = true;
  for (let at = 35; at <= 120; at += 5) await turnOfRounds(after(start, seconds(at)));
  expect(await stateOf(id)).toBe("handed-over");
});

test("a code that could not be handed over in its time expires, and says so", async () => {
  use("text", refuses("first", "busy", false));
  const id = await put();
  await handOver(id, start);
  await turnOfRounds(after(start, minutes(11)));
  expect(await rowOf(id)).toMatchObject({ state: "expired", reason: "expired" });
});

test("two instances share the work, and hand every message over once", async () => {
  const provider = made("slowish", async ({ id }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { state: "handed-over", providerId: id };
  });
  use("email", provider);
  for (let count = 0; count < 60; count += 1) await alert(`p${count}@example.com`, start);
  await Promise.all([deliverAll(start), deliverAll(start), deliverAll(start)]);
  expect(provider.given).toHaveLength(60);
  expect(new Set(provider.given.map(({ id }) => id)).size).toBe(60);
});

test("alerts to one person leave in the order of what happened, also when the first one is refused for a while", async () => {
  let refusals = 2;
  const provider = made("mail", ({ id }) => {
    if (refusals-- > 0) return { state: "refused", reason: "try-later", isFinal: false };
    return { state: "accepted", providerId: id };
  });
  use("email", provider);
  for (const [place, body] of ["first", "second", "third"].entries())
    await alert("ann@example.com", after(start, place * 1000), body);
  await alert("bob@example.com", after(start, 500), "other");
  for (let minute = 0; minute < 8; minute += 1)
    for (let turn = 0; turn < 4; turn += 1) await turnOfRounds(after(start, seconds(5) + minutes(minute)));
  const arrived = (await db().message.findMany({ where: { state: "accepted" } })).length;
  expect(arrived).toBe(4);
  const bodies = provider.given.map(({ body }) => body).filter((body) => body !== "other");
  expect(bodies.filter((body, place) => bodies.lastIndexOf(body) === place)).toEqual([
    "first",
    "second",
    "third",
  ]);
});

test("the mail server is down for an hour: the alerts arrive after it, within a minute or two and in order", async () => {
  let isUp = false;
  const arrived: string[] = [];
  const provider = made("mail", ({ id, body }) => {
    if (!isUp) throw Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" });
    arrived.push(body);
    return { state: "accepted", providerId: id };
  });
  use("email", provider);
  await alert("ann@example.com", start, "password changed");
  await alert("ann@example.com", after(start, minutes(20)), "phone added");
  for (let at = seconds(1); at < hours(1); at += seconds(10)) await turnOfRounds(after(start, at));
  expect(arrived).toEqual([]);
  expect(provider.given.length).toBeLessThan(80);
  isUp = true;
  for (let at = hours(1); at < hours(1) + minutes(2); at += seconds(5)) await turnOfRounds(after(start, at));
  expect(arrived).toEqual(["password changed", "phone added"]);
}, 60_000);

test("a fault of a provider's module is a line of the log, and its message is tried again", async () => {
  const warn = vi.spyOn(log, "warn").mockReturnValue();
  use(
    "text",
    made("faulty", () => {
      throw new TypeError("Cannot read properties of undefined");
    }),
  );
  const id = await put();
  expect(await handOver(id, start)).toBe("still-trying");
  expect(await rowOf(id)).toMatchObject({ state: "queued", reason: "no-answer" });
  expect(warn.mock.calls).toEqual([
    [{ provider: "faulty", err: expect.any(TypeError) }, "a provider's module failed"],
  ]);
});

test("a message of a channel that this version does not know fails, and takes no other with it", async () => {
  use("text", takes());
  const id = await put();
  await query("t_channel", `UPDATE "Message" SET "channel" = 'pigeon' WHERE "id" = $1`, [id]);
  expect(await handOver(id, start)).toBe("failed");
  expect(await rowOf(id)).toMatchObject({ state: "failed", reason: "no-channel" });
});

test("killed between the hand-over and its mark, a message is sent again under the same id", async () => {
  const seen = new Map<string, number>();
  const provider = made("idempotent", ({ id }) => {
    seen.set(id, (seen.get(id) ?? 0) + 1);
    return { state: "handed-over", providerId: `theirs-${id}` };
  });
  use("text", provider);
  const id = await put();
  // What kill -9 leaves behind: claimed, sent, not marked.
  await query("t_claim", `UPDATE "Message" SET "tries" = 1, "nextTryAt" = $2 WHERE "id" = $1`, [
    id,
    after(start, numbers.delivery.claim),
  ]);
  seen.set(id, 1);
  await turnOfRounds(after(start, seconds(59)));
  expect(await stateOf(id)).toBe("queued");
  await turnOfRounds(after(start, minutes(1)));
  expect([...seen]).toEqual([[id, 2]]);
  expect(await stateOf(id)).toBe("handed-over");
});

test("a report that is faster than the answer of the provider is kept, and the message is not sent again", async () => {
  const provider = made("fast", async ({ id }) => {
    await told("fast", { state: "delivered", messageId: id, providerId: "x1" });
    return { state: "handed-over", providerId: "x1" };
  });
  use("text", provider);
  const id = await put();
  await handOver(id, start);
  expect(await rowOf(id)).toMatchObject({ state: "delivered" });
  await turnOfRounds(after(start, minutes(5)));
  expect(provider.given).toHaveLength(1);
});

test("reports out of order, repeated or from another provider change nothing that is further on", async () => {
  use("text", takes("one"));
  const id = await put();
  await handOver(id, start);
  expect(await told("other", { state: "delivered", providerId: id })).toBe(false);
  expect(await told("other", { state: "delivered", messageId: id })).toBe(false);
  expect(await told("one", { state: "delivered", providerId: id }, after(start, 3000))).toBe(true);
  expect(await told("one", { state: "accepted", providerId: id }, after(start, 4000))).toBe(false);
  expect(await told("one", { state: "delivered", providerId: id }, after(start, 5000))).toBe(false);
  expect(await told("one", { state: "failed", providerId: id, reason: "unreachable" })).toBe(false);
  expect(await rowOf(id)).toMatchObject({
    state: "delivered",
    reason: null,
    channel: "text",
    handedOverAt: expect.any(Date),
    acceptedAt: null,
    deliveredAt: after(start, 3000),
  });
});

test("a provider that gives two messages one id is believed, and neither is sent again", async () => {
  const provider = made("lying", () => ({ state: "handed-over", providerId: "same" }));
  use("text", provider);
  const ids = [await put(), await put()];
  for (const id of ids) expect(await handOver(id, start)).toBe("handed-over");
  for (const id of ids) expect(await stateOf(id)).toBe("handed-over");
});

test("a message whose key is gone stays, and is neither sent nor lost", async () => {
  const provider = takes();
  use("text", provider);
  const id = await put();
  await query("t_spoil", `UPDATE "Message" SET "content" = 'k9.' || "content" WHERE "id" = $1`, [id]);
  expect(await handOver(id, start)).toBe("still-trying");
  expect(provider.given).toHaveLength(0);
  expect((await rowOf(id)).reason).toBe("unreadable");
});

test("the health of a number counts what failed since the last message that arrived, and which codes were used", async () => {
  const states = ["failed", "delivered", "failed", "failed"] as const;
  const ids: string[] = [];
  for (const [place, state] of states.entries()) {
    const row = sealMessage({
      accountId: null,
      channel: "text",
      purpose: "sign-in",
      to: number,
      body: "x",
      now: after(start, place * 1000),
      expiresAt: after(start, hours(1)),
    });
    await db().message.create({ data: { ...row, state, handedOverAt: row.createdAt } });
    ids.push(row.id);
  }
  expect(await numberHealth(number, after(start, 5000))).toEqual({ sent: 4, confirmed: 0, failedInRow: 2 });
  const code = {
    id: randomUUID(),
    ownerId: randomUUID(),
    letter: "A",
    hash: "",
    sentAt: start,
    expiresAt: start,
  };
  await db().code.create({ data: { ...code, messageId: ids[3] ?? "" } });
  await db().code.updateMany({ where: { id: code.id, usedAt: null }, data: { usedAt: after(start, 9000) } });
  expect((await rowOf(ids[3] ?? "")).confirmedAt).toEqual(after(start, 9000));
  expect(await numberHealth(number, after(start, 9000))).toEqual({ sent: 4, confirmed: 1, failedInRow: 0 });
});

// ------------------------------------------------------------------------------- what a provider says after the hand-over

/** A code on its way by `first`, with `second` behind it; calls back as `first` would. */
async function codeOnItsWay(second = takes("second")) {
  const first = {
    ...takes("first"),
    readReport: ({ body }: { body: string }) => ok(JSON.parse(body) as Report),
  };
  use("text", first, second);
  const id = await put();
  const code = { id: randomUUID(), ownerId: randomUUID(), letter: "A", hash: "", sentAt: start };
  await db().code.create({ data: { ...code, messageId: id, expiresAt: after(start, minutes(10)) } });
  await handOver(id, start);
  const callBack = async (report: Report, now = after(start, seconds(3))) =>
    receiveReport("first", { url: "", header: () => null, body: JSON.stringify(report), now });
  const messageOfCode = async () =>
    rowOf((await db().code.findUniqueOrThrow({ where: { id: code.id } })).messageId);
  return { id, codeId: code.id, first, second, callBack, messageOfCode };
}

test("a code that the carrier refuses after the hand-over goes on by the next provider, once, with the same words", async () => {
  const { id, first, second, callBack, messageOfCode } = await codeOnItsWay();
  expect((await rowOf(id)).content).not.toBeNull();
  const report: Report = { state: "failed", providerId: id, reason: "carrier-refused" };
  await Promise.all([callBack(report), callBack(report), callBack(report)]);
  await callBack(report);
  await turnOfRounds(after(start, seconds(4)));
  expect(second.given.map(({ body, to }) => [body, to])).toEqual([[first.given[0]?.body, number]]);
  expect(first.given).toHaveLength(1);
  expect(await rowOf(id)).toMatchObject({ state: "failed", reason: "carrier-refused", content: null });
  expect(await messageOfCode()).toMatchObject({
    state: "handed-over",
    provider: "second",
    notBy: ["first"],
  });
  expect((await messageOfCode()).id).not.toBe(id);
});

test("a failure of the phone or the number is the end of it: no other provider is paid to find the same", async () => {
  for (const reason of ["unreachable", "unknown-number", "landline", "blocked"] as const) {
    const { id, second, callBack, messageOfCode } = await codeOnItsWay();
    await callBack({ state: "failed", providerId: id, reason });
    await turnOfRounds(after(start, seconds(4)));
    expect(second.given).toHaveLength(0);
    expect(await messageOfCode()).toMatchObject({ id, state: "failed", reason, content: null });
  }
});

test("nobody waits any more: a code that was used, or is three minutes old, is not sent a second time", async () => {
  const used = await codeOnItsWay();
  await db().code.update({ where: { id: used.codeId }, data: { usedAt: after(start, seconds(2)) } });
  await used.callBack({ state: "failed", providerId: used.id, reason: "carrier-refused" });
  const late = await codeOnItsWay();
  const lateAt = after(start, numbers.delivery.nextProviderWithin);
  await late.callBack({ state: "failed", providerId: late.id, reason: "carrier-refused" }, lateAt);
  await turnOfRounds(lateAt);
  expect([...used.second.given, ...late.second.given]).toEqual([]);
  expect(await stateOf(used.id)).toBe("failed");
  expect(await stateOf(late.id)).toBe("failed");
});

test("every provider gets a code once: when the last one fails too, it has failed", async () => {
  const { id, second, callBack, messageOfCode } = await codeOnItsWay();
  await callBack({ state: "failed", providerId: id, reason: "carrier-refused" });
  await turnOfRounds(after(start, seconds(4)));
  const next = await messageOfCode();
  use("text", takes("first"), { ...second, readReport: ({ body }) => ok(JSON.parse(body) as Report) });
  const body = JSON.stringify({ state: "failed", messageId: next.id, reason: "carrier-refused" });
  await receiveReport("second", { url: "", header: () => null, body, now: after(start, seconds(9)) });
  await turnOfRounds(after(start, seconds(9)));
  expect(await messageOfCode()).toMatchObject({ id: next.id, state: "failed", reason: "carrier-refused" });
  expect((await numberHealth(number, after(start, seconds(9)))).failedInRow, "one code").toBe(1);
  expect(await db().message.count()).toBe(2);
});

test("the next provider is paid from the budgets of prefix, country and site; with none left the code has failed", async () => {
  const { id, second, callBack } = await codeOnItsWay();
  const spent = vi.spyOn(limits, "spend").mockResolvedValue(refuse("limit"));
  await callBack({ state: "failed", providerId: id, reason: "carrier-refused" });
  await turnOfRounds(after(start, seconds(4)));
  expect(spent.mock.calls[0]?.[0].map(({ name }) => name[0])).toEqual([
    "message-prefix",
    "message-country",
    "message-site",
  ]);
  expect(second.given).toHaveLength(0);
  expect(await stateOf(id)).toBe("failed");
});

test("the words of a code are wiped when it is delivered, when three minutes are over, and at once with one provider", async () => {
  const delivered = await codeOnItsWay();
  await delivered.callBack({ state: "delivered", providerId: delivered.id });
  expect(await rowOf(delivered.id)).toMatchObject({ content: null, keptUntil: null });
  const { id } = await codeOnItsWay();
  await tidyUp(after(start, numbers.delivery.nextProviderWithin - 1));
  expect((await rowOf(id)).content).not.toBeNull();
  await tidyUp(after(start, numbers.delivery.nextProviderWithin));
  expect(await rowOf(id)).toMatchObject({ content: null, keptUntil: null, state: "handed-over" });
  use("text", takes("only"));
  const alone = await put();
  await handOver(alone, start);
  expect((await rowOf(alone)).content).toBeNull();
});

test("words that somebody's request holds at this moment are wiped the next time, and nobody waits for that", async () => {
  const [held, other] = [await codeOnItsWay(), await codeOnItsWay()];
  const over = after(start, numbers.delivery.nextProviderWithin);
  await inTransaction(async (tx) => {
    await tx.message.update({ where: { id: held.id }, data: { confirmedAt: over } });
    await asSomebodyElse(() => tidyUp(over));
  });
  expect((await rowOf(held.id)).content).not.toBeNull();
  expect((await rowOf(other.id)).content).toBeNull();
  await tidyUp(over);
  expect((await rowOf(held.id)).content).toBeNull();
});

test("what a message cost is asked for when the provider knows, three times at most, by one instance", async () => {
  const asked: string[] = [];
  let price: Cost | undefined;
  const provider: Provider = {
    ...takes("billing"),
    findCost: async ({ providerId }) => {
      asked.push(providerId);
      if (asked.length === 1) throw new Error("no answer");
      return price;
    },
  };
  use("text", provider);
  const id = await put();
  await handOver(id, start);
  const { first, again } = numbers.delivery.askCost;
  await tidyUp(after(start, seconds(30)));
  expect(asked).toEqual([]);
  const at = after(start, first + seconds(1));
  await Promise.all([tidyUp(at), tidyUp(at)]);
  expect(asked).toEqual([id]);
  await tidyUp(after(at, minutes(1)));
  expect(asked).toHaveLength(1);
  const second = after(at, again[0] ?? 0);
  await tidyUp(second);
  expect(asked).toHaveLength(2);
  expect((await rowOf(id)).cost).toBeNull();
  price = { amount: "0.0075", currency: "USD" };
  await tidyUp(after(second, again[1] ?? 0));
  expect(await rowOf(id)).toMatchObject({ currency: "USD", costAskAt: null, costAsks: 3 });
  expect(Number((await rowOf(id)).cost)).toBe(0.0075);
  await tidyUp(after(second, days(40)));
  expect(asked).toHaveLength(3);
});

test("a message that was reported before its answer came is asked about too; one that told its cost is not", async () => {
  const findCost = vi.fn(async () => undefined);
  const readReport = ({ body }: { body: string }) => ok(JSON.parse(body) as Report);
  const provider: Provider = {
    ...made("billing", async ({ id }) => {
      const body = JSON.stringify({ state: "delivered", messageId: id, providerId: `of ${id}` });
      await receiveReport("billing", { url: "", header: () => null, body, now: start });
      return { state: "handed-over", providerId: `of ${id}` };
    }),
    findCost,
    readReport,
  };
  use("text", provider);
  const id = await put();
  await handOver(id, start);
  expect(await rowOf(id)).toMatchObject({ state: "delivered", costAskAt: expect.any(Date) });
  const told = await put();
  const cost = { amount: "0.01", currency: "EUR" };
  use("text", { ...made("billing", () => ({ state: "handed-over", providerId: "x9", cost })), findCost });
  await handOver(told, start);
  expect((await rowOf(told)).costAskAt).toBeNull();
});
