import { expect, test } from "vitest";
import { clientAddress } from "./address";
import { parseSecretKeys, readSettings, SettingsError } from "./config";

const key = Buffer.alloc(32, 1).toString("base64");
const https = { SITE_URL: "https://account.example.com", SECRET_KEYS: `k1:${key}` };

const problemsOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

test.each([
  ["a switch for tests", { TEST_CLOCK: "2026-01-01" }, /^TEST_CLOCK is not a setting/],
  ["a code that would always be right", { TEST_BYPASS_CODE: "000000" }, /^TEST_BYPASS_CODE/],
  ["the demonstration's people", { DEMONSTRATION_PEOPLE: "yes" }, /^DEMONSTRATION_PEOPLE/],
  ["no keys", { SECRET_KEYS: undefined }, /^SECRET_KEYS must be set/],
  ["the outbox for texts", {}, /^SMS_PROVIDER/],
  ["the outbox for calls", {}, /^VOICE_PROVIDER/],
  ["the outbox for mails", {}, /^EMAIL_PROVIDER/],
])("on https %s stops the start, by its name (AT-142)", (_what, env, line) => {
  expect(problemsOf({ ...https, ...env })).toEqual(expect.arrayContaining([expect.stringMatching(line)]));
});

test.each([
  "http://account.example.com",
  "http://192.168.1.2:3000",
  "http://0.0.0.0:3000",
  "http://localhost.evil.example",
  "ftp://localhost",
  "javascript:alert(1)",
  "https://account.example.com/path",
  "https://user@account.example.com",
  "account.example.com",
])("SITE_URL %s would send passwords in the open or is no origin: refused", (url) => {
  expect(problemsOf({ ...https, SITE_URL: url })).toEqual(
    expect.arrayContaining([expect.stringMatching(/^SITE_URL/)]),
  );
});

test.each(["192.0.2.1", "::", "0.0.0.0"])(
  "on http the site listens for this machine alone, not at %s: the outbox shows every code",
  (address) => {
    expect(problemsOf({ LISTEN_ADDRESS: address })[0]).toMatch(/^LISTEN_ADDRESS may only be/);
    const { SITE_URL, SECRET_KEYS } = https;
    const real = { SITE_URL, SECRET_KEYS, LISTEN_ADDRESS: address };
    expect(problemsOf(real).filter((line) => line.startsWith("LISTEN_ADDRESS"))).toEqual([]);
  },
);

test("where to listen is an address, and without one it is where it always was", () => {
  expect(problemsOf({ LISTEN_ADDRESS: "localhost" })[0]).toMatch(/^LISTEN_ADDRESS must be/);
  expect(readSettings({ LISTEN_ADDRESS: "127.0.0.1" }).listenAddress).toBe("127.0.0.1");
  expect(readSettings({}).listenAddress).toBeUndefined();
});

test("a trial may do without the demonstration's people", () => {
  expect(readSettings({}).demonstrationPeople).toBe(true);
  expect(readSettings({ DEMONSTRATION_PEOPLE: "no" }).demonstrationPeople).toBe(false);
  expect(problemsOf({ DEMONSTRATION_PEOPLE: "perhaps" })[0]).toMatch(/^DEMONSTRATION_PEOPLE must be/);
});

test.each(["*", "all", "10.0.0.0/99", "proxy.example.com", "true"])(
  "nobody can trust every proxy by writing %s (AT-027)",
  (text) => {
    expect(problemsOf({ TRUSTED_PROXIES: text })[0]).toMatch(/^TRUSTED_PROXIES/);
  },
);

