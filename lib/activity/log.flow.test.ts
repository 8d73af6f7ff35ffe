import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { makePerson } from "@/e2e/fixtures/people";
import { closePool, db, inTransaction, pool } from "@/lib/db";
import { after, before, days, hours, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { sealRowId } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { allEvents, type EventKind, exportText, noteWrongPassword, readEvent, readEvents, record } from ".";
import { kindsSql, NEWEST, pageSql } from "./store";

const now = new Date();
const here: Visit = { now, address: "192.0.2.1", browser: "Firefox · Linux" };
afterAll(closePool);

/** Puts `count` events of one kind into a person's log in one statement. */
const fill = (accountId: string, kind: EventKind, count: number, at = now) =>
  pool().query(
    `INSERT INTO "Event" ("accountId", "at", "kind", "address", "browser", "facts")
     SELECT $1, $2, $3, '192.0.2.1', 'Firefox · Linux', '{}' FROM generate_series(1, $4::int)`,
    [accountId, at, kind, count],
  );
const countOf = (accountId: string) => db().event.count({ where: { accountId } });

test("an event is never changed, deleted or truncated by the site's own role (AT-140)", async () => {
  const { id: accountId } = await makePerson();
  await fill(accountId, "signed-in", 3);
  for (const statement of [
    `UPDATE "Event" SET "kind" = 'signed-out' WHERE "accountId" = $1`,
    `UPDATE "Event" SET "facts" = '{}' WHERE "accountId" = $1`,
    `UPDATE "Event" SET "accountId" = gen_random_uuid() WHERE "accountId" = $1`,
    `DELETE FROM "Event" WHERE "accountId" = $1`,
    `WITH gone AS (DELETE FROM "Event" WHERE "accountId" = $1 RETURNING 1) SELECT count(*) FROM gone`,
    `INSERT INTO "Event" AS e SELECT * FROM "Event" WHERE "accountId" = $1
     ON CONFLICT ("id") DO UPDATE SET "kind" = 'signed-out'`,
  ])
    await expect(pool().query(statement, [accountId]), statement).rejects.toThrow(/append-only/);
  for (const statement of [`TRUNCATE "Event"`, `TRUNCATE "Account" CASCADE`])
    await expect(pool().query(statement), statement).rejects.toThrow(/append-only/);
  await expect(db().event.deleteMany({ where: { accountId } })).rejects.toThrow(/append-only/);
  expect(await countOf(accountId)).toBe(3);
});

test("an event goes with its account, and at the end of its time, in no other way (AT-140)", async () => {
  const leaving = await makePerson();
  const staying = await makePerson();
  await fill(leaving.id, "signed-in", 2);
  await fill(staying.id, "signed-in", 2);
  await fill(staying.id, "signed-in", 1, before(now, numbers.sweep.keepEvents));
  await fill(staying.id, "signed-in", 1, before(now, numbers.sweep.keepEvents - days(2)));
  await db().account.delete({ where: { id: leaving.id } });
  expect(await countOf(leaving.id)).toBe(0);
  const due = before(now, numbers.sweep.keepEvents);
  await pool().query(`DELETE FROM "Event" WHERE "at" <= $1`, [due]);
  expect(await countOf(staying.id)).toBe(3);
  await expect(pool().query(`DELETE FROM "Event" WHERE "at" <= $1`, [after(due, days(3))])).rejects.toThrow(
    /append-only/,
  );
});

test("what a transaction takes back was never in the log", async () => {
  const { id } = await makePerson();
  const undone = inTransaction(async (tx) => {
    await record(tx, id, "name-changed", here);
    throw new Error("undone");
  });
  await expect(undone).rejects.toThrow("undone");
  expect(await countOf(id)).toBe(0);
});

test("pages follow each other without a gap or a double, whatever is written meanwhile, and end", async () => {
  const { id } = await makePerson();
  const { onPage } = numbers.activity;
  await fill(id, "signed-in", onPage * 2 + 3);
  const all = await db().event.findMany({ where: { accountId: id }, orderBy: { id: "desc" } });
  const seen: string[] = [];
  let place: string | undefined;
  for (let turn = 0; turn < 3; turn += 1) {
    const page = await readEvents(id, { before: place });
    seen.push(...page.events.map((event) => event.id));
    place = page.olderThan;
    await fill(id, "signed-out", 1);
  }
  expect(place).toBeUndefined();
  expect(seen).toEqual(all.map((event) => sealRowId(event.id.toString(), id)));
});

test("a topic shows its own kinds only, newest first over all of them", async () => {
  const { id } = await makePerson();
  for (const kind of [
    "second-step-failed",
    "signed-in",
    "wrong-password",
    "code-sent",
    "two-step-on",
  ] as const)
    await fill(id, kind, 1);
  const { events } = await readEvents(id, { topic: "codes" });
  expect(events.map(({ kind }) => kind)).toEqual(["code-sent", "wrong-password", "second-step-failed"]);
});

test("a page costs the same with 100,000 events as with a hundred, also for a kind that is rare", async () => {
  const small = await makePerson();
  const large = await makePerson();
  for (const [id, count] of [
    [small.id, 100],
    [large.id, 100_000],
  ] as const) {
    await fill(id, "name-changed", 2);
    await fill(id, "signed-in", count);
  }
  await pool().query(`ANALYZE "Event"`);
  const middle =
    (await db().event.aggregate({ where: { accountId: large.id }, _max: { id: true } }))._max.id ?? 0n;
  /** Blocks that PostgreSQL looked into for one page. */
  const blocks = async (sql: string, values: unknown[]): Promise<number> => {
    const { rows } = await pool().query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, values);
    const plan = rows[0]["QUERY PLAN"][0].Plan;
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
  };
  const limit = numbers.activity.onPage + 1;
  const rare: EventKind[] = ["name-changed", "email-changed", "account-created"];
  const halfway = String(middle - 50_000n);
  for (const [sql, values] of [
    [pageSql, [NEWEST]],
    [pageSql, [halfway]],
    [kindsSql, [NEWEST, rare]],
    [kindsSql, [NEWEST, ["signed-in", ...rare]]],
  ] as const) {
    const few = await blocks(sql, [small.id, limit, ...values]);
    expect(await blocks(sql, [large.id, limit, ...values])).toBeLessThan(few + 20);
  }
  expect((await readEvents(large.id, { topic: "account" })).events).toHaveLength(2);
});

