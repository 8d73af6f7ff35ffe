import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { closePool, db, inTransaction } from "@/lib/db";
import { channels } from "@/lib/delivery/channels";
import { deliveryFigures } from "@/lib/delivery/figures";
import { enqueue, handOver } from "@/lib/delivery/flow";
import type { Provider } from "@/lib/delivery/provider";
import { callbackSignature, http } from "@/lib/delivery/providers/http";
import { twilio, twilioSignature } from "@/lib/delivery/providers/twilio";
import * as clock from "@/lib/kernel/clock";
import * as config from "@/lib/kernel/config";
import { after, minutes } from "@/lib/kernel/durations";
import { POST } from "./[provider]/route";

const start = new Date("2026-11-24T10:00:00Z");
const secret = "a secret that only the gateway has too";
const accountSid = `AC${"0".repeat(32)}`;
const site = "https://account.example.com";

beforeEach(() => {
  const settings = config.readSettings({
    SITE_URL: site,
    SECRET_KEYS: `k1:${Buffer.alloc(32).toString("base64")}`,
    SMS_PROVIDER: "twilio,http",
    VOICE_PROVIDER: "http",
    EMAIL_PROVIDER: "http",
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: "token",
    TWILIO_FROM: "+15005550006",
    HTTP_TEXT_URL: "https://gateway.example/t",
    HTTP_VOICE_URL: "https://gateway.example/v",
    HTTP_EMAIL_URL: "https://gateway.example/e",
    HTTP_CALLBACK_SECRET: secret,
  });
  vi.spyOn(config, "settings").mockReturnValue(settings);
  vi.spyOn(clock, "now").mockReturnValue(start);
});
afterEach(() => vi.restoreAllMocks());
afterAll(closePool);

/** A message that the provider has taken under this id of its own. */
async function taken(name: "twilio" | "http", providerId: string): Promise<string> {
  const provider: Provider = {
    ...(name === "twilio" ? twilio : http),
    send: async () => ({ state: "handed-over", providerId }),
  };
  const id = await inTransaction((tx) =>
    enqueue(tx, {
      accountId: null,
      channel: "text",
      purpose: "sign-in",
      to: "+447400123456",
      body: "x",
      now: start,
      expiresAt: after(start, minutes(10)),
      isAwaited: true,
    }),
  );
  const use = vi.spyOn(channels.text, "providers").mockReturnValue([provider]);
  expect(await handOver(id, start)).toBe("handed-over");
  use.mockRestore();
  return id;
}

const post = async (provider: string, path: string, headers: Record<string, string>, body: string) => {
  // The host is whatever a proxy made of it; what was signed is SITE_URL.
  const request = new Request(`http://10.0.0.7:3000/api/delivery/${path}`, { method: "POST", headers, body });
  return (await POST(request, { params: Promise.resolve({ provider }) })).status;
};

function fromTwilio(id: string, fields: Record<string, string>, token = "token"): Promise<number> {
  const path = `twilio?message=${id}`;
  const form = new URLSearchParams(fields);
  const signature = twilioSignature(token, `${site}/api/delivery/${path}`, form);
  const type = "application/x-www-form-urlencoded";
  return post("twilio", path, { "content-type": type, "x-twilio-signature": signature }, form.toString());
}

function fromGateway(body: object, at = start, signedWith = secret): Promise<number> {
  const text = JSON.stringify(body);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = callbackSignature(signedWith, timestamp, text);
  return post("http", "http", { "x-latchkey-timestamp": timestamp, "x-latchkey-signature": signature }, text);
}

const rowOf = (id: string) => db().message.findUniqueOrThrow({ where: { id } });
const stateOf = async (id: string) => (await rowOf(id)).state;

test("Twilio's call-backs move a message on, in whatever order, and a replayed one is for nothing", async () => {
  const sid = `SM${randomUUID().replaceAll("-", "")}`;
  const id = await taken("twilio", sid);
  expect(await fromTwilio(id, { MessageSid: sid, MessageStatus: "delivered" })).toBe(204);
  expect(await stateOf(id)).toBe("delivered");
  for (const MessageStatus of ["sent", "queued", "undelivered", "delivered"])
    expect(await fromTwilio(id, { MessageSid: sid, MessageStatus, ErrorCode: "30003" })).toBe(204);
  expect(await rowOf(id)).toMatchObject({ state: "delivered", reason: null, acceptedAt: null });
});

