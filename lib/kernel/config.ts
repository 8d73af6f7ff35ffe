import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";
import { namesProxies } from "./address";
import { isHttps, isLoopbackAddress, isLoopbackName } from "./origin";
import {
  checkMessageSettings,
  isInUse,
  judgedBy,
  listOf,
  mailbox,
  messageSettings,
  messageSettingsOf,
  type ProviderSettings,
  type Refuse,
  setting,
} from "./provider-settings";

export type { ProviderName } from "./provider-settings";

/** A start is refused; `problems` has one line a setting, each naming it and saying how to mend it. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The settings do not work:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "SettingsError";
  }
}

export type Settings = ProviderSettings & {
  readonly port: number;
  /** Origin, without a slash at the end. */
  readonly siteUrl: string;
  readonly siteName: string;
  /** Absolute path. */
  readonly dataDir: string;
  /** None: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl?: string;
  /** `id:base64,…`; none: made in `dataDir` on the first start. */
  readonly secretKeys?: string;
  /** https: outbox provider, missing keys and demonstration people are refused. */
  readonly isProductionPosture: boolean;
  /** The address to listen on; none: every one on https, where a proxy is in front, and this machine's own on http. */
  readonly listenAddress?: string;
  /** Whether a new database is filled with people whose password is printed; never on https. */
  readonly demonstrationPeople: boolean;
  /** Addresses or networks (CIDR) whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Absolute path of a .mmdb file; none: places are not told. */
  readonly geoDatabase?: string;
  /** Where somebody who found a hole may write: a mailto:, https: or tel: address (RFC 9116). */
  readonly securityContact: string;
  /** Who must have Two-Step Verification. */
  readonly requireTwoStep: "everyone" | "nobody";
  /** The address of the account that says who works at the support desk; none: nobody can. */
  readonly deskOwner?: string;
};

/** Keys as `id:base64,id:base64`: ids of letters, digits, dash; 32 bytes each; no id twice. */
export function parseSecretKeys(text: string): { id: string; bytes: Buffer }[] | undefined {
  const keys: { id: string; bytes: Buffer }[] = [];
  for (const part of text.split(",")) {
    const match = /^([A-Za-z0-9-]{1,16}):([A-Za-z0-9+/_-]{43}=?)$/.exec(part.trim());
    if (match?.[1] === undefined || match[2] === undefined) return undefined;
    const id = match[1];
    const bytes = Buffer.from(match[2], "base64");
    if (bytes.length !== 32 || keys.some((key) => key.id === id)) return undefined;
    keys.push({ id, bytes });
  }
  return keys.length === 0 ? undefined : keys;
}

const keysMend = `make one with: echo "SECRET_KEYS=k1:$(openssl rand -base64 32)"`;

function siteUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return "SITE_URL must be an origin such as https://account.example.com.";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return "SITE_URL must start with https:// (or http:// on this machine).";
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "")
    return `SITE_URL must be an origin only: use ${url.origin}.`;
  if (url.protocol === "http:" && !isLoopbackName(url.hostname))
    return `SITE_URL may be http only for localhost; people's passwords would travel in the open. Use https://${url.host}.`;
  return undefined;
}

