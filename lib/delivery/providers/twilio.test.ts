import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { readSettings, type Settings } from "@/lib/kernel/config";
import { languages } from "@/lib/kernel/language";
import type { Callback, OutgoingMessage } from "../provider";
import { twilio, twilioSignature, twimlOf } from "./twilio";

const accountSid = `AC${"0123456789abcdef".repeat(2)}`;
const authToken = "a token of the console";
const site = "https://account.example.com";

// ------------------------------------------------------------------------ a Twilio that holds every request to its rules

/** The parameters of their API description (messages, calls), as far as they have a form; any other name is refused. */
const phone = /^\+[1-9]\d{1,14}$/;
const webUrl = /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?(\/|$)/; // a valid host name, and no underscore in it
const flag = /^(true|false)$/;
const number = /^\d+$/;
const verb = /^(GET|POST)$/;
const any = /^[\s\S]*$/;
type Parameters = Readonly<Record<string, RegExp>>;

const messageParameters: Parameters = {
  To: phone,
  From: /^(\+[1-9]\d{1,14}|\d{3,8}|[A-Za-z0-9 ]{1,11})$/,
  MessagingServiceSid: /^MG[0-9a-fA-F]{32}$/,
  Body: /^[\s\S]{1,1600}$/,
  StatusCallback: webUrl,
  ApplicationSid: /^AP[0-9a-fA-F]{32}$/,
  MaxPrice: /^\d+(\.\d+)?$/,
  ProvideFeedback: flag,
  Attempt: number,
  ValidityPeriod: /^([1-9]\d{0,3}|[12]\d{4}|3[0-5]\d{3}|36000)$/, // 1 to 36000
  ForceDelivery: flag,
  ContentRetention: /^(retain|discard)$/,
  AddressRetention: /^(retain|obfuscate)$/,
  SmartEncoded: flag,
  PersistentAction: any,
  TrafficType: /^free$/,
  ShortenUrls: flag,
  ScheduleType: /^fixed$/,
  SendAt: any,
  SendAsMms: flag,
  ContentVariables: any,
  RiskCheck: /^(enable|disable)$/,
  FallbackFrom: any,
  MediaUrl: webUrl,
  ContentSid: /^HX[0-9a-fA-F]{32}$/,
};

const callParameters: Parameters = {
  To: phone,
  From: phone, // "If the `to` parameter is a phone number, `From` must also be a phone number."
  Url: webUrl,
  Twiml: /^[\s\S]{1,4000}$/,
  Method: verb,
  StatusCallback: webUrl,
  StatusCallbackMethod: verb,
  StatusCallbackEvent: /^(initiated|ringing|answered|completed)$/,
  SendDigits: /^[0-9A-D#*wW]{1,32}$/,
  Timeout: /^([1-9]|[1-9]\d|[1-5]\d\d|600)$/, // at most 600
  Record: flag,
  MachineDetection: /^(Enable|DetectMessageEnd)$/,
  TimeLimit: number,
  CallerId: any,
};
const severalAllowed = new Set(["StatusCallbackEvent", "PersistentAction", "MediaUrl"]);

type Refusal = { status: number; code: number; message: string };
const wrong = (message: string): Refusal => ({ status: 400, code: 20001, message });

function judge(
  request: IncomingMessage,
  body: string,
): Refusal | { kind: "message" | "call"; form: URLSearchParams; isRead: boolean } {
  const basic = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  if (request.headers.authorization !== basic) return { status: 401, code: 20003, message: "Authenticate" };
  const one = new RegExp(
    `^/2010-04-01/Accounts/${accountSid}/(Messages/(?:SM|MM)|Calls/CA)[0-9a-fA-F]{32}\\.json$`,
  ).exec(request.url ?? "");
  if (one !== null && request.method === "GET")
    return { kind: one[1] === "Calls/CA" ? "call" : "message", form: new URLSearchParams(), isRead: true };
  const path = new RegExp(`^/2010-04-01/Accounts/${accountSid}/(Messages|Calls)\\.json$`).exec(
    request.url ?? "",
  );
  if (path === null) return { status: 404, code: 20404, message: "not found" };
  if (request.method !== "POST") return { status: 405, code: 20004, message: "method" };
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers["content-type"] ?? ""))
    return wrong("content type");
  const form = new URLSearchParams(body);
  const kind = path[1] === "Messages" ? "message" : "call";
  const parameters = kind === "message" ? messageParameters : callParameters;
  for (const name of new Set(form.keys())) {
    const rule = parameters[name];
    const values = form.getAll(name);
    if (rule === undefined) return wrong(`unknown parameter ${name}`);
    if (values.length > 1 && !severalAllowed.has(name)) return wrong(`${name} more than once`);
    if (!values.every((value) => rule.test(value))) return wrong(`form of ${name}`);
  }
  if (!form.has("To")) return { status: 400, code: 21604, message: "To is required" };
  if (kind === "call") {
    if (!form.has("From")) return { status: 400, code: 21213, message: "From is required" };
    if (!form.has("Url") && !form.has("Twiml") && !form.has("ApplicationSid"))
      return { status: 400, code: 21205, message: "Url is required" };
  } else {
    if (!form.has("From") && !form.has("MessagingServiceSid"))
      return { status: 400, code: 21603, message: "From is required" };
    if (!form.has("Body") && !form.has("MediaUrl") && !form.has("ContentSid"))
      return { status: 400, code: 21602, message: "Body is required" };
  }
  return { kind, form, isRead: false };
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Twilio = {
  url: string;
  taken: { kind: string; form: URLSearchParams }[];
  refused: Refusal[];
  /** What it says of the price of any message: null until it was billed. */
  billed: { price: string | null; price_unit: string | null };
};

