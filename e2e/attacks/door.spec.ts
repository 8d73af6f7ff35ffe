import { randomUUID } from "node:crypto";
import net from "node:net";
import { db } from "@/lib/db";
import {
  answer,
  begin,
  cookie,
  expect,
  isSignedIn,
  replayableCode,
  sessionsOf,
  test,
  withSession,
} from "../fixtures/arena";
import { type Answer, type Enctype, filled, formsOf, formWith, locationOf, send } from "../fixtures/http";
import { scriptPolicyOf } from "../fixtures/journey";
import { messagesTo } from "../fixtures/outbox";
import { makePerson, password } from "../fixtures/people";

const sealed: Readonly<Record<string, RegExp>> = {
  "content-security-policy":
    /^default-src 'none'; (?=.*form-action 'self')(?=.*base-uri 'none')(?=.*object-src 'none')(?=.*frame-ancestors 'none')/,
  "x-content-type-options": /^nosniff$/,
  "x-frame-options": /^DENY$/,
  "referrer-policy": /^same-origin$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-resource-policy": /^same-origin$/,
  "permissions-policy": /camera=\(\)/,
};
const expectSealed = ({ headers, path, status }: Answer, cacheControl = /^no-store$/): void => {
  for (const [name, shape] of Object.entries(sealed))
    expect(String(headers[name]), `${path} ${status} ${name}`).toMatch(shape);
  expect(headers["content-security-policy"], `${path} ${status}`).toMatch(scriptPolicyOf(path));
  expect(String(headers["cache-control"]), `${path} ${status}`).toMatch(cacheControl);
  for (const name of [
    "x-powered-by",
    "server",
    "x-nextjs-cache",
    "x-nextjs-prerender",
    "access-control-allow-origin",
  ])
    expect(headers[name], `${path} ${name}`).toBeUndefined();
};

test("every class of answer has the headers, and nothing but built files is kept by anybody (AT-143, AT-103, AT-112)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, true);
  const page = await browser.get("/sign-in");
  const stylesheet = /href="(\/_next\/static\/[^"]+\.css)"/.exec(page.body)?.[1] ?? "";
  const answers: [string, number, Promise<Answer>][] = [
    ["a page", 200, browser.get("/account")],
    ["a page to sign in", 200, browser.get("/sign-in")],
    ["a page that redirects", 307, arena.browser().get("/account")],
    ["a form that redirects", 303, browser.submit("/account/settings/name", "Save", { name: "Kim" })],
    ["a form that is refused", 200, browser.submit("/account/settings/name", "Save", { name: "" })],
    ["no page", 404, browser.get("/nothing")],
    ["no page of an account", 404, browser.get(`/account/security/nothing`)],
    ["a method that nobody has", 405, browser.raw("/account", { method: "DELETE" })],
    ["TRACE", 405, browser.raw("/account", { method: "TRACE" })],
    [
      "OPTIONS",
      405,
      browser.raw("/account", { method: "OPTIONS", headers: { origin: "https://evil.example" } }),
    ],
    [
      "a form of another site",
      403,
      browser.post("/sign-in", [], { headers: { origin: "https://evil.example" } }),
    ],
    ["a form that is too large", 413, browser.post("/sign-in", [["email", "x".repeat(70_000)]])],
    ["an address that is too long", 414, browser.get(`/${"x".repeat(3000)}`)],
    ["the health", 200, browser.get("/api/health")],
    ["the session for a script", 200, browser.get("/api/auth/session")],
    ["no api", 404, browser.get("/api/nothing")],
    ["a file that is not built", 404, browser.get("/_next/static/nothing.css")],
    ["the image resizer", 404, browser.get("/_next/image?url=%2Ficon.svg&w=64&q=75")],
    ["a prefetch", 307, arena.browser().get("/account", { purpose: "prefetch" })],
  ];
  for (const [what, status, promise] of answers) {
    const got = await promise;
    expect(got.status, what).toBe(status);
    expectSealed(got);
  }
  const built = await browser.get(stylesheet);
  expect(built.status).toBe(200);
  expectSealed(built, /^public, max-age=31536000, immutable$/);
  expect(built.setCookies).toEqual([]);
  expectSealed(await browser.get("/icon.svg"), /^public, max-age=86400$/);
  const known = await browser.get(stylesheet, { "if-none-match": String(built.headers.etag ?? '"x"') });
  expectSealed(known, /^public, max-age=31536000, immutable$/);
  for (const headers of [
    { "if-none-match": "*" },
    { "if-modified-since": new Date().toUTCString() },
    { range: "bytes=0-9" },
  ]) {
    const got = await browser.get("/account", headers);
    expect(got.status).toBe(200);
    expectSealed(got);
  }
});