/** Every setting by its name: default, shape, and what is said of one without that shape. Problems are told in this order. */
const table = {
  PORT: setting
    .refine(
      (text) => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65536,
      "PORT must be a number from 1 to 65535, for example PORT=3000.",
    )
    .transform(Number)
    .default(3000),
  // Its default says the port.
  SITE_URL: setting.superRefine(judgedBy(siteUrlProblem)).optional(),
  // A text message, a mail subject and an authenticator entry all carry it: one line, no colon (otpauth separates by it).
  SITE_NAME: setting
    .refine(
      (text) => text.length <= 40 && !/[\p{Cc}:]/u.test(text),
      "SITE_NAME must be one line of at most 40 characters without a colon.",
    )
    .default("Latchkey"),
  DATA_DIR: setting.default(".data"),
  DATABASE_URL: setting
    .regex(
      /^postgres(ql)?:\/\//,
      "DATABASE_URL must start with postgresql://, for example postgresql://user:password@host:5432/latchkey.",
    )
    .optional(),
  SECRET_KEYS: setting
    .refine(
      (text) => parseSecretKeys(text) !== undefined,
      `SECRET_KEYS must be id:base64,… with 32 bytes a key and no id twice; ${keysMend}.`,
    )
    .optional(),
  ...messageSettings,
  LISTEN_ADDRESS: setting
    .refine(
      (text) => isIP(text) !== 0,
      "LISTEN_ADDRESS must be an address of this machine, for example 127.0.0.1 or ::.",
    )
    .optional(),
  // Its default is the posture's.
  DEMONSTRATION_PEOPLE: z.enum(["yes", "no"], 'DEMONSTRATION_PEOPLE must be "yes" or "no".').optional(),
  TRUSTED_PROXIES: setting
    .transform(listOf)
    .pipe(
      z.array(
        setting.refine(namesProxies, {
          error: ({ input }) =>
            `TRUSTED_PROXIES must list addresses or networks, for example 10.0.0.0/8; "${input}" is neither.`,
        }),
      ),
    )
    .default([]),
  GEO_DATABASE: setting.optional(),
  // RFC 2142 keeps "security" at a domain for such letters, so that is the address until another is set.
  SECURITY_CONTACT: setting
    .overwrite((text) => (/^[^\s@:/]+@[^\s@:/]+$/.test(text) ? `mailto:${text}` : text))
    .regex(
      /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+?[\d-]+)$/,
      "SECURITY_CONTACT must be a mail address, an https:// page or a tel: number, for example security@example.com.",
    )
    .optional(),
  REQUIRE_TWO_STEP: z
    .enum(
      ["everyone", "nobody"],
      'REQUIRE_TWO_STEP must be "everyone" or "nobody"; npm run policy tells first whom "everyone" would stop.',
    )
    .default("nobody"),
  DESK_OWNER: mailbox("DESK_OWNER must be one e-mail address, that of an account of this site.").optional(),
};

const environment = z.object({
  ...table,
  /** Names that only a door for tests would have. */
  namesForTests: z.array(z.string()),
});
type Read = z.output<typeof environment>;

/** What settings demand of each other. One that lost its own shape stands in `read` as it was written. */
function checkTogether(read: Read, refuse: Refuse): void {
  const { SITE_URL, DATABASE_URL, SECRET_KEYS, LISTEN_ADDRESS: address } = read;
  const https = SITE_URL !== undefined && URL.canParse(SITE_URL) && isHttps(new URL(SITE_URL));

  if (SECRET_KEYS === undefined && https)
    refuse(["SECRET_KEYS"], `SECRET_KEYS must be set when SITE_URL is https; ${keysMend}.`);
  else if (SECRET_KEYS === undefined && DATABASE_URL !== undefined)
    refuse(
      ["SECRET_KEYS"],
      `SECRET_KEYS must be set with DATABASE_URL, the same for every instance; ${keysMend}.`,
    );

  checkMessageSettings(read, https, refuse);

  if (address !== undefined && isIP(address) !== 0 && !https && !isLoopbackAddress(address))
    refuse(
      ["LISTEN_ADDRESS"],
      "LISTEN_ADDRESS may only be 127.0.0.1 or ::1 while SITE_URL is http: the outbox shows every code to whoever asks.",
    );

  if (https && read.DEMONSTRATION_PEOPLE === "yes")
    refuse(
      ["DEMONSTRATION_PEOPLE"],
      "DEMONSTRATION_PEOPLE cannot be used when SITE_URL is https: everybody knows their password. Remove it.",
    );

  // A door for tests in a running site would be a door for everybody (AT-142): the product has none, and says so.
  for (const name of https ? read.namesForTests : [])
    refuse([name], `${name} is not a setting of the site; remove it from the environment.`);
}

