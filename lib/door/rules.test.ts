import fc from "fast-check";
import { expect, test } from "vitest";
import { languages } from "@/lib/kernel/language";
import {
  type Asked,
  askedFor,
  askedForCookie,
  BODY_MAX,
  bringsSession,
  cacheControl,
  chooseEncoding,
  clearSiteData,
  decide,
  isTakenOff,
  languageOfHeader,
  languageOfRequest,
  securityHeaders,
  signedOutSaid,
  TARGET_MAX,
  withoutScripts,
} from "./rules";

const local = new URL("http://localhost:3000");
const real = new URL("https://account.example.com");
const ask = (asked: Partial<Asked>, siteUrl = local) =>
  decide(
    {
      method: "GET",
      target: "/sign-in",
      httpVersion: "1.1",
      ...asked,
      headers: { host: siteUrl.host, ...asked.headers },
    },
    siteUrl,
  );
const refused = (refusal: string) => ({ kind: "refuse", refusal });

test.each([
  ["a page", {}, { kind: "pass" }],
  ["a page with a query", { target: "/sign-in?a=%2F" }, { kind: "pass" }],
  ["an unknown method", { method: "DELETE" }, refused("method")],
  ["a request that names no host", { headers: { host: undefined } }, refused("badRequest")],
  [
    "the same in HTTP/1.0, which need not",
    { headers: { host: undefined }, httpVersion: "1.0" },
    { kind: "pass" },
  ],
  ["OPTIONS", { method: "OPTIONS" }, refused("method")],
  ["an address that is too long", { target: `/${"a".repeat(TARGET_MAX)}` }, refused("addressTooLong")],
  ["two slashes, which mean another host", { target: "//evil.example/" }, refused("badRequest")],
  ["slash and backslash, which mean another host", { target: "/\\evil.example/" }, refused("badRequest")],
  ["an absolute target", { target: "http://evil.example/" }, refused("badRequest")],
  ["a raw byte in the target", { target: "/\u00e9" }, refused("badRequest")],
  ["an action by header", { headers: { "next-action": "x" } }, refused("badRequest")],
  ["a body without a length", { headers: { "transfer-encoding": "chunked" } }, refused("lengthRequired")],
  ["a body that is too long", { headers: { "content-length": `${BODY_MAX + 1}` } }, refused("tooLarge")],
  ["an address that spells no letter", { target: "/put-back/%E0%A4%A" }, refused("badRequest")],
  ["a bare percent sign", { target: "/account/activity/%" }, refused("badRequest")],
  ["a query that spells no letter", { target: "/account/activity?show=%" }, { kind: "pass" }],
  ["the framework's page for its own faults", { target: "/_global-error?x" }, refused("notFound")],
  ["the framework's image resizer", { target: "/_next/image?url=/a" }, refused("notFound")],
  ["the framework's data route", { target: "/_next/data/x.json" }, refused("notFound")],
  ["a built file", { target: "/_next/static/a.css" }, { kind: "pass" }],
  ["health", { target: "/api/health" }, { kind: "health", checksDatabase: true }],
  ["liveness", { target: "/api/health/live" }, { kind: "health", checksDatabase: false }],
])("%s", (_name, asked, expected) => {
  expect(ask(asked)).toEqual(expected);
});

const post = (headers: Asked["headers"], siteUrl = local) => ask({ method: "POST", headers }, siteUrl);

test("a form is taken from this very origin only", () => {
  expect(post({ origin: "http://localhost:3000" })).toEqual({ kind: "pass" });
  expect(post({ origin: "http://localhost:3000", "sec-fetch-site": "same-origin" })).toEqual({
    kind: "pass",
  });
  for (const origin of [
    undefined,
    "null",
    "",
    "http://localhost:3001",
    "http://localhost",
    "https://localhost:3000",
    "http://localhost:3000/",
    "http://localhost:3000.evil.example",
    "http://LOCALHOST:3000",
    "http://localhost:3000, http://localhost:3000",
  ]) {
    expect(post({ origin }), `origin ${origin}`).toEqual(refused("foreign"));
  }
});

test.each(["cross-site", "same-site", "none"])("a form whose Sec-Fetch-Site is %s is refused", (site) => {
  expect(post({ origin: "http://localhost:3000", "sec-fetch-site": site })).toEqual(refused("foreign"));
});

