import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { hashToken, sealRowId } from "@/lib/kernel/secrets";
import {
  answer,
  begin,
  cookie,
  expect,
  forgetLimits,
  isSignedIn,
  replayableCode,
  sessionsOf,
  signIn,
  test,
  withSession,
} from "../fixtures/arena";
import { formsOf, locationOf, send, textOf } from "../fixtures/http";
import { scriptPolicyOf } from "../fixtures/journey";
import { codeSentTo } from "../fixtures/outbox";
import { makePerson, type Person } from "../fixtures/people";

/** One event of a person, in the session with this id. */
const eventOf = async (person: Person, sessionId: string | null = null): Promise<string> => {
  const event = await db().event.create({
    data: {
      accountId: person.id,
      at: new Date(),
      kind: "signed-in",
      address: "192.0.2.1",
      browser: "Firefox · Linux",
      facts: {},
      sessionId,
    },
  });
  return sealRowId(event.id.toString(), person.id);
};
const sessionIdOf = async (token: string | undefined): Promise<string> =>
  (await db().session.findUniqueOrThrow({ where: { tokenHash: hashToken(token ?? "") } })).id;

test("another account's event is not there, and its session is not ended by it (AT-071)", async ({
  arena,
}) => {
  const [victim, mallory] = [await makePerson(), await makePerson()];
  const there = await withSession(arena, victim, true);
  const ofVictim = await eventOf(victim, await sessionIdOf(there.cookies.get(cookie.session)));
  const attacker = await withSession(arena, mallory, true);
  const laptop = await withSession(arena, mallory, true);
  const own = await eventOf(mallory, await sessionIdOf(laptop.cookies.get(cookie.session)));
  expect((await attacker.get(`/account/activity/${ofVictim}`)).status).toBe(404);
  for (const id of [randomUUID(), "0", "-1", "1e9", "9".repeat(18), "9".repeat(40), "1%00", "x"])
    expect((await attacker.get(`/account/activity/${id}`)).status, id).toBe(404);
  const page = await attacker.get(`/account/activity/${own}`);
  await attacker.press(page, "Sign that browser out", { event: ofVictim });
  expect(await isSignedIn(there)).toBe(true);
  // An event of one's own that names somebody else's session, as nothing of the site can write it.
  const forged = await eventOf(mallory, await sessionIdOf(there.cookies.get(cookie.session)));
  expect(textOf((await attacker.get(`/account/activity/${forged}`)).body)).toContain("is signed out already");
  await attacker.press(page, "Sign that browser out", { event: forged });
  expect(await isSignedIn(there)).toBe(true);
  await attacker.press(page, "Sign that browser out", { event: own });
  expect(await isSignedIn(laptop)).toBe(false);
  expect(await isSignedIn(attacker)).toBe(true);
});

test("the log is given as a file after a fresh proof only, whole, and to nobody's cache (AT-066, AT-112)", async ({
  arena,
}) => {
  const person = await makePerson();
  for (let turn = 0; turn < 3; turn += 1) await eventOf(person);
  const unproven = await withSession(arena, person, false);
  for (const format of ["csv", "json"]) {
    const target = `/account/activity/download/${format}`;
    expect(locationOf(await arena.browser().get(target))).toBe("/sign-in");
    const turned = await unproven.get(target);
    expect(locationOf(turned)).toBe("/account/activity/download");
    expect(turned.body).toBe("");
  }
  const proven = await withSession(arena, person, true);
  const json = await proven.get("/account/activity/download/json");
  expect(json.headers["cache-control"]).toBe("no-store");
  expect(json.headers["content-disposition"]).toMatch(
    /^attachment; filename="latchkey-activity-[\d-]+\.json"$/,
  );
  expect(json.headers["content-security-policy"]).toContain("script-src 'none'");
  expect(JSON.parse(json.body)).toHaveLength(3);
  for (const format of ["xml", "csv%00", "CSV", "..%2f", "constructor"])
    expect((await proven.get(`/account/activity/download/${format}`)).status, format).toBe(404);
});

test("a log of megabytes arrives whole, though no page may be so long", async ({ arena }) => {
  const person = await makePerson();
  await db().$executeRaw`
    INSERT INTO "Event" ("accountId", "at", "kind", "address", "browser", "facts")
    SELECT ${person.id}::uuid, now(), 'signed-in', '192.0.2.1', 'Firefox · Linux', '{}' FROM generate_series(1, 20000)`;
  const got = await (await withSession(arena, person, true)).get("/account/activity/download/csv");
  expect(got.status).toBe(200);
  expect(got.body.length).toBeGreaterThan(2 * 1024 * 1024 * 0.9);
  expect(got.body.trimEnd().split("\r\n")).toHaveLength(20_001);
  // The attack that looks for secrets reads every row there is.
  await db().account.delete({ where: { id: person.id } });
});

