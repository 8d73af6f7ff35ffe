import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { closePool, db, inTransaction } from "@/lib/db";
import { after, seconds } from "@/lib/kernel/durations";
import { accountRow } from "@/lib/setup/test-account";
import { listEvents, record } from ".";

const now = new Date("2026-11-24T10:00:00Z");
const here = { address: "192.0.2.1", browser: "Firefox · Linux" };
afterAll(closePool);

test("events come newest first, no more than asked for, and only the account's own", async () => {
  const [accountId, other] = [randomUUID(), randomUUID()];
  for (const id of [accountId, other]) await db().account.create({ data: accountRow(id, now) });
  await inTransaction(async (tx) => {
    for (let place = 0; place < 12; place += 1)
      await record(
        tx,
        accountId,
        "signed-in",
        { ...here, now: after(now, seconds(place)) },
        { method: "app" },
      );
    await record(tx, other, "signed-out", { ...here, now });
  });
  const events = await listEvents(accountId, 11);
  expect(events.map((event) => event.at)).toEqual(
    Array.from({ length: 11 }, (_, place) => after(now, seconds(11 - place))),
  );
  expect(events[0]).toMatchObject({ kind: "signed-in", ...here, facts: { method: "app" } });
});
