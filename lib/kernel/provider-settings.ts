import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { isHttps, isLoopbackHost } from "./origin";

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

/** A setting of which nothing is asked yet: a text that is not blank. */
export const setting = z.string();

/** The names in a text with commas between. */
export const listOf = (text: string): string[] => text.split(",").flatMap((part) => part.trim() || []);

/** A text that is the address of one mailbox. */
export const mailbox = (mend: string) => setting.regex(/^[^\s@<>]+@[^\s@<>]+$/, mend);

/** A check for `superRefine`: `problemOf` says what is wrong with the text, or nothing. */
export const judgedBy =
  (problemOf: (text: string) => string | undefined) =>
  (text: string, context: z.RefinementCtx<string>): void => {
    const problem = problemOf(text);
    if (problem !== undefined) context.addIssue(problem);
  };

const providerList = (list: string, names: readonly ProviderName[]) =>
  setting
    .prefault("")
    .transform((text) => (listOf(text).length === 0 ? ["outbox"] : listOf(text)))
    .pipe(
      z
        .array(
          setting.refine(
            (name): name is ProviderName => (names as readonly string[]).includes(name),
            `${list} must list, in the order to try them, some of: ${names.join(", ")}.`,
          ),
        )
        .refine(
          (given) => new Set(given).size === given.length,
          `${list} names a provider twice; name it once.`,
        ),
    );

const countries = (name: string) =>
  setting
    .toUpperCase()
    .transform(listOf)
    .refine(
      (given) => given.every((country) => /^[A-Z]{2}$/.test(country)),
      `${name} must list countries by their two letters, for example ${name}=FR,DE.`,
    )
    .default([]);

/** Where something stands in an answer of a gateway. */
const answerPath = (mend: string) => setting.regex(/^[\w-]+(\.[\w-]+)*$/, mend);

const isWebUrl = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === "";

/** Account names, tokens, numbers and codes travel to this URL. */
function webUrlProblem(name: string, url: string, mend: string): string | undefined {
  if (!isWebUrl(url)) return mend;
  const parsed = new URL(url);
  if (isHttps(parsed) || isLoopbackHost(parsed.hostname)) return undefined;
  return `${name} must start with https:// (http:// is for this machine only): codes would travel in the open.`;
}

function headersOf(text: string): Record<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
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

const isSmtpUrl = (text: string): boolean =>
  /^smtps?:\/\//.test(text) && URL.canParse(text) && new URL(text).hostname !== "";

function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}

/** `HTTP_TEXT_URL` and so on. What must be set is read as empty when it is not, and refused as that. */
const gateway = (prefix: string, list: string) =>
  z
    .object({
      URL: setting
        .superRefine(
          judgedBy((url) =>
            webUrlProblem(
              `${prefix}_URL`,
              url.replace(/\{[a-z]+\}/g, "x"),
              `${prefix}_URL must be the gateway's URL when ${list} has http, for example https://gateway.example/messages.`,
            ),
          ),
        )
        .prefault(""),
      METHOD: setting
        .toUpperCase()
        .pipe(z.enum(["POST", "PUT", "GET"], `${prefix}_METHOD must be POST, PUT or GET.`))
        .default("POST"),
      HEADERS: setting
        .transform(headersOf)
        .refine(
          (headers) => headers !== undefined,
          `${prefix}_HEADERS must be a JSON object of texts, such as {"Authorization":"Bearer …"}.`,
        )
        .default({ "Content-Type": "application/json" }),
      BODY: setting.optional(),
      ID_PATH: answerPath(
        `${prefix}_ID_PATH must be names and numbers with dots between, such as messages.0.id.`,
      ).optional(),
    })
    .optional();

const twilioNumber = /^\+[1-9]\d{6,14}$/;
const voiceFromMend = "TWILIO_VOICE_FROM must be the number that calls, such as +15005550006.";

const twilio = z
  .object({
    ACCOUNT_SID: setting
      .regex(
        /^AC[0-9a-fA-F]{32}$/,
        "TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits, from the console's first page.",
      )
      .prefault(""),
    AUTH_TOKEN: setting
      .min(1, "TWILIO_AUTH_TOKEN must be set with twilio: it stands below the account SID in the console.")
      .prefault(""),
    FROM: setting
      .regex(
        /^(\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 ]{1,11})$/,
        "TWILIO_FROM must be a number such as +15005550006, a short code or a sender name.",
      )
      .optional(),
    MESSAGING_SERVICE_SID: setting
      .regex(/^MG[0-9a-fA-F]{32}$/, "TWILIO_MESSAGING_SERVICE_SID must be MG and 32 hexadecimal digits.")
      .optional(),
    VOICE_FROM: setting.regex(twilioNumber, voiceFromMend).optional(),
    API_URL: setting
      .overwrite((url) => url.replace(/\/+$/, ""))
      .superRefine(
        judgedBy((url) =>
          webUrlProblem(
            "TWILIO_API_URL",
            url,
            "TWILIO_API_URL must be a URL; remove it to use Twilio's own.",
          ),
        ),
      )
      .default("https://api.twilio.com"),
  })
  .optional();

