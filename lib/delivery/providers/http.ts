import { createHmac } from "node:crypto";
import { z } from "zod";
import { settings } from "@/lib/kernel/config";
import { original } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import type { GatewaySettings } from "@/lib/kernel/provider-settings";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { isSame } from "@/lib/kernel/secrets";
import { type HandOver, NoAnswerError, type OutgoingMessage, type Provider, type Report } from "../provider";
import { isFailureReason, type ReportedState } from "../rules";

type Escape = (text: string) => string;

const asJson: Escape = (text) => JSON.stringify(text).slice(1, -1);
const asXml: Escape = (text) => text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** How a text is put into a body of this media type, so that no message can change the body's shape. */
function escapeFor(contentType: string): Escape {
  if (/\bjson\b/i.test(contentType)) return asJson;
  if (/\bx-www-form-urlencoded\b/i.test(contentType)) return encodeURIComponent;
  if (/\bxml\b/i.test(contentType)) return asXml;
  return (text) => text;
}

const linkSignature = (secret: string, messageId: string): string =>
  createHmac("sha256", secret).update(`callback of ${messageId}`).digest("hex");

/** Where a gateway may tell of this very message without signing anything itself: the address is the signature. */
function callbackUrl(messageId: string): string {
  const { siteUrl, httpCallbackSecret: secret } = settings();
  const url = `${siteUrl}/api/delivery/http`;
  return secret === undefined
    ? url
    : `${url}?message=${messageId}&signature=${linkSignature(secret, messageId)}`;
}

const valuesOf = (message: OutgoingMessage): Readonly<Record<string, string>> => ({
  to: message.to,
  body: message.body,
  subject: message.subject ?? "",
  id: message.id,
  callback: callbackUrl(message.id),
  language: message.language ?? original,
});

/** Puts a message into a template: `{to}`, `{body}`, `{subject}`, `{id}`, `{callback}` and `{language}`, all at once. */
export function fillTemplate(
  template: string,
  values: Readonly<Record<string, string>>,
  safe: Escape,
): string {
  return template.replace(/\{(to|body|subject|id|callback|language)\}/g, (_whole, name: string) =>
    safe(values[name] ?? ""),
  );
}

/** What stands at `path` ("messages.0.id") of a JSON text, as text; undefined when there is nothing of the kind. */
export function valueAt(json: string, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, 200) : undefined;
}

function requestOf(gateway: GatewaySettings, message: OutgoingMessage): [string, RequestInit] {
  const values = valuesOf(message);
  const headers = new Headers(gateway.headers);
  if (!headers.has("Idempotency-Key")) headers.set("Idempotency-Key", message.id);
  const url = fillTemplate(gateway.url, values, encodeURIComponent);
  if (gateway.method === "GET") return [url, { method: "GET", headers }];
  if (!headers.has("Content-Type")) headers.set("Content-Type", "application/json");
  const body = fillTemplate(gateway.body, values, escapeFor(headers.get("Content-Type") ?? ""));
  return [url, { method: gateway.method, headers, body }];
}

async function send(message: OutgoingMessage, signal: AbortSignal): Promise<HandOver> {
  const gateway = settings().http[message.channel];
  if (gateway === undefined) throw new Error(`http is not configured for ${message.channel}`);
  const [url, request] = requestOf(gateway, message);
  const response = await fetch(url, { ...request, redirect: "error", signal });
  if (response.ok) {
    // Taken, even when the rest of the answer never comes.
    const text = await response.text().catch(() => "");
    const providerId = gateway.idPath === undefined ? undefined : valueAt(text, gateway.idPath);
    return { state: "handed-over", providerId };
  }
  await response.body?.cancel().catch(() => {});
  if (response.status === 429) return { state: "refused", reason: "busy", isFinal: false };
  if ([401, 402, 403, 404, 405].includes(response.status))
    return { state: "refused", reason: "misconfigured", isFinal: false };
  if (response.status >= 500 || response.status === 408)
    throw new NoAnswerError(`it answered ${response.status}`);
  return { state: "refused", reason: "carrier-refused", isFinal: true };
}