test("a provider's call-back passes without an origin; nothing else does, and no browser's form does there", () => {
  const callback = (target: string, headers: Asked["headers"] = {}) =>
    ask({ method: "POST", target, headers }, real);
  expect(callback("/api/delivery/twilio?message=1")).toEqual({ kind: "pass" });
  expect(callback("/api/delivery/http", { "content-type": "application/json" })).toEqual({ kind: "pass" });
  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "none" },
    { cookie: "a=b" },
  ])
    expect(callback("/api/delivery/twilio", headers), JSON.stringify(headers)).toEqual(refused("foreign"));
  for (const target of [
    "/api/delivery",
    "/api/delivery/",
    "/api/delivery/twilio/",
    "/api/delivery/twilio/../../sign-in",
    "/api/delivery/%2e%2e",
    "/api/delivery//",
    "/API/delivery/twilio",
    "/api/auth/session",
    "/sign-in?/api/delivery/twilio",
  ])
    expect(callback(target), target).toEqual(refused("foreign"));
  expect(callback("/api/delivery/twilio", { "transfer-encoding": "chunked" })).toEqual(
    refused("lengthRequired"),
  );
});

test("whoever asks for health with a bearer token is told apart, at the door of the database only", () => {
  const headers = { authorization: "Bearer abc" };
  expect(ask({ target: "/api/health", headers })).toEqual({
    kind: "health",
    checksDatabase: true,
    token: "abc",
  });
  expect(ask({ target: "/api/health/live", headers })).toEqual({ kind: "health", checksDatabase: false });
  expect(ask({ target: "/api/health", headers: { authorization: "Basic abc" } })).toEqual({
    kind: "health",
    checksDatabase: true,
  });
});

test("no origin but the site's own passes, whatever it looks like", () => {
  fc.assert(
    fc.property(fc.string(), (origin) => {
      fc.pre(origin !== real.origin);
      expect(post({ origin }, real)).toEqual(refused("foreign"));
    }),
  );
});

test("another name of this machine leads to the one origin, by GET only and at the same port only", () => {
  const at = (host: string, rest: Partial<Asked> = {}) => ask({ target: "/a?b", headers: { host }, ...rest });
  const there = { kind: "redirect", location: "http://localhost:3000/a?b" };
  expect(at("127.0.0.1:3000")).toEqual(there);
  expect(at("[::1]:3000")).toEqual(there);
  expect(at("LOCALHOST:3000")).toEqual({ kind: "pass" });
  expect(at("localhost:3000")).toEqual({ kind: "pass" });
  expect(at("127.0.0.1:3001")).toEqual({ kind: "pass" });
  expect(ask({ headers: { host: "127.0.0.1" } }, real)).toEqual({ kind: "pass" });
});

test.each([
  "evil.example:3000",
  "evil.example",
  "localhost.evil.example:3000",
  "127.0.0.1.evil.example:3000",
  "localhost:3000@evil.example",
  "evil.example#localhost:3000",
  "192.0.2.1:3000",
  "",
])(
  "in the demonstration no page is read under the name %j, which may be anybody's (DNS rebinding)",
  (host) => {
    for (const target of ["/", "/outbox", "/sign-in"])
      for (const method of ["GET", "HEAD"])
        expect(ask({ method, target, headers: { host } })).toEqual(refused("badRequest"));
    expect(ask({ target: "/api/health/live", headers: { host } })).toMatchObject({ kind: "health" });
    expect(ask({ headers: { host } }, real)).toEqual({ kind: "pass" });
  },
);

test.each([
  "X-Middleware-Subrequest",
  "x-invoke-path",
  "x-matched-path",
  "x-nextjs-data",
  "x-latchkey-address",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "forwarded",
  "RSC",
  "next-router-state-tree",
  "next-router-prefetch",
  "next-url",
  "range",
])("the request header %s is taken off", (header) => {
  expect(isTakenOff(header)).toBe(true);
});

test.each(["cookie", "origin", "accept-encoding", "user-agent", "sec-fetch-site", "content-type"])(
  "the request header %s stays",
  (header) => {
    expect(isTakenOff(header)).toBe(false);
  },
);

test("no script may run on any page, and only https asks to stay on https", () => {
  const headers = securityHeaders(local);
  expect(headers["Content-Security-Policy"]).toMatch(/(^|; )script-src 'none'(;|$)/);
  expect(headers["Content-Security-Policy"]).toMatch(/frame-ancestors 'none'/);
  expect(headers["Content-Security-Policy"]).not.toMatch(/unsafe|\*|https?:/);
  expect(headers["Strict-Transport-Security"]).toBeUndefined();
  expect(securityHeaders(real)["Strict-Transport-Security"]).toBe("max-age=31536000; includeSubDomains");
});