const smtp = z
  .object({
    URL: setting
      .refine(
        isSmtpUrl,
        "SMTP_URL must be set when EMAIL_PROVIDER has smtp, for example smtps://user:password@mail.example.com:465 (percent-encode what is special in the password).",
      )
      .prefault(""),
    FROM: setting
      .refine(
        (from) => !from.includes("\n") && /^([^<>@]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(from),
        "SMTP_FROM must be who the mails are from, for example Latchkey <account@example.com>.",
      )
      .prefault(""),
    DKIM_DOMAIN: setting.optional(),
    DKIM_SELECTOR: setting.optional(),
    // Settings are one line in many places; "\n" stands for the line ends of the PEM.
    DKIM_PRIVATE_KEY: setting.overwrite((pem) => pem.replaceAll("\\n", "\n")).optional(),
  })
  .optional();

/** What concerns messages, for the table in config.ts: settings, and under the beginning of their names a provider's own. */
export const messageSettings = {
  SMS_PROVIDER: providerList("SMS_PROVIDER", ["outbox", "twilio", "http"]),
  VOICE_PROVIDER: providerList("VOICE_PROVIDER", ["outbox", "twilio", "http"]),
  EMAIL_PROVIDER: providerList("EMAIL_PROVIDER", ["outbox", "smtp", "http"]),
  HTTP_TEXT: gateway("HTTP_TEXT", "SMS_PROVIDER"),
  HTTP_VOICE: gateway("HTTP_VOICE", "VOICE_PROVIDER"),
  HTTP_EMAIL: gateway("HTTP_EMAIL", "EMAIL_PROVIDER"),
  HTTP_CALLBACK_SECRET: setting
    .min(
      32,
      'HTTP_CALLBACK_SECRET must have at least 32 characters; make one with "openssl rand -base64 32".',
    )
    .optional(),
  HTTP_CALLBACK_STATE_PATH: answerPath(
    "HTTP_CALLBACK_STATE_PATH must be names and numbers with dots between, such as results.0.status.",
  ).default("state"),
  COUNTRIES_OFF: countries("COUNTRIES_OFF"),
  COUNTRIES_ONLY: countries("COUNTRIES_ONLY"),
  OWNER_EMAIL: mailbox("OWNER_EMAIL must be one e-mail address.").optional(),
  HEALTH_TOKEN: setting
    .regex(
      /^[!-~]{32,}$/,
      'HEALTH_TOKEN must have at least 32 characters and no space; make one with "openssl rand -base64 32".',
    )
    .optional(),
  TWILIO: twilio,
  SMTP: smtp,
};

/** By which entry of which lists a provider's own settings come into use; until then nobody looks at them. */
const usedThrough: Readonly<Record<string, { provider: ProviderName; lists: readonly string[] }>> = {
  HTTP_TEXT: { provider: "http", lists: ["SMS_PROVIDER"] },
  HTTP_VOICE: { provider: "http", lists: ["VOICE_PROVIDER"] },
  HTTP_EMAIL: { provider: "http", lists: ["EMAIL_PROVIDER"] },
  TWILIO: { provider: "twilio", lists: ["SMS_PROVIDER", "VOICE_PROVIDER"] },
  SMTP: { provider: "smtp", lists: ["EMAIL_PROVIDER"] },
};

/** Whether the provider whose settings begin with `prefix` is in one of its lists; `said` reads a setting. */
export function isInUse(prefix: string, said: (name: string) => string | undefined): boolean {
  const use = usedThrough[prefix];
  return use?.lists.some((list) => listOf(said(list) ?? "").includes(use.provider)) ?? false;
}

type Read = z.output<z.ZodObject<typeof messageSettings>>;
type Gateway = NonNullable<Read["HTTP_TEXT"]>;

const bodyOf = ({ METHOD, BODY }: Gateway): string =>
  BODY ?? (METHOD === "GET" ? "" : '{"to":"{to}","text":"{body}","id":"{id}"}');

/** Refuses a setting: its name in the parts that the table has, in a list which entry, and the mend. */
export type Refuse = (name: readonly (string | number)[], problem: string) => void;

/** What the settings of messages demand of each other. */
export function checkMessageSettings(read: Read, isHttps: boolean, refuse: Refuse): void {
  for (const list of ["SMS_PROVIDER", "VOICE_PROVIDER", "EMAIL_PROVIDER"] as const)
    for (const [index, name] of read[list].entries())
      if (name === "outbox" && isHttps)
        refuse(
          [list, index],
          `${list} must name a real provider when SITE_URL is https: the outbox shows every code to everybody.`,
        );

  for (const prefix of ["HTTP_TEXT", "HTTP_VOICE", "HTTP_EMAIL"] as const) {
    const gateway = read[prefix];
    const message = gateway && `${gateway.URL}${bodyOf(gateway)}`;
    if (message !== undefined && !(message.includes("{to}") && message.includes("{body}")))
      refuse(
        [prefix, "BODY"],
        `${prefix}_BODY (or ${prefix}_URL) must hold {to} and {body}: they are where the message goes in.`,
      );
  }

  if (read.COUNTRIES_OFF.length > 0 && read.COUNTRIES_ONLY.length > 0)
    refuse(["COUNTRIES_ONLY"], "COUNTRIES_OFF and COUNTRIES_ONLY exclude each other; keep one of them.");

  if (read.TWILIO !== undefined) {
    const { FROM, MESSAGING_SERVICE_SID, VOICE_FROM } = read.TWILIO;
    if (read.SMS_PROVIDER.includes("twilio") && FROM === undefined && MESSAGING_SERVICE_SID === undefined)
      refuse(
        ["TWILIO", "FROM"],
        "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID must be set when SMS_PROVIDER has twilio.",
      );
    if (read.VOICE_PROVIDER.includes("twilio") && VOICE_FROM === undefined)
      refuse(["TWILIO", "VOICE_FROM"], voiceFromMend);
  }

  if (read.SMTP !== undefined) {
    const { DKIM_DOMAIN, DKIM_SELECTOR, DKIM_PRIVATE_KEY } = read.SMTP;
    const given = [DKIM_DOMAIN, DKIM_SELECTOR, DKIM_PRIVATE_KEY].filter((part) => part !== undefined);
    if (given.length > 0 && (given.length < 3 || !isPrivateKey(DKIM_PRIVATE_KEY ?? "")))
      refuse(
        ["SMTP", "DKIM_DOMAIN"],
        "SMTP_DKIM_DOMAIN, SMTP_DKIM_SELECTOR and SMTP_DKIM_PRIVATE_KEY (a PEM, \\n for its line ends) must be set together, or none of them.",
      );
  }
}

const gatewayOf = (read: Gateway): GatewaySettings => ({
  url: read.URL,
  method: read.METHOD,
  headers: read.HEADERS,
  body: bodyOf(read),
  idPath: read.ID_PATH,
});

const twilioOf = (read: NonNullable<Read["TWILIO"]>): TwilioSettings => ({
  accountSid: read.ACCOUNT_SID,
  authToken: read.AUTH_TOKEN,
  from: read.FROM,
  messagingServiceSid: read.MESSAGING_SERVICE_SID,
  voiceFrom: read.VOICE_FROM,
  apiUrl: read.API_URL,
});

function smtpOf(read: NonNullable<Read["SMTP"]>): SmtpSettings {
  const { URL: url, FROM: from } = read;
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_PRIVATE_KEY: privateKey } = read;
  return domain === undefined || selector === undefined || privateKey === undefined
    ? { url, from }
    : { url, from, dkim: { domain, selector, privateKey } };
}

/** What the site works with, of settings that hold. */
export const messageSettingsOf = (read: Read): ProviderSettings => ({
  smsProviders: read.SMS_PROVIDER,
  voiceProviders: read.VOICE_PROVIDER,
  emailProviders: read.EMAIL_PROVIDER,
  twilio: read.TWILIO && twilioOf(read.TWILIO),
  http: {
    ...(read.HTTP_TEXT && { text: gatewayOf(read.HTTP_TEXT) }),
    ...(read.HTTP_VOICE && { voice: gatewayOf(read.HTTP_VOICE) }),
    ...(read.HTTP_EMAIL && { email: gatewayOf(read.HTTP_EMAIL) }),
  },
  httpCallbackSecret: read.HTTP_CALLBACK_SECRET,
  httpCallbackStatePath: read.HTTP_CALLBACK_STATE_PATH,
  smtp: read.SMTP && smtpOf(read.SMTP),
  countriesOff: read.COUNTRIES_OFF,
  countriesOnly: read.COUNTRIES_ONLY,
  ownerEmail: read.OWNER_EMAIL,
  healthToken: read.HEALTH_TOKEN,
});