/** `answer` may refuse a request that their rules let in, as they do for a number or an account. */
async function startTwilio(
  answer: (form: URLSearchParams) => Refusal | "silence" | "garbage" | undefined = () => undefined,
): Promise<Twilio> {
  const made: Twilio = { url: "", taken: [], refused: [], billed: { price: null, price_unit: "usd" } };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const judged = judge(request, Buffer.concat(chunks).toString("utf8"));
    const said = "status" in judged ? judged : answer(judged.form);
    if (said === "silence") return;
    if (said === "garbage") return void response.writeHead(502).end("<html>bad gateway</html>");
    response.setHeader("Content-Type", "application/json");
    if (said !== undefined || "status" in judged) {
      const refusal = said ?? (judged as Refusal);
      made.refused.push(refusal);
      const { status, code, message } = refusal;
      const more_info = `https://www.twilio.com/docs/errors/${code}`;
      response.writeHead(status).end(JSON.stringify({ code, message, more_info, status }));
      return;
    }
    if (judged.isRead) {
      const { price, price_unit } = made.billed;
      response.writeHead(200).end(JSON.stringify({ account_sid: accountSid, price, price_unit }));
      return;
    }
    made.taken.push(judged);
    const sid = `${judged.kind === "message" ? "SM" : "CA"}${randomBytes(16).toString("hex")}`;
    response.writeHead(201).end(
      JSON.stringify({
        sid,
        account_sid: accountSid,
        status: "queued",
        price: null,
        price_unit: null,
        error_code: null,
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return made;
}

// --------------------------------------------------------------------------------------------------------- the provider

function configure(apiUrl: string, more: Record<string, string> = {}): void {
  const made: Settings = readSettings({
    SITE_URL: site,
    SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}`,
    SMS_PROVIDER: "twilio",
    VOICE_PROVIDER: "twilio",
    EMAIL_PROVIDER: "smtp",
    SMTP_URL: "smtps://mail.example.com",
    SMTP_FROM: "account@example.com",
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_FROM: "+15005550006",
    TWILIO_VOICE_FROM: "+15005550006",
    TWILIO_API_URL: apiUrl,
    ...more,
  });
  (globalThis as { latchkeySettings?: Settings }).latchkeySettings = made;
}

const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: randomUUID(),
  channel: "text",
  to: "+447400123456",
  body: "481203 is your code (A). We will never ask you for it.\n\n@account.example.com #481203",
  purpose: "sign-in",
  usefulFor: 600,
  ...more,
});

const call =
  "Hello. Your Latchkey security code, letter A, is: 4, 8, 1, 2, 0, 3. Once more: 4, 8, 1, 2, 0, 3. Goodbye.";
const send = (one: OutgoingMessage, limit = 5_000) => twilio.send(one, AbortSignal.timeout(limit));

test("a text meets their rules, says where to report and when it is of no use any more", async () => {
  const server = await startTwilio();
  configure(server.url);
  const text = message();
  expect(await send(text)).toMatchObject({ state: "handed-over", providerId: expect.stringMatching(/^SM/) });
  expect(server.refused).toEqual([]);
  expect(Object.fromEntries(server.taken[0]?.form ?? [])).toEqual({
    To: text.to,
    From: "+15005550006",
    Body: text.body,
    StatusCallback: `${site}/api/delivery/twilio?message=${text.id}`,
    ValidityPeriod: "600",
  });
});

test("a messaging service sends in place of a number; a mail that keeps for weeks asks for no more than they give", async () => {
  const server = await startTwilio();
  const sid = `MG${"a".repeat(32)}`;
  configure(server.url, { TWILIO_FROM: "", TWILIO_MESSAGING_SERVICE_SID: sid });
  await send(message({ usefulFor: 2_000_000 }));
  const form = server.taken[0]?.form;
  expect([form?.get("MessagingServiceSid"), form?.get("From"), form?.get("ValidityPeriod")]).toEqual([
    sid,
    null,
    "36000",
  ]);
});

test("a call meets their rules and says each digit alone, slowly, twice", async () => {
  const server = await startTwilio();
  configure(server.url);
  expect(await send(message({ channel: "voice", body: call }))).toMatchObject({
    state: "handed-over",
    providerId: expect.stringMatching(/^CA/),
  });
  expect(server.refused).toEqual([]);
  const form = server.taken[0]?.form;
  expect(form?.getAll("StatusCallbackEvent")).toEqual(["ringing", "answered", "completed"]);
  const digits = [
    ...(form?.get("Twiml") ?? "").matchAll(/<Say language="en-US">(\d)<\/Say><Pause length="1"\/>/g),
  ];
  expect(digits.map(([, digit]) => digit).join("")).toBe("481203481203");
});

test.each([
  ["en", 'language="en-US"'],
  ["de", 'language="de-DE"'],
  ["es", 'language="es-ES"'],
  ["fr", 'language="fr-FR"'],
  ["ja", 'language="ja-JP"'],
  ["ar", 'voice="Polly.Zeina" language="arb"'],
  [undefined, 'language="en-US"'],
  ["toString", 'language="en-US"'],
])("a call in the language %s is said by a voice of it: %s", async (language, voice) => {
  const server = await startTwilio();
  configure(server.url);
  await send(message({ channel: "voice", body: "Your code: \u20684, 8, 1\u2069.", language }));
  const said = [...(server.taken[0]?.form.get("Twiml") ?? "").matchAll(/<Say ([^>]*)>([^<]*)</g)];
  expect(said.map(([, attributes]) => attributes)).toEqual(Array(4).fill(voice));
  expect(said.map(([, , words]) => words)).toEqual(["Your code:", "4", "8", "1"]);
});

test("every language of the site has a voice", () => {
  const said = languages.map((language) => twimlOf("1, 2", language));
  expect(new Set(said).size).toBe(languages.length);
});

test("words that look like TwiML are said and not obeyed", () => {
  const twiml = twimlOf('Your <Dial>+1900</Dial> & "code" is: 1, 2.');
  expect(twiml).not.toContain("<Dial>");
  expect(twiml.match(/<[A-Za-z]+/g)).toEqual(expect.arrayContaining(["<Response", "<Say", "<Pause"]));
});

test("a site on this machine cannot be called back, so no report is asked for", async () => {
  const server = await startTwilio();
  configure(server.url, { SITE_URL: "http://localhost:3000" });
  await send(message());
  expect(server.taken[0]?.form.has("StatusCallback")).toBe(false);
});

test.each([
  [21211, 400, "unknown-number", true],
  [21408, 403, "country-off", true],
  [21610, 400, "blocked", true],
  [21614, 400, "landline", true],
  [30003, 400, "unreachable", true],
  [30005, 400, "unknown-number", true],
  [30006, 400, "landline", true],
  [30007, 400, "carrier-refused", true],
  [20429, 429, "busy", false],
  [20003, 401, "misconfigured", false],
  [29999, 400, "carrier-refused", true],
])("their error %i is %s to us", async (code, status, reason, isFinal) => {
  const server = await startTwilio(() => ({ status: Number(status), code: Number(code), message: "" }));
  configure(server.url);
  expect(await send(message())).toEqual({ state: "refused", reason, isFinal });
});

test("a wrong token is our mistake, and stays mendable", async () => {
  const server = await startTwilio();
  configure(server.url, { TWILIO_AUTH_TOKEN: "another" });
  expect(await send(message())).toEqual({ state: "refused", reason: "misconfigured", isFinal: false });
});

test("the price is asked for by the id of a text or a call, and is unknown until it was billed", async () => {
  const server = await startTwilio();
  configure(server.url);
  const signal = AbortSignal.timeout(5_000);
  const text = { providerId: `SM${"b".repeat(32)}`, channel: "text" };
  expect(await twilio.findCost?.(text, signal)).toBeUndefined();
  server.billed = { price: "-0.00750", price_unit: "usd" };
  expect(await twilio.findCost?.(text, signal)).toEqual({ amount: "0.00750", currency: "USD" });
  server.billed = { price: "-0.013", price_unit: "EUR" };
  const call = { providerId: `CA${"b".repeat(32)}`, channel: "voice" };
  expect(await twilio.findCost?.(call, signal)).toEqual({ amount: "0.013", currency: "EUR" });
  expect(server.refused).toEqual([]);
  await expect(twilio.findCost?.({ ...text, providerId: "../Calls" }, signal)).rejects.toThrow("404");
});

test("silence, and an answer that is none, are no answer", async () => {
  for (const how of ["silence", "garbage"] as const) {
    const server = await startTwilio(() => how);
    configure(server.url);
    await expect(send(message(), 300)).rejects.toThrow();
  }
});

// --------------------------------------------------------------------------------------------------------- call-backs

const messageId = randomUUID();
const url = `${site}/api/delivery/twilio?message=${messageId}`;

function callback(
  fields: Record<string, string>,
  signed: Partial<{ token: string; url: string; signature: string }> = {},
): Callback {
  const form = new URLSearchParams(fields);
  const signature = signed.signature ?? twilioSignature(signed.token ?? authToken, signed.url ?? url, form);
  return {
    url,
    header: (name) => (name === "x-twilio-signature" ? signature : null),
    body: form.toString(),
    now: new Date("2026-11-24T10:00:00Z"),
  };
}

const read = (given: Callback) => twilio.readReport?.(given);
const sid = `SM${"b".repeat(32)}`;

test("the signature is the one of their documentation's example", () => {
  const form = new URLSearchParams({
    CallSid: "CA1234567890ABCDE",
    Caller: "+14158675309",
    Digits: "1234",
    From: "+14158675309",
    To: "+18005551212",
  });
  expect(twilioSignature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form)).toBe(
    "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
  );
});

test.each([
  ["queued", "handed-over"],
  ["sent", "accepted"],
  ["delivered", "delivered"],
])("a text that is %s there is %s here", (MessageStatus, state) => {
  configure("https://api.twilio.com");
  expect(read(callback({ MessageSid: sid, MessageStatus }))).toMatchObject({
    ok: true,
    value: { state, messageId, providerId: sid },
  });
});

test.each([
  [{ MessageSid: sid, MessageStatus: "undelivered", ErrorCode: "30003" }, "unreachable"],
  [{ MessageSid: sid, MessageStatus: "undelivered", ErrorCode: "30005" }, "unknown-number"],
  [{ MessageSid: sid, MessageStatus: "undelivered", ErrorCode: "30006" }, "landline"],
  [{ MessageSid: sid, MessageStatus: "undelivered", ErrorCode: "30007" }, "carrier-refused"],
  [{ MessageSid: sid, MessageStatus: "failed" }, "carrier-refused"],
  [{ CallSid: sid, CallStatus: "busy" }, "line-busy"],
  [{ CallSid: sid, CallStatus: "no-answer" }, "unanswered"],
  [{ CallSid: sid, CallStatus: "failed" }, "unreachable"],
])("%o failed because it was %s", (fields, reason) => {
  configure("https://api.twilio.com");
  expect(read(callback(fields as Record<string, string>))).toMatchObject({
    ok: true,
    value: { state: "failed", reason },
  });
});

test("a call that was answered arrived", () => {
  configure("https://api.twilio.com");
  expect(read(callback({ CallSid: sid, CallStatus: "in-progress" }))).toMatchObject({
    value: { state: "delivered" },
  });
});

test("a call-back that somebody else signed, for another address or with a field changed, is refused", () => {
  configure("https://api.twilio.com");
  const fields = { MessageSid: sid, MessageStatus: "delivered" };
  const forged = { ok: false, reason: "forged" };
  expect(read(callback(fields, { token: "another" }))).toEqual(forged);
  expect(read(callback(fields, { url: `${site}/api/delivery/twilio?message=${randomUUID()}` }))).toEqual(
    forged,
  );
  expect(read(callback(fields, { signature: "" }))).toEqual(forged);
  const changed = callback(fields);
  expect(read({ ...changed, body: changed.body.replace("delivered", "failed") })).toEqual(forged);
  expect(read({ ...changed, body: `${changed.body}&Extra=1` })).toEqual(forged);
});

test("a state that we do not keep is taken and tells nothing", () => {
  configure("https://api.twilio.com");
  expect(read(callback({ MessageSid: sid, MessageStatus: "receiving" }))).toEqual({
    ok: true,
    value: undefined,
  });
});
