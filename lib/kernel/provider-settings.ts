import { createPrivateKey } from "node:crypto";

/** The ways to hand messages over, each a file in lib/delivery/providers. */
export type ProviderName = "outbox" | "twilio" | "http" | "smtp";
/** What is sent, as the settings call it. */
type MessageKind = "text" | "voice" | "email";

export type TwilioSettings = {
  readonly accountSid: string;
  readonly authToken: string;
  /** E.164 or a sender name. One of this and the next sends texts. */
  readonly from?: string;
  readonly messagingServiceSid?: string;
  /** E.164; who calls. */
  readonly voiceFrom?: string;
  /** Without a slash at the end. */
  readonly apiUrl: string;
};

export type GatewaySettings = {
  /** May hold placeholders, as `body` does. */
  readonly url: string;
  readonly method: "POST" | "PUT" | "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Where the gateway's answer holds its id of the message: names and indexes between dots. */
  readonly idPath?: string;
};

export type SmtpSettings = {
  readonly url: string;
  /** `Name <address>` or an address. */
  readonly from: string;
  readonly dkim?: { readonly domain: string; readonly selector: string; readonly privateKey: string };
};

export type ProviderSettings = {
  /** In the order in which they are tried. */
  readonly smsProviders: readonly ProviderName[];
  readonly voiceProviders: readonly ProviderName[];
  readonly emailProviders: readonly ProviderName[];
  readonly twilio?: TwilioSettings;
  readonly http: Readonly<Partial<Record<MessageKind, GatewaySettings>>>;
  /** Signs the call-backs of http gateways. */
  readonly httpCallbackSecret?: string;
  /** Where a gateway's own call-back holds its state: names and indexes between dots. */
  readonly httpCallbackStatePath: string;
  readonly smtp?: SmtpSettings;
  /** ISO 3166-1 alpha-2. */
  readonly countriesOff: readonly string[];
  /** When it is not empty, no other country gets a message. */
  readonly countriesOnly: readonly string[];
  /** Who hears of a sudden country. */
  readonly ownerEmail?: string;
  /** The bearer of it sees the figures of messages at /api/health. */
  readonly healthToken?: string;
};

const choices: Record<MessageKind, { readonly setting: string; readonly names: readonly ProviderName[] }> = {
  text: { setting: "SMS_PROVIDER", names: ["outbox", "twilio", "http"] },
  voice: { setting: "VOICE_PROVIDER", names: ["outbox", "twilio", "http"] },
  email: { setting: "EMAIL_PROVIDER", names: ["outbox", "smtp", "http"] },
};

type Reading = {
  readonly value: (name: string) => string | undefined;
  readonly isHttps: boolean;
  readonly problems: string[];
};

const listOf = (text: string | undefined): string[] =>
  (text ?? "").split(",").flatMap((part) => part.trim() || []);

function providersOf(kind: MessageKind, { value, isHttps, problems }: Reading): ProviderName[] {
  const { setting, names } = choices[kind];
  const given = listOf(value(setting));
  const wanted = given.length === 0 ? ["outbox"] : given;
  for (const name of wanted) {
    if (!(names as readonly string[]).includes(name))
      problems.push(`${setting} must list, in the order to try them, some of: ${names.join(", ")}.`);
    else if (name === "outbox" && isHttps)
      problems.push(
        `${setting} must name a real provider when SITE_URL is https: the outbox shows every code to everybody.`,
      );
  }
  if (new Set(wanted).size < wanted.length) problems.push(`${setting} names a provider twice; name it once.`);
  return wanted as ProviderName[];
}

const isWebUrl = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === "";

const isLoopbackUrl = (text: string): boolean =>
  /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(text).hostname);

// Account names, tokens, numbers and codes travel in these requests.
const mustBeHttps = (setting: string): string =>
  `${setting} must start with https:// (http:// is for this machine only): codes would travel in the open.`;

