import type { Transporter } from "nodemailer";
import type SMTPPool from "nodemailer/lib/smtp-pool";
import { settings } from "@/lib/kernel/config";
import { seconds } from "@/lib/kernel/durations";
import { isLanguage, original } from "@/lib/kernel/language";
import { isLoopbackHost } from "@/lib/kernel/origin";
import type { SmtpSettings } from "@/lib/kernel/provider-settings";
import { siteHost } from "@/lib/kernel/site";
import { htmlOf } from "../letter";
import type { HandOver, OutgoingMessage, Provider } from "../provider";
import type { FailureReason } from "../rules";

/**
 * How the mail server is spoken to: over TLS with its certificate checked, except on this machine, where nothing leaves
 * it. A mail that was not sent is tried again by us and by nobody else, so the pool never puts one back.
 */
export function smtpOptions(
  { url, dkim }: SmtpSettings,
  isLoopback = isLoopbackHost(new URL(url).hostname),
): SMTPPool.Options {
  const parsed = new URL(url);
  const isSecure = parsed.protocol === "smtps:";
  return {
    pool: true,
    maxConnections: 5,
    maxMessages: 100,
    maxRequeues: 0,
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: Number(parsed.port) || (isSecure ? 465 : 587),
    secure: isSecure,
    requireTLS: !isLoopback,
    tls: { rejectUnauthorized: !isLoopback, minVersion: "TLSv1.2" },
    auth:
      parsed.username === ""
        ? undefined
        : { user: decodeURIComponent(parsed.username), pass: decodeURIComponent(parsed.password) },
    connectionTimeout: seconds(5),
    greetingTimeout: seconds(5),
    socketTimeout: seconds(8),
    disableFileAccess: true,
    disableUrlAccess: true,
    dkim: dkim && { domainName: dkim.domain, keySelector: dkim.selector, privateKey: dkim.privateKey },
  } as SMTPPool.Options;
}

// Module state is duplicated between the framework's bundles; connections are not.
const shared = globalThis as unknown as { latchkeyMailers?: Map<SmtpSettings, Promise<Transporter>> };

// Its package is for sites that have a mail server: another loads 15 MB less.
const openMailer = async (smtp: SmtpSettings): Promise<Transporter> =>
  (await import("nodemailer")).createTransport(smtpOptions(smtp));

function mailerFor(smtp: SmtpSettings): Promise<Transporter> {
  shared.latchkeyMailers ??= new Map();
  const known = shared.latchkeyMailers.get(smtp);
  if (known !== undefined) return known;
  const made = openMailer(smtp);
  shared.latchkeyMailers.set(smtp, made);
  // A package that could not be loaded (its folder is being replaced) is looked for again by the next mail.
  made.catch(() => shared.latchkeyMailers?.delete(smtp));
  return made;
}

/** Ends every connection to mail servers; the next mail opens new ones. */
export function closeMailers(): void {
  for (const mailer of shared.latchkeyMailers?.values() ?? [])
    mailer.then((open) => open.close()).catch(() => {});
  shared.latchkeyMailers?.clear();
}

const refusal = (reason: FailureReason, isFinal: boolean): HandOver => ({
  state: "refused",
  reason,
  isFinal,
});

/** What a mail server's refusal means (RFC 5321 4.2.3, RFC 3463); undefined when it did not refuse but fell silent. */
function refusalOf(error: {
  code?: unknown;
  responseCode?: unknown;
  response?: unknown;
}): HandOver | undefined {
  // The server, not the mail: a wrong password, no TLS, a certificate that is not its own.
  if (error.code === "EAUTH" || error.code === "ETLS" || error.code === "ENOAUTH")
    return refusal("misconfigured", false);
  if (typeof error.responseCode !== "number") return undefined;
  const code = error.responseCode;
  const detail = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(String(error.response ?? ""))?.[0]?.slice(1) ?? "";
  if (code === 421) return refusal("busy", false);
  if (code === 452 || code === 552 || detail === ".2.2") return refusal("mailbox-full", code >= 500);
  if (code >= 400 && code < 500) return refusal("try-later", false);
  if (code === 530 || code === 535) return refusal("misconfigured", false);
  if (code === 550 || code === 551 || code === 553 || detail.startsWith(".1."))
    return refusal("unknown-address", true);
  return code >= 500 ? refusal("carrier-refused", true) : undefined;
}

/** A mail as it leaves: text and HTML of the same words, and headers that say what it is. */
const mailOf = (message: OutgoingMessage, smtp: SmtpSettings) => ({
  from: smtp.from,
  to: { name: "", address: message.to },
  subject: message.subject ?? "",
  text: message.body,
  html: htmlOf(
    message.subject ?? "",
    message.body,
    isLanguage(message.language) ? message.language : original,
  ),
  // Made from our id: a mail that is sent again because an answer was lost is the same mail to whoever looks.
  messageId: `<${message.id}@${siteHost()}>`,
  headers: {
    "List-Id": `<account.${siteHost()}>`,
    // No out-of-office answers (RFC 3834).
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
  },
});

/**
 * Sends through `mailer`, for the provider and for tests that look at a connection of their own. Given up, it is not sent
 * any more and its connection ends: the next provider may have it already. Only what the server had whole by then can
 * arrive all the same: nothing calls it back, and another provider's mail has a Message-ID of its own.
 */
export async function sendThrough(
  mailer: Transporter,
  smtp: SmtpSettings,
  message: OutgoingMessage,
  signal: AbortSignal,
): Promise<HandOver> {
  try {
    await mailer.sendMail(Object.assign(mailOf(message, smtp), { signal }));
  } catch (error) {
    const said = refusalOf(error as Parameters<typeof refusalOf>[0]);
    if (said !== undefined) return said;
    throw error;
  }
  // The next server has it; that it lies in the mailbox nobody tells.
  return { state: "accepted", providerId: message.id };
}

/** A mail server, by SMTP. */
export const smtp: Provider = {
  name: "smtp",
  send: async (message, signal) => {
    const { smtp } = settings();
    if (smtp === undefined) throw new Error("smtp is not configured");
    return sendThrough(await mailerFor(smtp), smtp, message, signal);
  },
};
