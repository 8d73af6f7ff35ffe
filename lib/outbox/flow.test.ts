import { appendFile, rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { outboxPath } from "@/lib/delivery";
import { numbers } from "@/lib/kernel/numbers";
import * as site from "@/lib/kernel/site";
import { readOutbox } from ".";

const line = (id: number, body = "481203 is your security code (A).") =>
  `${JSON.stringify({ id: String(id), at: "2026-11-24T10:32:00.000Z", channel: "text", to: "+12025550142", body })}\n`;

afterEach(() => vi.restoreAllMocks());
beforeEach(() => rm(outboxPath(), { force: true }));

test("before the first message the outbox is empty", async () => {
  expect(await readOutbox()).toEqual([]);
});

test("of a long outbox only its end is read, newest first", async () => {
  const long = "é".repeat(numbers.outbox.bytes / 64);
  for (let id = 0; id < 70; id += 1) await appendFile(outboxPath(), line(id, long));
  const messages = await readOutbox();
  expect(messages?.[0]?.id).toBe("69");
  expect(messages?.length).toBeGreaterThan(20);
  expect(messages?.length).toBeLessThanOrEqual(numbers.outbox.messages);
});

test("a message that is still being written is left out", async () => {
  await appendFile(outboxPath(), line(1) + line(2).slice(0, -8));
  expect((await readOutbox())?.map((message) => message.id)).toEqual(["1"]);
});

test("a real site has no outbox, whatever lies in its folder", async () => {
  await appendFile(outboxPath(), line(1));
  vi.spyOn(site, "isDemonstration").mockReturnValue(false);
  expect(await readOutbox()).toBeUndefined();
});