test("every event is in a download once, in its order, a batch at a time", async () => {
  const { id } = await makePerson();
  await fill(id, "signed-in", numbers.activity.batch + 5);
  const pieces: string[] = [];
  for await (const piece of exportText("json", allEvents(id), () => "Utrecht")) pieces.push(piece);
  expect(pieces.length).toBe(4);
  const told = JSON.parse(pieces.join("")) as Record<string, string>[];
  expect(told).toHaveLength(numbers.activity.batch + 5);
  expect(told[0]).toEqual({
    kind: "signed-in",
    time: now.toISOString(),
    what: "Signed in with your password",
    why: "",
    method: "",
    browser: "Firefox · Linux",
    address: "192.0.2.1",
    place: "Utrecht",
  });
  let csv = "";
  for await (const piece of exportText("csv", allEvents(id), () => undefined)) csv += piece;
  expect(csv.startsWith('\uFEFF"Time (UTC)","What"')).toBe(true);
  expect(csv.trimEnd().split("\r\n")).toHaveLength(numbers.activity.batch + 6);
});

test("a download of an empty log is still a file of its kind", async () => {
  const { id } = await makePerson();
  let text = "";
  for await (const piece of exportText("json", allEvents(id), () => undefined)) text += piece;
  expect(JSON.parse(text)).toEqual([]);
});

test("somebody else's event is not there", async () => {
  const [ann, bob] = [await makePerson(), await makePerson()];
  await fill(ann.id, "signed-in", 1);
  const event = await db().event.findFirstOrThrow({ where: { accountId: ann.id } });
  const id = sealRowId(event.id.toString(), ann.id);
  expect(await readEvent({ id: randomUUID(), accountId: ann.id }, id, now)).toMatchObject({ id });
  expect(await readEvent({ id: randomUUID(), accountId: bob.id }, id, now)).toBeUndefined();
  const forBob = sealRowId(event.id.toString(), bob.id);
  expect(await readEvent({ id: randomUUID(), accountId: bob.id }, forBob, now)).toBeUndefined();
});

const note = (person: { id: string; email: string } | undefined, visit: Visit, email = person?.email ?? "") =>
  noteWrongPassword({ accountId: person?.id ?? null, emailKey: email, purpose: "sign-in" }, visit);
const from = (place: number, at = now): Visit => ({
  now: at,
  address: `10.${place >> 16}.${(place >> 8) & 255}.${place & 255}`,
  browser: "curl",
});
const wrongPasswords = async (accountId: string) =>
  (await db().event.findMany({ where: { accountId, kind: "wrong-password" }, orderBy: { id: "asc" } })).map(
    ({ facts }) => (facts as { count: number }).count,
  );

test("a thousand wrong passwords leave a few events that tell how many there were", async () => {
  const person = await makePerson();
  for (let turn = 0; turn < 10; turn += 1)
    await Promise.all(Array.from({ length: 100 }, (_, place) => note(person, from(turn * 100 + place))));
  const counts = await wrongPasswords(person.id);
  expect(counts.length).toBeLessThanOrEqual(numbers.wrongPasswords.accountDay.max + 3);
  expect(counts[0]).toBe(1);
  expect(counts).toContain(100);
  expect(counts.at(-1)).toBe(1000);
});

test("a second address is noted though the first one is busy, and an hour later the first one again", async () => {
  const person = await makePerson();
  for (let turn = 0; turn < 5; turn += 1) await note(person, from(1));
  await note(person, from(2));
  await note(person, from(1, after(now, hours(1) + minutes(6))));
  expect(await wrongPasswords(person.id)).toEqual([1, 6, 7]);
});

test("a wrong password for an address without an account writes no event", async () => {
  const count = await db().event.count();
  for (let turn = 0; turn < 12; turn += 1) await note(undefined, from(turn), "nobody@example.com");
  expect(await db().event.count()).toBe(count);
});