test("signing out tells the browser to forget its pages, and leaves it known to the account (AT-112, AT-052)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = arena.browser();
  await signIn(browser, person, true);
  const device = browser.cookies.get(cookie.devices);
  const out = await browser.submit("/account", "Sign out");
  expect(locationOf(out)).toBe("/sign-in");
  expect(out.headers["clear-site-data"]).toBe('"cache", "storage"');
  expect(browser.cookies.get(cookie.devices)).toBe(device);
  for (const path of ["/sign-in", "/account", "/"])
    expect((await browser.get(path)).headers["clear-site-data"], path).toBeUndefined();
  // A sign-in sets the session and is no reason to forget anything.
  const back = await begin(browser, person);
  expect(locationOf(back)).toBe("/account");
  expect(back.headers["clear-site-data"]).toBeUndefined();
});

test("error pages, redirects, files and prefetches carry every header, and none is to be found by a search (AT-143)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, true);
  const answers = [
    await browser.get("/account"),
    await browser.get("/account", { purpose: "prefetch", "sec-purpose": "prefetch" }),
    await browser.get("/account/activity/1"),
    await browser.get("/account/activity/download/json"),
    await arena.browser().get("/account/security"),
    await arena.browser().get("/nowhere"),
    await arena.browser().get("/.well-known/change-password"),
    await arena.browser().get("/.well-known/security.txt"),
    await arena
      .browser()
      .get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"),
    await send(arena.a.baseUrl, "/account", { method: "DELETE" }),
    await send(arena.a.baseUrl, `/${"a".repeat(3000)}`),
  ];
  for (const { path, headers } of answers) {
    const where = path.slice(0, 60);
    expect(headers["x-robots-tag"], where).toBe("noindex, nofollow");
    expect(headers["content-security-policy"], where).toMatch(scriptPolicyOf(path));
    expect(headers["content-security-policy"], where).toMatch(/frame-ancestors 'none'/);
    for (const name of ["x-content-type-options", "referrer-policy", "permissions-policy", "x-frame-options"])
      expect(headers[name], `${where} ${name}`).toBeTruthy();
    expect(headers["cache-control"], where).toBe("no-store");
  }
  expect(answers.map(({ status }) => status)).toEqual([
    200, 200, 404, 200, 307, 404, 302, 200, 404, 405, 414,
  ]);
});

test("a password manager finds the page to change a password, and whoever found a hole finds whom to tell", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, true);
  const change = await browser.get("/.well-known/change-password");
  expect(change.status).toBe(302);
  expect(locationOf(change)).toBe("/account/settings/password");
  expect((await browser.get("/account/settings/password")).status).toBe(200);
  const { body, headers } = await browser.get("/.well-known/security.txt");
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(body).toMatch(/^Contact: mailto:security@localhost$/m);
  expect(body).toContain(`Canonical: ${arena.origin}/.well-known/security.txt`);
  const expires = new Date(/^Expires: (.+)$/m.exec(body)?.[1] ?? "").getTime() - Date.now();
  expect(expires).toBeGreaterThan(86_400_000);
  expect(expires).toBeLessThan(365 * 86_400_000);
});

/** Fields that a password manager must know, by page: name and token. */
const tokens: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/sign-in": { email: "username", password: "current-password" },
  "/sign-up": { name: "name", email: "username", password: "new-password" },
  "/forgot-password": { email: "username" },
  "/account/confirm": { password: "current-password" },
  "/account/settings/name": { name: "name" },
  "/account/settings/email": { email: "email" },
  "/account/settings/password": { current: "current-password", password: "new-password" },
  "/account/security/setup": { number: "tel", country: "country" },
};

test("every field that a password manager could fill in says what it is", async ({ arena }) => {
  const browser = await withSession(arena, await makePerson(), true);
  for (const [path, fields] of Object.entries(tokens)) {
    const visitor = path.startsWith("/account") ? browser : arena.browser();
    const { body } = await visitor.get(path);
    for (const [name, token] of Object.entries(fields)) {
      const tag = new RegExp(`<(?:input|select)\\b[^>]*\\bname="${name}"[^>]*>`).exec(body)?.[0] ?? "";
      expect(tag, `${path} ${name}`).toMatch(new RegExp(`autocomplete="[^"]*\\b${token}\\b[^"]*"`, "i"));
    }
  }
});