/** The signature of a call-back: HMAC-SHA-256 of the time stamp, a dot and the body, in hex. */
export const callbackSignature = (secret: string, timestamp: string, body: string): string =>
  createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");

const reportSchema = z
  .object({
    /** Our id, as the gateway got it in {id}. */
    message: z.uuid().optional(),
    /** The gateway's own. */
    id: z.union([z.string().min(1).max(200), z.number().transform(String)]).optional(),
    state: z.enum(["handed-over", "accepted", "delivered", "failed"]),
    reason: z.string().max(100).optional(),
    cost: z
      .string()
      .regex(/^\d{1,5}(\.\d{1,6})?$/)
      .optional(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .optional(),
  })
  .refine(({ message, id }) => message !== undefined || id !== undefined);

/** The words that gateways have for what we tell apart; what is not here tells nothing. */
const wordsOfState: readonly [ReportedState, RegExp][] = [
  [
    "failed",
    /^(failed|failure|undeliv(ered|erable)?|undelivrd|reject(ed|d)|expired|error|canceled|cancelled|deleted)$/,
  ],
  ["delivered", /^(delivered|delivrd|read|answered|completed)$/],
  ["accepted", /^(accepted|acceptd|sent|enroute|dispatched|ringing)$/],
  ["handed-over", /^(handed-over|queued|buffered|pending|submitted|scheduled|processing)$/],
];

/** A gateway's own call-back, at the signed address of one message: JSON or a form, with its word for the state. */
function readOwnWords(
  url: URL,
  secret: string,
  body: string,
): Result<Report | undefined, "forged" | "malformed"> {
  const messageId = url.searchParams.get("message") ?? "";
  const signature = url.searchParams.get("signature") ?? "";
  if (!z.uuid().safeParse(messageId).success || !isSame(signature, linkSignature(secret, messageId)))
    return refuse("forged");
  const path = settings().httpCallbackStatePath;
  const said = valueAt(body, path) ?? new URLSearchParams(body).get(path);
  if (said === null) return refuse("malformed");
  const word = said.trim().toLowerCase();
  const state = wordsOfState.find(([, words]) => words.test(word))?.[0];
  if (state === undefined) return ok(undefined);
  return ok({ state, messageId, reason: state === "failed" ? "carrier-refused" : undefined });
}

/** Any gateway that takes a message by one HTTP request: URL, method, headers and body are settings. */
export const http: Provider = {
  name: "http",
  send,
  readReport: ({ url, header, body, now }) => {
    const secret = settings().httpCallbackSecret;
    if (secret !== undefined && url.includes("?")) return readOwnWords(new URL(url), secret, body);
    const timestamp = header("x-latchkey-timestamp") ?? "";
    if (secret === undefined || !/^\d{9,11}$/.test(timestamp)) return refuse("forged");
    if (Math.abs(now.getTime() - Number(timestamp) * 1000) > numbers.delivery.callbackWindow)
      return refuse("forged");
    const signature = (header("x-latchkey-signature") ?? "").replace(/^sha256=/, "").toLowerCase();
    if (!isSame(signature, callbackSignature(secret, timestamp, body))) return refuse("forged");
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      return refuse("malformed");
    }
    const read = reportSchema.safeParse(json);
    if (!read.success) return refuse("malformed");
    const { message, id, state, reason, cost, currency } = read.data;
    return ok({
      state,
      messageId: message,
      providerId: id,
      reason:
        state !== "failed"
          ? undefined
          : reason !== undefined && isFailureReason(reason)
            ? reason
            : "carrier-refused",
      cost: cost === undefined || currency === undefined ? undefined : { amount: cost, currency },
    });
  },
};