test.each(["1", "0x7f.1", "010.0.0.1", "1/8", "0x0a.0.0.0/8", "::ffff:10.0.0.0/90"])(
  "a proxy that is written as %s, by which none would ever be found, is refused by its name",
  (text) => {
    expect(problemsOf({ TRUSTED_PROXIES: `10.0.0.1,${text}` })).toEqual([
      expect.stringContaining(`"${text}"`),
    ]);
  },
);

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["10.0.0.0/8", "10.1.2.3"],
  ["::1", "::1"],
  ["2001:DB8:ff::/48", "2001:db8:ff::7"],
  ["fe80::1%eth0", "fe80::1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::ffff:10.0.0.0/104", "10.1.2.3"],
  ["::ffff:0a00:0/104", "::ffff:10.1.2.3"],
])("a proxy that is named as %s is believed at %s", (text, peer) => {
  const { trustedProxies } = readSettings({ TRUSTED_PROXIES: text });
  expect(clientAddress(peer, "203.0.113.9", trustedProxies)).toBe("203.0.113.9");
  expect(clientAddress("192.0.2.1", "203.0.113.9", trustedProxies)).toBe("192.0.2.1");
});

test.each([
  "",
  "k1",
  `k1:${key}x`,
  `k1:${Buffer.alloc(16).toString("base64")}`,
  `k1:${key},k1:${key}`,
  `:${key}`,
])("%s are no keys", (text) => expect(parseSecretKeys(text)).toBeUndefined());

test.each([
  [undefined, "mailto:security@localhost"],
  ["safe@example.com", "mailto:safe@example.com"],
  ["mailto:safe@example.com", "mailto:safe@example.com"],
  ["https://example.com/security", "https://example.com/security"],
  ["tel:+1-201-555-0123", "tel:+1-201-555-0123"],
])("SECURITY_CONTACT %s is told as %s (RFC 9116)", (text, contact) => {
  const env = { SITE_URL: "http://localhost:3000", SECURITY_CONTACT: text };
  expect(readSettings(env).securityContact).toBe(contact);
});

test.each(["http://example.com", "javascript:alert(1)", "us", "a@b\nExpires: never", "https://"])(
  "SECURITY_CONTACT %j is nowhere to write to: refused",
  (text) => expect(problemsOf({ SECURITY_CONTACT: text })[0]).toMatch(/^SECURITY_CONTACT must be/),
);

test.each(["everyone", "nobody"])("REQUIRE_TWO_STEP=%s is taken", (text) => {
  expect(readSettings({ REQUIRE_TWO_STEP: text }).requireTwoStep).toBe(text);
});

test("nothing is required where nothing is said, and another word stops the start", () => {
  expect(readSettings({}).requireTwoStep).toBe("nobody");
  for (const text of ["yes", "Everyone", "true", "*"])
    expect(problemsOf({ REQUIRE_TWO_STEP: text })[0]).toMatch(/^REQUIRE_TWO_STEP must be/);
});

test("all problems are told at once, in the order of the table, whichever check found them", () => {
  const env = {
    TEST_CLOCK: "2026-01-01",
    DESK_OWNER: "nobody",
    DEMONSTRATION_PEOPLE: "yes",
    LISTEN_ADDRESS: "localhost",
    COUNTRIES_ONLY: "Germany",
    COUNTRIES_OFF: "France",
    EMAIL_PROVIDER: "smtp",
    VOICE_PROVIDER: "http",
    HTTP_VOICE_URL: "https://gateway.example/call",
    HTTP_VOICE_BODY: "{to}",
    HTTP_VOICE_ID_PATH: "$.id",
    SMS_PROVIDER: "outbox,pigeon,outbox",
    SITE_URL: "https://account.example.com/path",
    PORT: "0",
  };
  expect(problemsOf(env).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
    "PORT must be",
    "SITE_URL must be",
    "SECRET_KEYS must be",
    "SMS_PROVIDER must name",
    "SMS_PROVIDER must list,",
    "SMS_PROVIDER must name",
    "SMS_PROVIDER names a",
    "HTTP_VOICE_BODY (or HTTP_VOICE_URL)",
    "HTTP_VOICE_ID_PATH must be",
    "COUNTRIES_OFF must list",
    "COUNTRIES_ONLY must list",
    "COUNTRIES_OFF and COUNTRIES_ONLY",
    "SMTP_URL must be",
    "SMTP_FROM must be",
    "LISTEN_ADDRESS must be",
    "DEMONSTRATION_PEOPLE cannot be",
    "DESK_OWNER must be",
    "TEST_CLOCK is not",
  ]);
});