test("a failure is told by its reason", async () => {
  const sid = `SM${randomUUID().replaceAll("-", "")}`;
  const id = await taken("twilio", sid);
  await fromTwilio(id, { MessageSid: sid, MessageStatus: "sent" });
  expect(await stateOf(id)).toBe("accepted");
  await fromTwilio(id, { MessageSid: sid, MessageStatus: "undelivered", ErrorCode: "30005" });
  expect(await rowOf(id)).toMatchObject({ state: "failed", reason: "unknown-number" });
});

test.each([
  ["30007", "carrier-refused", true], // filtered
  ["30008", "carrier-refused", true], // they do not know why
  ["30003", "unreachable", false],
  ["30005", "unknown-number", false],
  ["30006", "landline", false],
])(
  "a code that Twilio reports as failed with %s (%s) goes on to the next provider: %s",
  async (ErrorCode, reason, goesOn) => {
    const sid = `SM${randomUUID().replaceAll("-", "")}`;
    const id = await taken("twilio", sid);
    const codeId = randomUUID();
    const code = { id: codeId, ownerId: randomUUID(), letter: "A", hash: "", sentAt: start };
    await db().code.create({ data: { ...code, messageId: id, expiresAt: after(start, minutes(10)) } });
    await fromTwilio(id, { MessageSid: sid, MessageStatus: "sent" });
    expect(await fromTwilio(id, { MessageSid: sid, MessageStatus: "undelivered", ErrorCode })).toBe(204);
    expect(await rowOf(id)).toMatchObject({ state: "failed", reason });
    const { messageId } = await db().code.findUniqueOrThrow({ where: { id: codeId } });
    expect(messageId !== id).toBe(goesOn);
    const row = await db().message.findUniqueOrThrow({ where: { id: messageId } });
    expect(row).toMatchObject(goesOn ? { state: "queued", notBy: ["twilio"] } : { content: null });
  },
);

test("a forged call-back changes nothing (AT-118)", async () => {
  const sid = `SM${randomUUID().replaceAll("-", "")}`;
  const id = await taken("twilio", sid);
  expect(await fromTwilio(id, { MessageSid: sid, MessageStatus: "delivered" }, "guessed")).toBe(403);
  expect(
    await fromGateway({ message: id, state: "delivered" }, start, "another secret of 32 characters!"),
  ).toBe(403);
  expect(await stateOf(id)).toBe("handed-over");
});

test("one provider cannot speak of another one's message", async () => {
  const id = await taken("twilio", `SM${randomUUID().replaceAll("-", "")}`);
  expect(await fromGateway({ message: id, state: "delivered" })).toBe(204);
  expect(await stateOf(id)).toBe("handed-over");
});

test("a gateway's call-back finds its message by either id, once in its time, and brings the cost", async () => {
  const theirs = randomUUID();
  const id = await taken("http", theirs);
  expect(await fromGateway({ id: theirs, state: "accepted" }, after(start, -minutes(6)))).toBe(403);
  expect(await fromGateway({ id: theirs, state: "accepted" })).toBe(204);
  expect(await stateOf(id)).toBe("accepted");
  expect(await fromGateway({ message: id, state: "delivered", cost: "0.0400", currency: "EUR" })).toBe(204);
  expect(await stateOf(id)).toBe("delivered");
  const row = await db().message.findUniqueOrThrow({ where: { id } });
  expect([Number(row.cost), row.currency]).toEqual([0.04, "EUR"]);
});

test("what is not in use here, and what cannot be read, is refused", async () => {
  expect(await post("outbox", "outbox", {}, "{}")).toBe(404);
  expect(await post("smtp", "smtp", {}, "{}")).toBe(404);
  expect(await post("__proto__", "__proto__", {}, "{}")).toBe(404);
  expect(await fromGateway({ state: "delivered" })).toBe(400);
  expect(await fromGateway({ id: "of nobody", state: "delivered" })).toBe(204);
});

test("the owner's figures count by country and provider, failures by reason and money by currency", async () => {
  await db().message.deleteMany();
  for (const [place, cost] of ["0.05", "0.07"].entries()) {
    await taken("http", `paid-${place}`);
    await fromGateway({ id: `paid-${place}`, state: "delivered", cost, currency: "EUR" });
  }
  await taken("http", "lost");
  await fromGateway({ id: "lost", state: "failed", reason: "unreachable" });
  const { messages, waiting } = await deliveryFigures(after(start, 1000));
  expect(waiting).toBe(0);
  expect(messages).toEqual([
    {
      channel: "text",
      country: "GB",
      provider: "http",
      sent: 3,
      delivered: 2,
      confirmed: 0,
      waiting: 0,
      failed: { unreachable: 1 },
      cost: { EUR: expect.stringMatching(/^0\.12/) },
    },
  ]);
});
