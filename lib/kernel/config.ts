import { isIP } from "node:net";
import { resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { type ProviderSettings, readProviderSettings } from "./provider-settings";

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

const loopbackHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

const portSchema = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port > 0 && port < 65536);

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

/**
 * Reads every setting of the site from `env` through one schema.
 *
 * @throws SettingsError naming each setting that does not work, and the mend.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const value = (name: string): string | undefined => {
    const text = env[name]?.trim();
    return text === undefined || text === "" ? undefined : text;
  };

  const port = portSchema.safeParse(value("PORT") ?? "3000");
  if (!port.success) problems.push(`PORT must be a number from 1 to 65535, for example PORT=3000.`);

  const siteUrlText = value("SITE_URL") ?? `http://localhost:${port.success ? port.data : 3000}`;
  let siteUrl = siteUrlText;
  let isHttps = false;
  if (!URL.canParse(siteUrlText)) {
    problems.push("SITE_URL must be an origin such as https://account.example.com.");
  } else {
    const url = new URL(siteUrlText);
    isHttps = url.protocol === "https:";
    siteUrl = url.origin;
    if (!isHttps && url.protocol !== "http:")
      problems.push("SITE_URL must start with https:// (or http:// on this machine).");
    else if (
      (url.pathname !== "/" && url.pathname !== "") ||
      url.search !== "" ||
      url.hash !== "" ||
      url.username !== ""
    )
      problems.push(`SITE_URL must be an origin only: use ${url.origin}.`);
    else if (!isHttps && !loopbackHosts.has(url.hostname))
      problems.push(
        `SITE_URL may be http only for localhost; people's passwords would travel in the open. Use https://${url.host}.`,
      );
  }

  const siteName = value("SITE_NAME") ?? "Latchkey";
  // A text message, a mail subject and an authenticator entry all carry it: one line, no colon (otpauth separates by it).
  if (siteName.length > 40 || /[\p{Cc}:]/u.test(siteName))
    problems.push("SITE_NAME must be one line of at most 40 characters without a colon.");

  const databaseUrl = value("DATABASE_URL");
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl))
    problems.push(
      "DATABASE_URL must start with postgresql://, for example postgresql://user:password@host:5432/latchkey.",
    );

  const secretKeys = value("SECRET_KEYS");
  const keysMend = `make one with: echo "SECRET_KEYS=k1:$(openssl rand -base64 32)"`;
  if (secretKeys !== undefined) {
    if (parseSecretKeys(secretKeys) === undefined)
      problems.push(`SECRET_KEYS must be id:base64,… with 32 bytes a key and no id twice; ${keysMend}.`);
  } else if (isHttps) {
    problems.push(`SECRET_KEYS must be set when SITE_URL is https; ${keysMend}.`);
  } else if (databaseUrl !== undefined) {
    problems.push(`SECRET_KEYS must be set with DATABASE_URL, the same for every instance; ${keysMend}.`);
  }

  const providers = readProviderSettings({ value, isHttps, problems });

  const addressText = value("LISTEN_ADDRESS");
  if (addressText !== undefined && isIP(addressText) === 0)
    problems.push("LISTEN_ADDRESS must be an address of this machine, for example 127.0.0.1 or ::.");
  else if (addressText !== undefined && !isHttps && !/^(127\.|::1$)/.test(addressText))
    problems.push(
      "LISTEN_ADDRESS may only be 127.0.0.1 or ::1 while SITE_URL is http: the outbox shows every code to whoever asks.",
    );

  const demonstrationPeople = value("DEMONSTRATION_PEOPLE") ?? (isHttps ? "no" : "yes");
  if (demonstrationPeople !== "yes" && demonstrationPeople !== "no")
    problems.push('DEMONSTRATION_PEOPLE must be "yes" or "no".');
  if (isHttps && demonstrationPeople === "yes")
    problems.push(
      "DEMONSTRATION_PEOPLE cannot be used when SITE_URL is https: everybody knows their password. Remove it.",
    );

  const trustedProxies = (value("TRUSTED_PROXIES") ?? "").split(",").flatMap((part) => part.trim() || []);
  for (const proxy of trustedProxies) {
    if (!ipaddr.isValid(proxy) && !ipaddr.isValidCIDR(proxy))
      problems.push(
        `TRUSTED_PROXIES must list addresses or networks, for example 10.0.0.0/8; "${proxy}" is neither.`,
      );
  }

  const geoDatabase = value("GEO_DATABASE");

  // RFC 2142 keeps "security" at a domain for such letters, so that is the address until another is set.
  const contactText = value("SECURITY_CONTACT");
  const isMailbox = contactText !== undefined && /^[^\s@:/]+@[^\s@:/]+$/.test(contactText);
  const host = URL.canParse(siteUrl) ? new URL(siteUrl).hostname : "localhost";
  const securityContact = isMailbox ? `mailto:${contactText}` : (contactText ?? `mailto:security@${host}`);
  if (!/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+?[\d-]+)$/.test(securityContact))
    problems.push(
      "SECURITY_CONTACT must be a mail address, an https:// page or a tel: number, for example security@example.com.",
    );

  const requireTwoStep = value("REQUIRE_TWO_STEP") ?? "nobody";
  if (requireTwoStep !== "everyone" && requireTwoStep !== "nobody")
    problems.push(
      'REQUIRE_TWO_STEP must be "everyone" or "nobody"; npm run policy tells first whom "everyone" would stop.',
    );
  const deskOwner = value("DESK_OWNER");
  if (deskOwner !== undefined && !/^[^\s@<>]+@[^\s@<>]+$/.test(deskOwner))
    problems.push("DESK_OWNER must be one e-mail address, that of an account of this site.");

  // A door for tests in a running site would be a door for everybody (AT-142): the product has none, and says so.
  for (const name of isHttps ? Object.keys(env) : []) {
    if (name.startsWith("TEST_"))
      problems.push(`${name} is not a setting of the site; remove it from the environment.`);
  }

  if (problems.length > 0 || !port.success) throw new SettingsError(problems);
  return {
    port: port.data,
    siteUrl,
    siteName,
    dataDir: resolve(/* turbopackIgnore: true */ value("DATA_DIR") ?? ".data"),
    databaseUrl,
    secretKeys,
    isProductionPosture: isHttps,
    listenAddress: addressText,
    demonstrationPeople: demonstrationPeople === "yes",
    trustedProxies,
    geoDatabase: geoDatabase === undefined ? undefined : resolve(/* turbopackIgnore: true */ geoDatabase),
    securityContact,
    requireTwoStep: requireTwoStep === "everyone" ? "everyone" : "nobody",
    deskOwner,
    ...providers,
  };
}

// Module state is duplicated between the framework's bundles, so what is read once lives on globalThis.
const shared = globalThis as unknown as { latchkeySettings?: Settings };

/** The settings of this process, read once. */
export function settings(): Settings {
  shared.latchkeySettings ??= readSettings(process.env);
  return shared.latchkeySettings;
}