test("only built files that are there may be kept by browsers", () => {
  expect(cacheControl("/_next/static/a.css", 200)).toMatch(/immutable/);
  expect(cacheControl("/_next/static/a.css", 404)).toBe("no-store");
  expect(cacheControl("/account", 200)).toBe("no-store");
});

test("HTML loses every script and everything that is to be loaded beforehand, and nothing else", () => {
  const kept = '<link rel="stylesheet" href="/a.css"/><p>&lt;script&gt;</p><link rel="icon" href="b"/>';
  expect(
    withoutScripts(
      `<script src="/x.js" async=""></script>${kept}<link rel="preload" as="script" fetchPriority="low" href="/x.js"/>` +
        `<SCRIPT>self.__next_f.push([1,"</p>"])</SCRIPT\n><link as="script" href="/y.js" rel="preload"><link rel="modulepreload" href="z"><link rel="preload" as="style" href="/a.css"/>`,
    ),
  ).toBe(kept);
});

test.each([
  ["gzip, deflate, br, zstd", "br"],
  ["gzip", "gzip"],
  ["br;q=0, gzip;q=0.5", "gzip"],
  ["*", "br"],
  ["*;q=0", "identity"],
  ["", "identity"],
  ["deflate", "identity"],
])("of the encodings %s it takes %s", (accepted, expected) => {
  expect(chooseEncoding(accepted)).toBe(expected);
});

test("a page under /account that leads to sign in or to prove again is remembered, and no other", () => {
  const from = (target: string, location: string | undefined, status = 307) =>
    askedFor(target, status, location, local);
  expect(from("/account/security?a=b", "/account/confirm")).toBe("/account/security");
  expect(from("/account", "/sign-in", 303)).toBe("/account");
  expect(from("/account", "http://localhost:3000/sign-in?x")).toBe("/account");
  expect(from("/account", "https://evil.example/sign-in")).toBeUndefined();
  expect(from("/account/confirm", "/sign-in")).toBeUndefined();
  expect(from("/account/security", "/account")).toBeUndefined();
  expect(from("/accounts", "/sign-in")).toBeUndefined();
  expect(from("/sign-up", "/sign-in")).toBeUndefined();
  expect(from("/account", undefined, 200)).toBeUndefined();
});

test("the cookie of that page cannot be widened by what the page is called", () => {
  expect(askedForCookie("/account/a;Domain=x", local)).toBe(
    "latchkey.asked-for=%2Faccount%2Fa%3BDomain%3Dx; Path=/; HttpOnly; SameSite=Lax; Max-Age=600",
  );
  expect(askedForCookie("/account", real)).toMatch(/^__Host-latchkey\.asked-for=.*; Secure$/);
});

test("that somebody signed out is said once: the page that says it takes its cookie away, and no other answer does", () => {
  const asked = { method: "GET", path: "/sign-in", cookies: "a=b; __Host-latchkey.signed-out=yes" };
  expect(signedOutSaid(asked, 200, real)).toMatch(/^__Host-latchkey\.signed-out=; .*Max-Age=0; Secure$/);
  for (const [other, status] of [
    [{ method: "HEAD" }, 200],
    [{ method: "POST" }, 200],
    [{ path: "/sign-up" }, 200],
    [{}, 303],
    [{ cookies: undefined }, 200],
    [{ cookies: "x__Host-latchkey.signed-out=yes; latchkey.signed-out=yes" }, 200],
  ] as const)
    expect(signedOutSaid({ ...asked, ...other }, status, real)).toBeUndefined();
});

