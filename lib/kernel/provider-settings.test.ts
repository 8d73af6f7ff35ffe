import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { readSettings, SettingsError } from "./config";

const twilio = {
  TWILIO_ACCOUNT_SID: `AC${"a".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "t",
  TWILIO_FROM: "+15005550006",
};
const smtp = { SMTP_URL: "smtps://u:p@mail.example.com", SMTP_FROM: "Latchkey <account@example.com>" };
const real = {
  SITE_URL: "https://account.example.com",
  SECRET_KEYS: `k1:${Buffer.alloc(32).toString("base64")}`,
  SMS_PROVIDER: "twilio, http",
  VOICE_PROVIDER: "http",
  EMAIL_PROVIDER: "smtp",
  HTTP_TEXT_URL: "https://gateway.example/sms",
  HTTP_VOICE_URL: "https://gateway.example/call",
  ...twilio,
  ...smtp,
};

const problemsOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

test("without settings every message goes to the outbox", () => {
  const { smsProviders, voiceProviders, emailProviders, twilio, smtp } = readSettings({});
  expect([smsProviders, voiceProviders, emailProviders]).toEqual([["outbox"], ["outbox"], ["outbox"]]);
  expect([twilio, smtp]).toEqual([undefined, undefined]);
});

test("several providers are kept in the order in which they are to be tried", () => {
  const settings = readSettings(real);
  expect(settings.smsProviders).toEqual(["twilio", "http"]);
  expect(settings.twilio).toMatchObject({ from: "+15005550006", apiUrl: "https://api.twilio.com" });
  expect(settings.http.text).toMatchObject({ method: "POST", url: "https://gateway.example/sms" });
  expect(settings.http.email).toBeUndefined();
});

test.each([
  ["SMS_PROVIDER", { SMS_PROVIDER: "smtp" }, /outbox, twilio, http/],
  ["SMS_PROVIDER", { SMS_PROVIDER: "pigeon" }, /some of/],
  ["SMS_PROVIDER", { SMS_PROVIDER: "twilio,twilio" }, /twice/],
  ["SMS_PROVIDER", { SMS_PROVIDER: "twilio,outbox" }, /real provider/],
  ["SMS_PROVIDER", { SMS_PROVIDER: undefined }, /real provider/],
  ["EMAIL_PROVIDER", { EMAIL_PROVIDER: "twilio" }, /outbox, smtp, http/],
  ["TWILIO_ACCOUNT_SID", { TWILIO_ACCOUNT_SID: "AC1" }, /32/],
  ["TWILIO_AUTH_TOKEN", { TWILIO_AUTH_TOKEN: undefined }, /console/],
  ["TWILIO_FROM", { TWILIO_FROM: undefined }, /TWILIO_MESSAGING_SERVICE_SID/],
  ["TWILIO_VOICE_FROM", { VOICE_PROVIDER: "twilio" }, /number that calls/],
  ["TWILIO_API_URL", { TWILIO_API_URL: "http://twilio.example" }, /https/],
  ["HTTP_TEXT_URL", { HTTP_TEXT_URL: undefined }, /gateway/],
  ["HTTP_TEXT_URL", { HTTP_TEXT_URL: "http://gateway.example" }, /https/],
  ["HTTP_TEXT_METHOD", { HTTP_TEXT_METHOD: "DELETE" }, /POST, PUT or GET/],
  ["HTTP_TEXT_HEADERS", { HTTP_TEXT_HEADERS: '{"X":1}' }, /JSON object/],
  ["HTTP_TEXT_HEADERS", { HTTP_TEXT_HEADERS: '{"X y":"1"}' }, /JSON object/],
  ["HTTP_TEXT_BODY", { HTTP_TEXT_BODY: '{"to":"{to}"}' }, /\{body\}/],
  ["HTTP_TEXT_ID_PATH", { HTTP_TEXT_ID_PATH: "$.id" }, /dots/],
  ["HTTP_CALLBACK_SECRET", { HTTP_CALLBACK_SECRET: "short" }, /32/],
  ["SMTP_URL", { SMTP_URL: "mail.example.com" }, /smtps:\/\//],
  ["SMTP_FROM", { SMTP_FROM: "nobody" }, /Latchkey/],
  ["SMTP_DKIM_DOMAIN", { SMTP_DKIM_DOMAIN: "example.com" }, /together/],
  ["COUNTRIES_OFF", { COUNTRIES_OFF: "France" }, /two letters/],
  ["COUNTRIES_OFF", { COUNTRIES_OFF: "FR", COUNTRIES_ONLY: "DE" }, /one of them/],
  ["OWNER_EMAIL", { OWNER_EMAIL: "a@b, c@d" }, /one e-mail address/],
  ["HEALTH_TOKEN", { HEALTH_TOKEN: "short" }, /32/],
])("%s that does not work (%o) is named with the mend", (name, change, mend) => {
  const problems = problemsOf({ ...real, ...(change as Record<string, string>) });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(name);
  expect(problems[0]).toMatch(mend);
});

test("countries and a DKIM key are read", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const settings = readSettings({
    ...real,
    COUNTRIES_OFF: "fr, de",
    SMTP_DKIM_DOMAIN: "example.com",
    SMTP_DKIM_SELECTOR: "mail",
    SMTP_DKIM_PRIVATE_KEY: pem.replaceAll("\n", "\\n"),
  });
  expect(settings.countriesOff).toEqual(["FR", "DE"]);
  expect(settings.smtp?.dkim?.privateKey.trim()).toBe(pem.trim());
});

test("no problem ever repeats a secret", () => {
  const secret = "hunter2hunter2";
  const env = {
    ...real,
    SMTP_URL: `ftp://u:${secret}@x`,
    HTTP_CALLBACK_SECRET: secret,
    TWILIO_ACCOUNT_SID: secret,
  };
  expect(problemsOf(env).join("\n")).not.toContain(secret);
});
