import { createHmac } from "node:crypto";
import { settings } from "@/lib/kernel/config";
import { numbers } from "@/lib/kernel/numbers";
import type { TwilioSettings } from "@/lib/kernel/provider-settings";
import { ok, refuse } from "@/lib/kernel/result";
import { isSame } from "@/lib/kernel/secrets";
import {
  type Cost,
  type HandOver,
  NoAnswerError,
  type OutgoingMessage,
  type Provider,
  type Report,
} from "../provider";
import type { FailureReason, ReportedState } from "../rules";

// Their error dictionary (twilio.com/docs/api/errors) in our words; what is not here is the carrier's refusal.
const reasonOf: Readonly<Record<number, FailureReason>> = {
  20003: "misconfigured", // authentication
  20404: "misconfigured",
  20429: "busy",
  21210: "misconfigured", // From is not verified
  21211: "unknown-number",
  21212: "misconfigured", // From is not valid
  21214: "unknown-number",
  21215: "country-off", // calls to that country are switched off in the console
  21216: "blocked",
  21217: "unknown-number",
  21408: "country-off", // texts likewise
  21603: "misconfigured",
  21606: "misconfigured",
  21610: "blocked", // the person answered STOP
  21612: "carrier-refused", // no way from this sender to that number
  21614: "landline",
  21659: "misconfigured",
  30001: "busy", // their queue is full
  30002: "misconfigured", // the account is suspended
  30003: "unreachable",
  30004: "blocked",
  30005: "unknown-number",
  30006: "landline",
  30007: "carrier-refused",
  30008: "carrier-refused",
};

// Trying again with the same request helps only against these.
const mayPass: ReadonlySet<FailureReason> = new Set(["busy", "misconfigured"]);

/** What their states mean here; "sent" says that the carrier took it. What is not named tells nothing. */
const messageStates: Readonly<Record<string, ReportedState>> = {
  accepted: "handed-over",
  scheduled: "handed-over",
  queued: "handed-over",
  sending: "handed-over",
  sent: "accepted",
  delivered: "delivered",
  read: "delivered",
  undelivered: "failed",
  failed: "failed",
  canceled: "failed",
};
const callStates: Readonly<Record<string, ReportedState>> = {
  queued: "handed-over",
  initiated: "handed-over",
  ringing: "accepted",
  "in-progress": "delivered",
  completed: "delivered",
  busy: "failed",
  "no-answer": "failed",
  failed: "failed",
  canceled: "failed",
};
const callFailures: Readonly<Record<string, FailureReason>> = {
  busy: "line-busy",
  "no-answer": "unanswered",
};

function configured(): TwilioSettings {
  const { twilio } = settings();
  if (twilio === undefined) throw new Error("twilio is not configured");
  return twilio;
}

/**
 * Where they report to: names our message, and their signature covers the whole URL, so a report that is faster than
 * their answer still finds it. A site on this machine cannot be called back (21609), so there it is left out.
 */
function callbackUrl(messageId: string): string | undefined {
  const { siteUrl, isProductionPosture } = settings();
  return isProductionPosture ? `${siteUrl}/api/delivery/twilio?message=${messageId}` : undefined;
}

const escaped = (text: string): string =>
  text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The attributes of their voice for a language of ours (twilio.com/docs/voice/twiml/say); any other is said in English. */
const voices: Readonly<Record<string, string>> = {
  de: 'language="de-DE"',
  es: 'language="es-ES"',
  fr: 'language="fr-FR"',
  ja: 'language="ja-JP"',
  ar: 'voice="Polly.Zeina" language="arb"', // the voice that they take when none is named speaks no Arabic
};
const englishVoice = 'language="en-US"';

/**
 * What a call says, as TwiML: the words of the catalogue in their language, with every digit of a listed number
 * ("1, 2, 3") said alone and a second apart, which no voice can rush.
 */
export function twimlOf(body: string, language = "en"): string {
  // The marks that keep a value apart in text from right to left are not to be said.
  const parts = body.replace(/[\u2066-\u2069]/g, "").split(/((?:\d, )+\d)/);
  const voice = Object.hasOwn(voices, language) ? voices[language] : englishVoice;
  const say = (text: string) => `<Say ${voice}>${escaped(text)}</Say>`;
  const spoken = parts.flatMap((part, place) => {
    if (place % 2 === 0) return /[\p{L}\p{N}]/u.test(part) ? [say(part.replace(/^[\s.:,]+/, "").trim())] : [];
    return part.split(", ").map((digit) => `${say(digit)}<Pause length="1"/>`);
  });
  return `<?xml version="1.0" encoding="UTF-8"?><Response><Pause length="1"/>${spoken.join("")}</Response>`;
}

function requestOf(
  message: OutgoingMessage,
  twilio: TwilioSettings,
): { path: string; form: URLSearchParams } {
  const form = new URLSearchParams({ To: message.to });
  const callback = callbackUrl(message.id);
  if (callback !== undefined) form.set("StatusCallback", callback);
  if (message.channel === "voice") {
    form.set("From", twilio.voiceFrom ?? "");
    form.set("Twiml", twimlOf(message.body, message.language));
    form.set("Timeout", String(numbers.delivery.ring / 1000));
    if (callback !== undefined) {
      form.set("StatusCallbackMethod", "POST");
      for (const event of ["ringing", "answered", "completed"]) form.append("StatusCallbackEvent", event);
    }
    return { path: "Calls.json", form };
  }
  if (twilio.messagingServiceSid !== undefined) form.set("MessagingServiceSid", twilio.messagingServiceSid);
  else form.set("From", twilio.from ?? "");
  form.set("Body", message.body);
  // A code that comes too late only confuses: theirs is the queue that should let it go (1 to 36000 s).
  form.set("ValidityPeriod", String(Math.min(36_000, message.usefulFor)));
  return { path: "Messages.json", form };
}