function readTwilio(
  { value, problems }: Reading,
  uses: { text: boolean; voice: boolean },
): TwilioSettings | undefined {
  if (!uses.text && !uses.voice) return undefined;
  const accountSid = value("TWILIO_ACCOUNT_SID") ?? "";
  if (!/^AC[0-9a-fA-F]{32}$/.test(accountSid))
    problems.push("TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits, from the console's first page.");
  const authToken = value("TWILIO_AUTH_TOKEN") ?? "";
  if (authToken === "")
    problems.push(
      "TWILIO_AUTH_TOKEN must be set with twilio: it stands below the account SID in the console.",
    );
  const from = value("TWILIO_FROM");
  if (from !== undefined && !/^(\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 ]{1,11})$/.test(from))
    problems.push("TWILIO_FROM must be a number such as +15005550006, a short code or a sender name.");
  const messagingServiceSid = value("TWILIO_MESSAGING_SERVICE_SID");
  if (messagingServiceSid !== undefined && !/^MG[0-9a-fA-F]{32}$/.test(messagingServiceSid))
    problems.push("TWILIO_MESSAGING_SERVICE_SID must be MG and 32 hexadecimal digits.");
  if (uses.text && from === undefined && messagingServiceSid === undefined)
    problems.push("TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID must be set when SMS_PROVIDER has twilio.");
  const voiceFrom = value("TWILIO_VOICE_FROM");
  if (voiceFrom !== undefined ? !/^\+[1-9]\d{6,14}$/.test(voiceFrom) : uses.voice)
    problems.push("TWILIO_VOICE_FROM must be the number that calls, such as +15005550006.");
  const apiUrl = (value("TWILIO_API_URL") ?? "https://api.twilio.com").replace(/\/+$/, "");
  if (!isWebUrl(apiUrl)) problems.push("TWILIO_API_URL must be a URL; remove it to use Twilio's own.");
  else if (!apiUrl.startsWith("https:") && !isLoopbackUrl(apiUrl))
    problems.push(mustBeHttps("TWILIO_API_URL"));
  return { accountSid, authToken, from, messagingServiceSid, voiceFrom, apiUrl };
}

const isPath = (text: string): boolean => /^[\w-]+(\.[\w-]+)*$/.test(text);

function headersOf(text: string | undefined): Record<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '{"Content-Type":"application/json"}');
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
    // Throws for names and values that no header can have.
    new Headers(parsed as Record<string, string>);
    return Object.values(parsed).every((one) => typeof one === "string")
      ? (parsed as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}

function readGateway(kind: MessageKind, { value, problems }: Reading): GatewaySettings {
  const prefix = `HTTP_${kind.toUpperCase()}`;
  const url = value(`${prefix}_URL`) ?? "";
  if (!isWebUrl(url.replace(/\{[a-z]+\}/g, "x")))
    problems.push(
      `${prefix}_URL must be the gateway's URL when ${choices[kind].setting} has http, for example https://gateway.example/messages.`,
    );
  else if (!url.startsWith("https:") && !isLoopbackUrl(url.replace(/\{[a-z]+\}/g, "x")))
    problems.push(mustBeHttps(`${prefix}_URL`));
  const method = value(`${prefix}_METHOD`)?.toUpperCase() ?? "POST";
  if (!["POST", "PUT", "GET"].includes(method)) problems.push(`${prefix}_METHOD must be POST, PUT or GET.`);
  const headers = headersOf(value(`${prefix}_HEADERS`));
  if (headers === undefined)
    problems.push(`${prefix}_HEADERS must be a JSON object of texts, such as {"Authorization":"Bearer …"}.`);
  const body =
    value(`${prefix}_BODY`) ?? (method === "GET" ? "" : '{"to":"{to}","text":"{body}","id":"{id}"}');
  if (!`${url}${body}`.includes("{to}") || !`${url}${body}`.includes("{body}"))
    problems.push(
      `${prefix}_BODY (or ${prefix}_URL) must hold {to} and {body}: they are where the message goes in.`,
    );
  const idPath = value(`${prefix}_ID_PATH`);
  if (idPath !== undefined && !isPath(idPath))
    problems.push(`${prefix}_ID_PATH must be names and numbers with dots between, such as messages.0.id.`);
  return { url, method: method as GatewaySettings["method"], headers: headers ?? {}, body, idPath };
}