test("what was typed comes back to its own account and form only, and stands in no cookie (AT-067, AT-136)", async ({
  arena,
}) => {
  const [ann, bob] = [await makePerson(), await makePerson()];
  const browser = await withSession(arena, ann, true);
  const page = await browser.get("/account/settings/email");
  await db().session.updateMany({ where: { accountId: ann.id }, data: { provenAt: null } });
  const turned = await browser.press(
    page,
    formsOf(page.body).find(({ names }) => names.includes("email"))?.buttons[0]?.text ?? "",
    {
      email: "typed@example.com",
    },
  );
  expect(locationOf(turned)).toBe("/account/confirm");
  expect(JSON.stringify([...browser.cookies])).not.toContain("typed@");
  const sessions = await db().session.findMany({ where: { accountId: ann.id } });
  expect(sessions[0]?.kept).toBeTruthy();
  expect(JSON.stringify(sessions)).not.toContain("typed@");
  await db().session.updateMany({ where: { accountId: ann.id }, data: { provenAt: new Date() } });
  const body = async (visitor: typeof browser, path: string) => (await visitor.get(path)).body;
  expect(await body(browser, "/account/settings/email")).toContain("typed@example.com");
  expect(await body(browser, "/account/settings/name")).not.toContain("typed@example.com");
  const second = await withSession(arena, ann, true);
  expect(await body(second, "/account/settings/email")).not.toContain("typed@example.com");
  const other = await withSession(arena, bob, true);
  // Copied to another account's session, it opens for nobody.
  await db().session.updateMany({ where: { accountId: bob.id }, data: { kept: sessions[0]?.kept ?? null } });
  expect(await body(other, "/account/settings/email")).not.toContain("typed@example.com");
});

test("a trusted device's cookie that is posted four times at once stays trusted; an old one is found out (AT-047, AT-050)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = arena.browser();
  await signIn(browser, person, true);
  const before = browser.twin();
  before.cookies.delete(cookie.session);
  const twins = [1, 2, 3, 4].map((n) => {
    const twin = before.twin();
    twin.cookies.set("tab", String(n)); // else the door takes them for one form sent four times
    return twin;
  });
  const got = await Promise.all(twins.map((twin) => begin(twin, person)));
  expect(got.map(locationOf)).toEqual(twins.map(() => "/account"));
  expect(new Set(twins.map((twin) => twin.cookies.get(cookie.devices))).size).toBe(1);

  // An hour later the old cookie comes back from somewhere else.
  await db().formerToken.updateMany({ data: { rotatedAt: new Date(Date.now() - 3_600_000) } });
  await db().device.updateMany({
    where: { accountId: person.id },
    data: { rotatedAt: new Date(Date.now() - 3_600_000) },
  });
  await forgetLimits();
  const thief = before.twin();
  expect(locationOf(await begin(thief, person))).toBe("/sign-in/two-step");
  expect(textOf((await thief.get("/sign-in/two-step")).body)).toContain("somebody may have copied it");
  const owner = twins[0]?.twin();
  owner?.cookies.delete(cookie.session);
  if (owner) expect(locationOf(await begin(owner, person))).toBe("/sign-in/two-step");
  expect(await db().event.count({ where: { accountId: person.id, kind: "device-copied" } })).toBe(1);
});

test("every step leaves its event in the log: wrong password, code sent, wrong code, sign-in, proof, change, sign-out (AT-140)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const browser = arena.browser();
  await begin(browser, person, "not the password");
  await begin(browser, person);
  await answer(browser, "000000");
  const phone = person.methods.find(({ kind }) => kind === "phone");
  const number = phone?.kind === "phone" ? phone.number : "";
  await answer(browser, await codeSentTo(number, 1, arena.dataDir), true);
  const session = await sessionIdOf(browser.cookies.get(cookie.session));
  await browser.submit("/account/confirm", "Continue", { password: "eleven quiet ferries 88" });
  await browser.submit("/account/confirm/two-step", "Continue", { code: await replayableCode(person) });
  await browser.submit("/account/settings/name", "Save", { name: "Robin" });
  await browser.submit("/account", "Sign out");
  const events = await db().event.findMany({ where: { accountId: person.id }, orderBy: { id: "asc" } });
  expect(events.map(({ kind }) => kind)).toEqual([
    "wrong-password",
    "code-sent",
    "second-step-failed",
    "signed-in",
    "device-trusted",
    "proof-given",
    "name-changed",
    "signed-out",
  ]);
  for (const event of events.slice(3)) expect(event.sessionId, event.kind).toBe(session);
  expect(await sessionsOf(person)).toBe(0);
});
