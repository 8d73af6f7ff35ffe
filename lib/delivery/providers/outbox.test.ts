import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSettings, type Settings } from "@/lib/kernel/config";
import type { HandOver, OutgoingMessage } from "../provider";
import { outbox, outboxPath } from "./outbox";

const folder = mkdtempSync(join(tmpdir(), "latchkey-outbox-"));
beforeAll(() => {
  (globalThis as { latchkeySettings?: Settings }).latchkeySettings = readSettings({ DATA_DIR: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const message = (to: string, channel: OutgoingMessage["channel"] = "text"): OutgoingMessage => ({
  id: randomUUID(),
  channel,
  to,
  body: "481203 is your code (A).",
  purpose: "sign-in",
  usefulFor: 600,
});

const send = async (one: OutgoingMessage, limit = 1_000): Promise<HandOver> =>
  outbox.send(one, AbortSignal.timeout(limit));

const hasArrived = (id: string): boolean => {
  try {
    return readFileSync(outboxPath(), "utf8").includes(id);
  } catch {
    return false;
  }
};

test("everywhere but at the played numbers a message is there at once", async () => {
  for (const to of ["+12025550142", "+19075550201", "+190755501011", "ann@example.com"]) {
    const one = message(to);
    expect(await send(one)).toEqual({ state: "delivered", providerId: one.id });
    expect(hasArrived(one.id)).toBe(true);
  }
});

test("slow: the carrier has it first, the phone only with the last report", async () => {
  const one = message("+19075550101");
  const said = await send(one);
  if (said.state === "refused") throw new Error("refused");
  expect(said.state).toBe("handed-over");
  const [accepted, delivered] = said.later ?? [];
  expect(await accepted?.report()).toMatchObject({ state: "accepted", messageId: one.id });
  expect(hasArrived(one.id)).toBe(false);
  expect(await delivered?.report()).toMatchObject({ state: "delivered", messageId: one.id });
  expect(hasArrived(one.id)).toBe(true);
});

test("a landline takes a call and no text", async () => {
  const text = message("+19075550102");
  expect(await send(text)).toEqual({ state: "refused", reason: "landline", isFinal: true });
  expect(hasArrived(text.id)).toBe(false);
  const call = message("+19075550102", "voice");
  expect(await send(call)).toMatchObject({ state: "delivered" });
  expect(hasArrived(call.id)).toBe(true);
});

test("an unreachable phone is taken and then reported as failed, and nothing arrives", async () => {
  const one = message("+19075550103");
  const said = await send(one);
  if (said.state === "refused") throw new Error("refused");
  const reports = await Promise.all((said.later ?? []).map(({ report }) => report()));
  expect(reports.map(({ state, reason }) => reason ?? state)).toEqual(["accepted", "unreachable"]);
  expect(hasArrived(one.id)).toBe(false);
});

test.each([
  ["+19075550104", "carrier-refused", true],
  ["+19075550107", "busy", false],
  ["+19075550108", "blocked", true],
])("%s is refused: %s", async (to, reason, isFinal) => {
  const one = message(to);
  expect(await send(one)).toEqual({ state: "refused", reason, isFinal });
  expect(hasArrived(one.id)).toBe(false);
});

test("a carrier that never reports says that it has it, and no more; one that hangs says nothing", async () => {
  const one = message("+19075550105");
  expect(await send(one)).toEqual({ state: "accepted", providerId: one.id });
  expect(hasArrived(one.id)).toBe(true);
  await expect(send(message("+19075550106"), 50)).rejects.toThrow();
});