function readSmtp({ value, problems }: Reading): SmtpSettings {
  const url = value("SMTP_URL") ?? "";
  if (!/^smtps?:\/\//.test(url) || !URL.canParse(url) || new URL(url).hostname === "")
    problems.push(
      "SMTP_URL must be set when EMAIL_PROVIDER has smtp, for example smtps://user:password@mail.example.com:465 (percent-encode what is special in the password).",
    );
  const from = value("SMTP_FROM") ?? "";
  if (from.includes("\n") || !/^([^<>@]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(from))
    problems.push("SMTP_FROM must be who the mails are from, for example Latchkey <account@example.com>.");
  const domain = value("SMTP_DKIM_DOMAIN");
  const selector = value("SMTP_DKIM_SELECTOR");
  // Settings are one line in many places; "\n" stands for the line ends of the PEM.
  const privateKey = value("SMTP_DKIM_PRIVATE_KEY")?.replaceAll("\\n", "\n");
  if (domain === undefined && selector === undefined && privateKey === undefined) return { url, from };
  if (
    domain === undefined ||
    selector === undefined ||
    privateKey === undefined ||
    !isPrivateKey(privateKey)
  ) {
    problems.push(
      "SMTP_DKIM_DOMAIN, SMTP_DKIM_SELECTOR and SMTP_DKIM_PRIVATE_KEY (a PEM, \\n for its line ends) must be set together, or none of them.",
    );
    return { url, from };
  }
  return { url, from, dkim: { domain, selector, privateKey } };
}

function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}

function countriesOf(setting: string, { value, problems }: Reading): string[] {
  const countries = listOf(value(setting)?.toUpperCase());
  if (!countries.every((country) => /^[A-Z]{2}$/.test(country)))
    problems.push(`${setting} must list countries by their two letters, for example ${setting}=FR,DE.`);
  return countries;
}

/** Reads what concerns messages; adds a line to `problems` for each setting that does not work. */
export function readProviderSettings(reading: Reading): ProviderSettings {
  const { value, problems } = reading;
  const byKind = {
    text: providersOf("text", reading),
    voice: providersOf("voice", reading),
    email: providersOf("email", reading),
  };
  const http: Partial<Record<MessageKind, GatewaySettings>> = {};
  for (const kind of ["text", "voice", "email"] as const)
    if (byKind[kind].includes("http")) http[kind] = readGateway(kind, reading);

  const httpCallbackSecret = value("HTTP_CALLBACK_SECRET");
  if (httpCallbackSecret !== undefined && httpCallbackSecret.length < 32)
    problems.push(
      'HTTP_CALLBACK_SECRET must have at least 32 characters; make one with "openssl rand -base64 32".',
    );
  const httpCallbackStatePath = value("HTTP_CALLBACK_STATE_PATH") ?? "state";
  if (!isPath(httpCallbackStatePath))
    problems.push(
      "HTTP_CALLBACK_STATE_PATH must be names and numbers with dots between, such as results.0.status.",
    );
  const countriesOff = countriesOf("COUNTRIES_OFF", reading);
  const countriesOnly = countriesOf("COUNTRIES_ONLY", reading);
  if (countriesOff.length > 0 && countriesOnly.length > 0)
    problems.push("COUNTRIES_OFF and COUNTRIES_ONLY exclude each other; keep one of them.");
  const ownerEmail = value("OWNER_EMAIL");
  if (ownerEmail !== undefined && !/^[^\s@<>]+@[^\s@<>]+$/.test(ownerEmail))
    problems.push("OWNER_EMAIL must be one e-mail address.");
  const healthToken = value("HEALTH_TOKEN");
  if (healthToken !== undefined && !/^[!-~]{32,}$/.test(healthToken))
    problems.push(
      'HEALTH_TOKEN must have at least 32 characters and no space; make one with "openssl rand -base64 32".',
    );

  return {
    smsProviders: byKind.text,
    voiceProviders: byKind.voice,
    emailProviders: byKind.email,
    twilio: readTwilio(reading, {
      text: byKind.text.includes("twilio"),
      voice: byKind.voice.includes("twilio"),
    }),
    http,
    httpCallbackSecret,
    httpCallbackStatePath,
    smtp: byKind.email.includes("smtp") ? readSmtp(reading) : undefined,
    countriesOff,
    countriesOnly,
    ownerEmail,
    healthToken,
  };
}