/** What the site works with, of settings that hold. */
function settingsOf(read: Read): Settings {
  const site = new URL(read.SITE_URL ?? `http://localhost:${read.PORT}`);
  const https = isHttps(site);
  return {
    port: read.PORT,
    siteUrl: site.origin,
    siteName: read.SITE_NAME,
    dataDir: resolve(/* turbopackIgnore: true */ read.DATA_DIR),
    databaseUrl: read.DATABASE_URL,
    secretKeys: read.SECRET_KEYS,
    isProductionPosture: https,
    listenAddress: read.LISTEN_ADDRESS,
    demonstrationPeople: (read.DEMONSTRATION_PEOPLE ?? (https ? "no" : "yes")) === "yes",
    trustedProxies: read.TRUSTED_PROXIES,
    geoDatabase:
      read.GEO_DATABASE === undefined ? undefined : resolve(/* turbopackIgnore: true */ read.GEO_DATABASE),
    securityContact: read.SECURITY_CONTACT ?? `mailto:security@${site.hostname}`,
    requireTwoStep: read.REQUIRE_TWO_STEP,
    deskOwner: read.DESK_OWNER,
    ...messageSettingsOf(read),
  };
}

const schema = environment
  .superRefine(
    (read, context) =>
      checkTogether(read, (name, message) => context.addIssue({ code: "custom", path: [...name], message })),
    // Also when a setting lost its shape: whoever mends them is told of all of them at once.
    { when: () => true },
  )
  .transform(settingsOf);

/** What a provider's settings are called after the beginning that they share; of a single setting undefined. */
function partsOf(field: z.ZodType): readonly string[] | undefined {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : undefined;
}

/** The name of every setting, in the order of the table. */
export const settingNames: readonly string[] = Object.entries(table).flatMap(
  ([name, field]) => partsOf(field)?.map((part) => `${name}_${part}`) ?? name,
);

/** What the environment says, in the shape of the table; blank is unset. */
function inputOf(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const said = (name: string): string | undefined => env[name]?.trim() || undefined;
  const input: Record<string, unknown> = {
    namesForTests: Object.keys(env).filter((name) => name.startsWith("TEST_")),
  };
  for (const [name, field] of Object.entries(table)) {
    const parts = partsOf(field);
    if (parts === undefined) input[name] = said(name);
    else if (isInUse(name, said))
      input[name] = Object.fromEntries(parts.map((part) => [part, said(`${name}_${part}`)]));
  }
  return input;
}

/** In the order of the table, whichever check found them; those of a list in the order of its entries, then of the whole. */
function inOrder(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const last = Number.MAX_SAFE_INTEGER;
  const placeOf = ({ path }: z.core.$ZodIssue) => {
    const index = settingNames.indexOf(path.filter((part) => typeof part === "string").join("_"));
    return {
      setting: index === -1 ? last : index,
      entry: path.find((part) => typeof part === "number") ?? last,
    };
  };
  return issues
    .map((issue) => ({ issue, ...placeOf(issue) }))
    .toSorted((a, b) => a.setting - b.setting || a.entry - b.entry)
    .map(({ issue }) => issue);
}

/**
 * Reads every setting of the site from `env` through one schema.
 *
 * @throws SettingsError naming each setting that does not work, and the mend.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  // It is used once: compiled first, it would take longer.
  const read = schema.safeParse(inputOf(env), { jitless: true });
  if (read.success) return read.data;
  throw new SettingsError(inOrder(read.error.issues).map(({ message }) => message));
}

// Module state is duplicated between the framework's bundles, so what is read once lives on globalThis.
const shared = globalThis as unknown as { latchkeySettings?: Settings };

/** The settings of this process, read once. */
export function settings(): Settings {
  shared.latchkeySettings ??= readSettings(process.env);
  return shared.latchkeySettings;
}
