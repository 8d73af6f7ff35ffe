import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { readSettings, type Settings } from "@/lib/kernel/config";
import type { OutgoingMessage } from "../provider";
import { callbackSignature, fillTemplate, http, valueAt } from "./http";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Request = { method: string; url: string; headers: IncomingHttpHeaders; body: string };

async function startGateway(status = 200, answer = '{"messages":[{"id":4711}]}') {
  const requests: Request[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(status, status === 302 ? { Location: "http://127.0.0.1:1/" } : {}).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const secret = "a secret that only the gateway has too";

function configure(more: Record<string, string>): void {
  const made: Settings = readSettings({
    SMS_PROVIDER: "http",
    SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}`,
    HTTP_CALLBACK_SECRET: secret,
    ...more,
  });
  (globalThis as { latchkeySettings?: Settings }).latchkeySettings = made;
}

const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: randomUUID(),
  channel: "text",
  to: "+447400123456",
  body: 'Say "481203"\n& nothing else: {to}',
  purpose: "sign-in",
  usefulFor: 600,
  ...more,
});
const send = (one: OutgoingMessage) => http.send(one, AbortSignal.timeout(3_000));

test("a JSON gateway gets the message whole, with our headers and a key that keeps it from being sent twice", async () => {
  const gateway = await startGateway();
  configure({
    HTTP_TEXT_URL: `${gateway.url}/v1/messages`,
    HTTP_TEXT_HEADERS: '{"Authorization":"Bearer t","Content-Type":"application/json; charset=utf-8"}',
    HTTP_TEXT_BODY: '{"messages":[{"to":"{to}","text":"{body}","ref":"{id}","hook":"{callback}"}]}',
    HTTP_TEXT_ID_PATH: "messages.0.id",
  });
  const text = message();
  expect(await send(text)).toEqual({ state: "handed-over", providerId: "4711" });
  const [got] = gateway.requests;
  expect(got).toMatchObject({ method: "POST", url: "/v1/messages" });
  expect(got?.headers).toMatchObject({ authorization: "Bearer t", "idempotency-key": text.id });
  expect(JSON.parse(got?.body ?? "")).toEqual({
    messages: [{ to: text.to, text: text.body, ref: text.id, hook: expect.any(String) }],
  });
});

test("a form gateway and one that wants a GET get the same message", async () => {
  const gateway = await startGateway(200, "OK");
  configure({
    HTTP_TEXT_URL: gateway.url,
    HTTP_TEXT_HEADERS: '{"Content-Type":"application/x-www-form-urlencoded"}',
    HTTP_TEXT_BODY: "recipient={to}&content={body}",
    HTTP_TEXT_ID_PATH: "id",
  });
  const text = message();
  expect(await send(text)).toEqual({ state: "handed-over", providerId: undefined });
  configure({ HTTP_TEXT_URL: `${gateway.url}/send?to={to}&text={body}`, HTTP_TEXT_METHOD: "get" });
  await send(text);
  const [form, got] = gateway.requests;
  expect(Object.fromEntries(new URLSearchParams(form?.body))).toEqual({
    recipient: text.to,
    content: text.body,
  });
  const query = new URL(got?.url ?? "", gateway.url).searchParams;
  expect([got?.method, query.get("to"), query.get("text")]).toEqual(["GET", text.to, text.body]);
});

test("no words of a message can change the shape of the body", () => {
  const safe = (text: string) => JSON.stringify(text).slice(1, -1);
  fc.assert(
    fc.property(fc.string(), fc.string(), (to, body) => {
      const filled = fillTemplate('{"to":"{to}","text":"{body}"}', { to, body }, safe);
      expect(JSON.parse(filled)).toEqual({ to, text: body });
    }),
  );
});

test.each([
  [429, { reason: "busy", isFinal: false }],
  [401, { reason: "misconfigured", isFinal: false }],
  [404, { reason: "misconfigured", isFinal: false }],
  [422, { reason: "carrier-refused", isFinal: true }],
])("the answer %i is named", async (status, expected) => {
  const gateway = await startGateway(Number(status), "");
  configure({ HTTP_TEXT_URL: gateway.url });
  expect(await send(message())).toEqual({ state: "refused", ...(expected as object) });
});

test("a gateway that fails, sends us elsewhere or is not there gives no answer", async () => {
  for (const status of [500, 302]) {
    const gateway = await startGateway(status, "");
    configure({ HTTP_TEXT_URL: gateway.url });
    await expect(send(message())).rejects.toThrow();
  }
  configure({ HTTP_TEXT_URL: "http://127.0.0.1:1/" });
  await expect(send(message())).rejects.toThrow();
});

test("an id is found at its path, and nothing is found where there is nothing", () => {
  expect(valueAt('{"a":[{"b":"x"}]}', "a.0.b")).toBe("x");
  expect(valueAt('{"a":[]}', "a.0.b")).toBeUndefined();
  expect(valueAt('{"a":{}}', "a.constructor.name")).toBeUndefined();
  expect(valueAt("not json", "a")).toBeUndefined();
});

// ---------------------------------------------------------------------------------------------------------- call-backs

const now = new Date("2026-11-24T10:00:00Z");
const id = randomUUID();

function callback(body: unknown, signed: { secret?: string; at?: Date; signature?: string } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = String(Math.floor((signed.at ?? now).getTime() / 1000));
  const signature =
    signed.signature ?? `sha256=${callbackSignature(signed.secret ?? secret, timestamp, text)}`;
  const headers: Record<string, string> = {
    "x-latchkey-timestamp": timestamp,
    "x-latchkey-signature": signature,
  };
  const url = "http://localhost:3000/api/delivery/http";
  return { url, header: (name: string) => headers[name] ?? null, body: text, now };
}
const read = (given: ReturnType<typeof callback>) => http.readReport?.(given);
const forged = { ok: false, reason: "forged" };

test("a signed call-back tells the state, the reason and the cost", () => {
  configure({ HTTP_TEXT_URL: "https://gateway.example/" });
  expect(read(callback({ id: 4711, state: "delivered", cost: "0.0421", currency: "EUR" }))).toEqual({
    ok: true,
    value: {
      state: "delivered",
      messageId: undefined,
      providerId: "4711",
      reason: undefined,
      cost: { amount: "0.0421", currency: "EUR" },
    },
  });
  expect(read(callback({ message: id, state: "failed", reason: "unreachable" }))).toMatchObject({
    value: { messageId: id, reason: "unreachable" },
  });
  expect(read(callback({ message: id, state: "failed", reason: "aliens" }))).toMatchObject({
    value: { reason: "carrier-refused" },
  });
});

test("a call-back that is not signed, signed by somebody else, changed, too old or too new is refused", () => {
  configure({ HTTP_TEXT_URL: "https://gateway.example/" });
  const body = { message: id, state: "delivered" };
  expect(read(callback(body, { signature: "" }))).toEqual(forged);
  expect(read(callback(body, { secret: "another secret of more than 32 characters" }))).toEqual(forged);
  const good = callback(body);
  expect(read({ ...good, body: good.body.replace("delivered", "failed") })).toEqual(forged);
  for (const minutes of [-6, 6])
    expect(read(callback(body, { at: new Date(now.getTime() + minutes * 60_000) }))).toEqual(forged);
  for (const minutes of [-4, 4])
    expect(read(callback(body, { at: new Date(now.getTime() + minutes * 60_000) }))).toMatchObject({
      ok: true,
    });
});

test("without a secret no call-back is believed", () => {
  configure({ HTTP_TEXT_URL: "https://gateway.example/", HTTP_CALLBACK_SECRET: "" });
  expect(read(callback({ message: id, state: "delivered" }, { secret: "" }))).toEqual(forged);
});

test.each([
  ["not json"],
  [{}],
  [{ state: "delivered" }],
  [{ message: "x", state: "delivered" }],
  [{ id: "1", state: "eaten" }],
])("the signed call-back %o says nothing that can be read", (body) => {
  configure({ HTTP_TEXT_URL: "https://gateway.example/" });
  expect(read(callback(body))).toEqual({ ok: false, reason: "malformed" });
});

test("a gateway that signs nothing tells at the address it was given, in its own words, of that message only", async () => {
  const gateway = await startGateway();
  configure({
    HTTP_TEXT_URL: gateway.url,
    HTTP_TEXT_BODY: '{"to":"{to}","text":"{body}","hook":"{callback}"}',
    HTTP_CALLBACK_STATE_PATH: "results.0.status",
  });
  const text = message();
  await send(text);
  const { hook } = JSON.parse(gateway.requests[0]?.body ?? "{}") as { hook: string };
  const tell = (url: string, body: string) => http.readReport?.({ url, header: () => null, body, now });
  const says = (status: string) => JSON.stringify({ results: [{ status }] });
  const states = { DELIVRD: "delivered", Sent: "accepted", queued: "handed-over" };
  for (const [word, state] of Object.entries(states))
    expect(tell(hook, says(word))).toEqual({
      ok: true,
      value: { state, messageId: text.id, reason: undefined },
    });
  expect(tell(hook, says("UNDELIV"))).toMatchObject({
    value: { state: "failed", reason: "carrier-refused" },
  });
  expect(tell(hook, says("thinking"))).toEqual({ ok: true, value: undefined });
  expect(tell(hook, "{}")).toEqual({ ok: false, reason: "malformed" });
  expect(tell(hook.replace(text.id, id), says("DELIVRD"))).toEqual(forged);
  expect(tell(hook.replace(/signature=.*/, "signature="), says("DELIVRD"))).toEqual(forged);
  configure({ HTTP_TEXT_URL: gateway.url });
  expect(tell(hook, "state=delivered&x=1")).toMatchObject({
    value: { state: "delivered", messageId: text.id },
  });
});