test("scripts run on the pages of the table only, and only our own modules", () => {
  const own = '<script type="module" src="/enhance/live-line.js"></script>';
  const html = `${own}<script>1</script><script src="/_next/x.js"></script><script type="module" src="/enhance/../x.js"></script>`;
  expect(withoutScripts(html, "/sign-in/two-step")).toBe(own);
  expect(withoutScripts(html, "/account/sessions")).toBe("");
  expect(withoutScripts(html)).toBe("");
  for (const path of [
    "/sign-in",
    "/sign-in/two-step",
    "/account/confirm",
    "/account/confirm/two-step/other",
    "/account",
    "/account/settings",
    "/account/security",
    "/account/security/setup/code",
    "/account/security/setup/backup",
    "/account/security/add",
    "/account/security/add/passkey",
  ])
    expect(securityHeaders(local, path)["Content-Security-Policy"]).toContain(
      `script-src ${local.origin}/enhance/; connect-src ${local.origin}/api/line/;`,
    );
  for (const path of [
    "/",
    "/sign-up",
    "/account/sessions",
    "/account/security/setup",
    "/sign-in/two-step/x",
    "/outbox",
  ]) {
    expect(securityHeaders(local, path)["Content-Security-Policy"]).toContain("script-src 'none'");
    expect(securityHeaders(local, path)["Content-Security-Policy"]).not.toContain("connect-src");
  }
});

test("a browser is told to forget what it kept when its session is taken away, and at no other time", () => {
  const forgotten = '"cache", "storage"';
  expect(clearSiteData(["latchkey.session=; Path=/; Max-Age=0"])).toBe(forgotten);
  expect(
    clearSiteData(["a=1", "__Host-latchkey.session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]),
  ).toBe(forgotten);
  expect(clearSiteData(["latchkey.session=token; Path=/; Max-Age=86400"])).toBeUndefined();
  expect(clearSiteData(["latchkey.session=; Max-Age=0", "latchkey.session=token; Path=/"])).toBeUndefined();
  expect(
    clearSiteData(["latchkey.attempt=; Path=/; Max-Age=0", "latchkey.asked-for=; Max-Age=0"]),
  ).toBeUndefined();
  expect(clearSiteData([])).toBeUndefined();
});

test.each([
  ["", "en"],
  ["de", "de"],
  ["de-AT", "de"],
  ["DE-at", "de"],
  ["fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"],
  ["en;q=0.5, ja;q=0.9", "ja"],
  ["nl, es-419;q=0.9, en;q=0.1", "es"],
  ["de;q=0, ar", "ar"],
  ["zh-Hant-TW", "en"],
  ["es, fr", "es"],
  ["*", "en"],
  ["deu, english", "en"],
  ["de;q=x", "en"],
  [`${"nl,".repeat(400)}de`, "en"],
])("a browser that asks for %j reads %s", (header, language) => {
  expect(languageOfHeader(header)).toBe(language);
});

test("a language that was chosen here counts before what the browser asks for, and nothing but a language counts", () => {
  const asked = { "accept-language": "fr" };
  const chosen = (cookie: string, site = local) => languageOfRequest({ ...asked, cookie }, site);
  expect(languageOfRequest(asked, local)).toBe("fr");
  expect(chosen("latchkey.language=ar")).toBe("ar");
  expect(chosen("a=b; latchkey.language=ja; c=d")).toBe("ja");
  for (const cookie of ["latchkey.language=xx", "latchkey.language=", "xlatchkey.language=ja", "language=ja"])
    expect(chosen(cookie)).toBe("fr");
  // A neighbour under the same domain cannot set the one with the prefix.
  expect(chosen("latchkey.language=ja", real)).toBe("fr");
  expect(chosen("__Host-latchkey.language=ja", real)).toBe("ja");
});

test("of two cookies with one name the door goes by the one that pages go by, and neither reads one that is not encoded as it must be", () => {
  expect(languageOfRequest({ cookie: "latchkey.language=ar; latchkey.language=ja" }, local)).toBe("ja");
  expect(languageOfRequest({ cookie: "latchkey.language=ar; latchkey.language=%E0" }, local)).toBe("ar");
  const asked = { method: "GET", path: "/sign-in", cookies: "latchkey.signed-out=%E0" };
  expect(signedOutSaid(asked, 200, local)).toBeUndefined();
  expect(bringsSession("latchkey.session=%E0")).toBe(false);
  expect(bringsSession("latchkey.session=a; latchkey.session=")).toBe(false);
});

test("no header, whatever is in it, is read as anything but a language of the site", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (header, cookie) => {
      expect(languages).toContain(languageOfRequest({ "accept-language": header, cookie }, local));
    }),
  );
});

test.each([
  [undefined, false],
  ["latchkey.language=de", false],
  ["latchkey.session=", false],
  ["other=latchkey.session=x", false],
  ["latchkey.session=x", true],
  ["a=b; __Host-latchkey.session=x", true],
])("the cookies %s bring a session: %s", (cookies, brings) => {
  expect(bringsSession(cookies)).toBe(brings);
});