/** All that a site answers to bytes as they are, until it hangs up. */
const rawAnswer = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
    let said = "";
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no end of the answer: ${said}`)));
    socket.on("data", (chunk) => {
      said += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(said));
  });

test("a broken request is answered with the headers too (AT-143)", async ({ arena }) => {
  for (const text of [
    "BAD\r\n\r\n",
    "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "POST /sign-up HTTP/1.1\r\nHost: x\r\nExpect: something\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    `GET /sign-up HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`,
    "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
  ]) {
    const got = await rawAnswer(arena.a.port, text);
    expect(got).toMatch(/^HTTP\/1\.1 4(00|03|11|31) /);
    expect(got).toMatch(/content-security-policy: default-src 'none'; script-src 'none'/i);
    expect(got).toMatch(/connection: close/i);
  }
});

test("a form from another site does nothing, in any of the three ways that forms are encoded, with all cookies (AT-099, AT-100, AT-102)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const browser = await withSession(arena, person, true);
  const before = JSON.stringify(await db().account.findUnique({ where: { id: person.id } }));
  const foreign: Record<string, string | undefined>[] = [
    { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    { origin: "null", "sec-fetch-site": "cross-site" },
    { origin: "null", "sec-fetch-site": undefined },
    { origin: undefined, "sec-fetch-site": undefined, referer: undefined },
    { origin: undefined, "sec-fetch-site": "same-origin" },
    { origin: arena.origin, "sec-fetch-site": "cross-site" },
    { origin: arena.origin, "sec-fetch-site": "same-site" },
    { origin: arena.origin, "sec-fetch-site": "none" },
    { origin: `${arena.origin}.evil.example`, "sec-fetch-site": undefined },
    { origin: arena.origin.replace("localhost", "evil.localhost"), "sec-fetch-site": "same-site" },
    { origin: arena.origin.replace("http:", "https:"), "sec-fetch-site": undefined },
    { origin: `${arena.origin}/`, "sec-fetch-site": undefined },
    { origin: arena.origin.toUpperCase(), "sec-fetch-site": undefined },
    { origin: "", "sec-fetch-site": undefined },
    {
      origin: "https://evil.example",
      "sec-fetch-site": undefined,
      "x-forwarded-host": "evil.example",
      host: "evil.example",
    },
  ];
  const pages = [
    ["/account/settings/name", "Save", { name: "Mallory" }],
    ["/account/settings/email", "Send link", { email: `${randomUUID()}@example.com` }],
    ["/account/security/recovery-codes", "Make new recovery codes", {}],
    ["/account/security/turn-off", /Turn off/, {}],
    ["/account", "Sign out", {}],
    ["/sign-in", "Sign in", { email: person.email, password }],
  ] as const;
  const enctypes: Enctype[] = ["multipart/form-data", "application/x-www-form-urlencoded", "text/plain"];
  for (const [path, button, values] of pages) {
    const page = await browser.get(path);
    const form = formsOf(page.body).find(({ buttons }) =>
      buttons.some(({ text }) => (typeof button === "string" ? text === button : button.test(text))),
    );
    const fields = filled(form ?? formWith(page, /^(?!Sign out)/), values);
    for (const headers of foreign)
      for (const enctype of enctypes) {
        const got = await browser.post(path, fields, { headers, enctype });
        expect(got.status, `${path} ${JSON.stringify(headers)} ${enctype}`).toBe(403);
        expect(got.setCookies).toEqual([]);
      }
    // From this site, but not as a form of it is encoded: no action, no effect.
    for (const enctype of enctypes.slice(1)) {
      const got = await browser.post(path, fields, { enctype });
      expect(got.status, `${path} ${enctype}`).not.toBe(303);
    }
  }
  expect(JSON.stringify(await db().account.findUnique({ where: { id: person.id } }))).toBe(before);
  expect(await db().recoveryCode.count({ where: { accountId: person.id, usedAt: null } })).toBe(10);
  expect(await isSignedIn(browser)).toBe(true);
});

test("following a link changes nothing: no sign-out, no sending, no switching off by GET or HEAD (AT-099, AT-102)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await withSession(arena, person, true);
  const state = async () =>
    JSON.stringify([
      await db().account.findUnique({ where: { id: person.id } }),
      await db().method.count({ where: { accountId: person.id, removedAt: null } }),
      await db().event.count({ where: { accountId: person.id } }),
      await db().message.count({ where: { accountId: person.id } }),
      await db().signInAttempt.count({ where: { accountId: person.id } }),
    ]);
  const before = await state();
  for (const path of [
    "/account/sign-out",
    "/api/auth/signout",
    "/sign-out",
    "/account/security/turn-off?turnOff=1",
    "/account/security/setup",
    "/account/security/add?channel=text",
    "/sign-in/two-step/other?way=recovery-codes",
    "/account/security?id=1",
    `/sign-in?email=${person.email}&password=x`,
  ]) {
    await browser.get(path);
    await browser.raw(path, { method: "HEAD" });
  }
  expect(await state()).toBe(before);
  expect(await isSignedIn(browser)).toBe(true);
});

test("after a sign-in people land on this site, on a page of theirs, whatever anybody asked for (AT-104)", async ({
  arena,
}) => {
  const corpus = [
    "//evil.example",
    "/\\evil.example",
    "/%5cevil.example",
    "https:evil.example",
    "https://evil.example/account",
    "///evil.example",
    "/evil%00",
    "javascript:alert(1)",
    "data:text/html,x",
    "//localhost@evil.example",
    "/account@evil.example",
    "/account\r\nLocation: https://evil.example",
    "%2F%2Fevil.example",
    "%252F%252Fevil.example",
    "/account/../..//evil.example",
    "/account/..%2f..%2f/evil.example",
    "/account//evil.example",
    "/account?next=//evil.example",
    "/account#//evil.example",
    "/api/auth/signout",
    "/outbox",
    "/sign-in",
    "/account/confirm",
    ` /account`,
    "/account/settings/%2e%2e/%2e%2e/%2e%2e//evil.example",
  ];
  const plain = await makePerson();
  const strong = await makePerson({ methods: ["app", "text"] });
  const isOwn = (got: Answer): boolean =>
    /^\/account(\/(settings|security|sessions|activity)(\/[a-z0-9-]+)*)?$/.test(locationOf(got) ?? "");
  for (const target of corpus) {
    await db().limit.deleteMany();
    const encoded = encodeURIComponent(target);
    const browser = arena.browser();
    browser.cookies.set(cookie.askedFor, encoded);
    browser.cookies.set("latchkey.callback", encoded);
    const page = await browser.get(
      `/sign-in?callbackUrl=${encoded}&next=${encoded}&returnTo=${encoded}&redirect_uri=${encoded}`,
    );
    expect(page.status).toBe(200);
    expect(page.body).not.toContain("evil.example");
    const fields = filled(formWith(page, "Sign in"), { email: plain.email, password });
    const got = await browser.post(page.path, [
      ...fields,
      ["callbackUrl", target],
      ["redirectTo", target],
      ["next", target],
    ]);
    expect(got.status, target).toBe(303);
    expect(isOwn(got), `${target} led to ${got.headers.location}`).toBe(true);
    expect(got.setCookies.join()).not.toContain("evil");
  }
  for (const target of corpus.slice(0, 6)) {
    await db().limit.deleteMany();
    const browser = arena.browser();
    await begin(browser, strong);
    browser.cookies.set(cookie.askedFor, encodeURIComponent(target));
    const got = await answer(browser, await replayableCode(strong));
    expect(isOwn(got), `${target} led to ${got.headers.location}`).toBe(true);
  }
  // What was honestly asked for is where it leads.
  const honest = arena.browser();
  await honest.get("/account/sessions");
  expect(locationOf(await begin(honest, plain))).toBe("/account/sessions");
  // And the door itself makes no such cookie of a strange address.
  for (const target of [
    "/account/%0d%0aSet-Cookie:x=1",
    "/account/..%2f..%2fevil",
    "/account/x?y=//evil.example",
  ]) {
    const asking = arena.browser();
    const got = await asking.get(target);
    expect(got.headers.location ?? "").not.toContain("evil");
    expect(got.setCookies.join("\n")).not.toMatch(/^x=1/m);
  }
});

test("links in mails and addresses in answers come from SITE_URL, whatever Host, X-Forwarded-* and Forwarded say (AT-079)", async ({
  arena,
}) => {
  const lies: Record<string, string>[] = [
    { host: "evil.example" },
    { host: "evil.example:80", "x-forwarded-host": "evil.example" },
    { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
    { forwarded: "host=evil.example;proto=https" },
    { "x-host": "evil.example", "x-original-host": "evil.example", "x-forwarded-server": "evil.example" },
  ];
  const people = await Promise.all(lies.map(() => makePerson()));
  for (const [n, headers] of lies.entries()) {
    const browser = arena.browser();
    const told = await browser.get("/forgot-password", headers);
    expect(told.body).not.toContain("evil.example");
    // Under another name no page is given here (the site is on loopback), so the form comes from the right one.
    expect(told.status).toBe("host" in headers ? 400 : 200);
    const page = await browser.get("/forgot-password");
    const got = await browser.post(
      "/forgot-password",
      filled(formWith(page, /./), { email: people[n]?.email ?? "" }),
      { headers },
    );
    expect(got.status, JSON.stringify(headers)).toBe(303);
    expect(got.headers.location).not.toContain("evil.example");
    for (const path of ["/account", "/api/auth/signin", "/api/auth/providers", "/"]) {
      const told = await browser.get(path, headers);
      expect(`${told.headers.location}${told.body}`, path).not.toContain("evil.example");
    }
  }
  const absolute = await send(arena.a.baseUrl, "http://evil.example/forgot-password", {});
  expect(absolute.status).toBe(400);
  for (const person of people) {
    await expect
      .poll(() => messagesTo(person.email, arena.dataDir).length, { timeout: 20_000 })
      .toBeGreaterThan(0);
    for (const { body, subject } of messagesTo(person.email, arena.dataDir)) {
      expect(`${subject}${body}`).not.toContain("evil.example");
      for (const url of body.match(/https?:\/\/[^\s]+/g) ?? [])
        expect(url.startsWith(`${arena.origin}/`) || url === arena.origin).toBe(true);
    }
  }
});

test("a sign-in form from another site does not sign a victim in as the attacker (AT-102)", async ({
  arena,
}) => {
  const attacker = await makePerson();
  const victim = arena.browser();
  const page = await victim.get("/sign-in");
  const got = await victim.post(
    "/sign-in",
    filled(formWith(page, "Sign in"), { email: attacker.email, password }),
    {
      headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    },
  );
  expect(got.status).toBe(403);
  expect(victim.cookies.size).toBe(0);
  expect(await sessionsOf(attacker)).toBe(0);
});

test("a body that is too long, lies about its length or has ten thousand fields is refused fast (AT-107)", async ({
  arena,
}) => {
  const browser = arena.browser();
  const page = await browser.get("/sign-in");
  const form = formWith(page, "Sign in");
  const long = await browser.post(
    "/sign-in",
    filled(form, { email: "a@example.com", password: "x".repeat(1_000_000) }),
  );
  expect(long.status).toBe(413);
  const started = performance.now();
  const wide = [
    ...filled(form, { email: "a@example.com", password }),
    ...Array.from({ length: 10_000 }, (_, n) => [n.toString(36), ""] as [string, string]),
  ];
  // As browsers send our forms it is too long; in the short spelling it fits, and is a form like any other.
  expect((await browser.post("/sign-in", wide)).status).toBe(413);
  const short = await browser.post("/sign-in", wide, { enctype: "application/x-www-form-urlencoded" });
  expect(short.status).toBe(200);
  expect(browser.cookies.size).toBe(0);
  for (const [length, rest] of [
    ["1000000", ""], // says that it is too long
    ["5", "GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["-1", ""],
    ["5, 7", ""],
  ] as const) {
    const said = await rawAnswer(
      arena.a.port,
      `POST /sign-in HTTP/1.1\r\nHost: localhost:${arena.a.port}\r\nOrigin: ${arena.origin}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\na=b&c${rest}`,
    );
    expect(said, length).toMatch(length === "1000000" ? /^HTTP\/1\.1 413 / : /^HTTP\/1\.1 4\d\d /);
    expect(said.match(/^HTTP\/1\.1 /gm), length).toHaveLength(1);
  }
  // The action of a page's own form: a body that reaches the framework would be read there.
  const ask = formWith(await browser.get("/forgot-password"), "Send link");
  const deep = await browser.post(
    "/forgot-password",
    filled(ask, {}).map(([name, value]): [string, string] =>
      /^\$ACTION_\d+:1$/.test(name) ? [name, `[${"[".repeat(5000)}${"]".repeat(5000)}]`] : [name, value],
    ),
  );
  expect(deep.status).toBe(400);
  const nested = await browser.post("/forgot-password", [
    ...filled(ask, {}),
    ["$ACTION_1:1", '["$1","$1"]'],
    ["$ACTION_1:2", '"$2"'],
  ]);
  expect(nested.status).toBe(400); // nothing that a page writes
  expect(performance.now() - started).toBeLessThan(5_000);
  expect((await browser.get("/api/health")).status).toBe(200);
});

test("what a link is about stands in its path alone: nothing of the query takes its place, and no other spelling is a page (AT-076, AT-120)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = arena.browser();
  await browser.submit("/forgot-password", "Send link", { email: person.email });
  const links = () =>
    messagesTo(person.email, arena.dataDir).flatMap(
      ({ body }) => /\/reset-password\/([\w-]{43})/.exec(body)?.[1] ?? [],
    );
  await expect.poll(() => links().length, { timeout: 15_000 }).toBeGreaterThan(0);
  const token = links().at(-1) ?? "";
  const asksForPassword = async (path: string) => {
    const got = await browser.get(path);
    expect(got.status, path).toBeLessThan(500);
    return got.body.includes('name="password"');
  };
  expect(await asksForPassword(`/reset-password/${token}`)).toBe(true);
  expect(await asksForPassword(`/reset-password/${token}?nxtPtoken=zzz&token=zzz`)).toBe(true);
  for (const path of [
    `/reset-password/zzz?nxtPtoken=${token}`,
    `/reset-password/zzz?nxtIa=1&token=${token}`,
    `/reset-password/zzz?%6extPtoken=${token}`,
    `/reset-password/%5Btoken%5D?token=${token}`,
    `/reset-password/[token]?token=${token}`,
    `/reset-password/..?token=${token}`,
    `/reset-password/%2e%2e?token=${token}`,
    `/reset-password/a#?token=${token}`,
    `/reset-password/a\\b?token=${token}`,
  ])
    expect(await asksForPassword(path), path).toBe(false);
});