type Answer = {
  readonly sid?: unknown;
  readonly status?: unknown;
  readonly code?: unknown;
  readonly price?: unknown;
  readonly price_unit?: unknown;
};

/** Their prices are negative, because they are taken from a balance. */
function costOf(price: unknown, unit: unknown): Cost | undefined {
  if (typeof price !== "string" || !/^-?\d{1,5}(\.\d{1,6})?$/.test(price)) return undefined;
  if (typeof unit !== "string" || !/^[A-Za-z]{3}$/.test(unit)) return undefined;
  return { amount: price.replace("-", ""), currency: unit.toUpperCase() };
}

const refusal = (reason: FailureReason): HandOver => ({
  state: "refused",
  reason,
  isFinal: !mayPass.has(reason),
});

/** One request to their API: a GET, or a POST of a form. */
const request = (
  { apiUrl, accountSid, authToken }: TwilioSettings,
  path: string,
  signal: AbortSignal,
  form?: URLSearchParams,
): Promise<Response> =>
  fetch(`${apiUrl}/2010-04-01/Accounts/${accountSid}/${path}`, {
    method: form === undefined ? "GET" : "POST",
    headers: {
      Authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`,
      Accept: "application/json",
    },
    body: form,
    redirect: "error",
    signal,
  });

async function send(message: OutgoingMessage, signal: AbortSignal): Promise<HandOver> {
  const twilio = configured();
  const { path, form } = requestOf(message, twilio);
  const response = await request(twilio, path, signal, form);
  const answer = (await response.json().catch(() => undefined)) as Answer | undefined;
  if (response.ok) {
    // Taken, even where the answer is not what it should be: sending again would only make two of it.
    const providerId = typeof answer?.sid === "string" ? answer.sid : undefined;
    return { state: "handed-over", providerId, cost: costOf(answer?.price, answer?.price_unit) };
  }
  if (response.status === 429) return refusal("busy");
  if (typeof answer?.code === "number") {
    const known = reasonOf[answer.code];
    if (known !== undefined) return refusal(known);
  }
  if (response.status === 401 || response.status === 403) return refusal("misconfigured");
  if (response.status >= 500) throw new NoAnswerError(`twilio answered ${response.status}`);
  return refusal("carrier-refused");
}

/** Their answer to a new message has no price yet: it is filled in once the message was billed. */
const findCost: NonNullable<Provider["findCost"]> = async ({ providerId, channel }, signal) => {
  const path = `${channel === "voice" ? "Calls" : "Messages"}/${encodeURIComponent(providerId)}.json`;
  const response = await request(configured(), path, signal);
  if (!response.ok) throw new NoAnswerError(`twilio answered ${response.status}`);
  const answer = (await response.json()) as Answer;
  return costOf(answer.price, answer.price_unit);
};

/** The signature of a call-back: HMAC-SHA1 of the URL and every field in order, base64 (twilio.com/docs/usage/security). */
export function twilioSignature(authToken: string, url: string, form: URLSearchParams): string {
  const fields = [...new Set(form.keys())].sort();
  const text = fields
    .map((name) =>
      form
        .getAll(name)
        .map((value) => `${name}${value}`)
        .join(""),
    )
    .join("");
  return createHmac("sha1", authToken).update(`${url}${text}`).digest("base64");
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Their form as a report; undefined when it tells of no state that we keep. */
function reportOf(form: URLSearchParams, messageId: string | null): Report | undefined {
  const isCall = form.has("CallStatus");
  const said = form.get(isCall ? "CallStatus" : "MessageStatus") ?? "";
  const state = (isCall ? callStates : messageStates)[said];
  if (state === undefined) return undefined;
  const code = Number(form.get("ErrorCode") ?? Number.NaN);
  const reason = callFailures[said] ?? reasonOf[code] ?? (isCall ? "unreachable" : "carrier-refused");
  return {
    state,
    messageId: messageId ?? undefined,
    providerId: form.get(isCall ? "CallSid" : "MessageSid") ?? undefined,
    reason: state === "failed" ? reason : undefined,
    cost: costOf(form.get("Price") ?? undefined, form.get("PriceUnit") ?? undefined),
  };
}

/** Twilio's Programmable Messaging and Voice, by their REST API (docs/decisions/0011). */
export const twilio: Provider = {
  name: "twilio",
  send,
  findCost,
  // Their signature has no time in it, so an old call-back can be sent again; states only go forward, so it is for nothing.
  readReport: ({ url, header, body }) => {
    const form = new URLSearchParams(body);
    const signature = header("x-twilio-signature") ?? "";
    if (!isSame(signature, twilioSignature(configured().authToken, url, form))) return refuse("forged");
    const messageId = new URL(url).searchParams.get("message");
    if (messageId !== null && !uuid.test(messageId)) return refuse("malformed");
    const report = reportOf(form, messageId);
    const isNameless = report?.messageId === undefined && report?.providerId === undefined;
    return report !== undefined && isNameless ? refuse("malformed") : ok(report);
  },
};
