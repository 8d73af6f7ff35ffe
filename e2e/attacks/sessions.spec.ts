import { randomUUID } from "node:crypto";
import { generateSync } from "otplib";
import { db } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import { whileAccountIsLocked } from "@/lib/setup/test-account";
import {
  type Arena,
  answer,
  begin,
  cookie,
  expect,
  forgetLimits,
  isSignedIn,
  prove,
  replayableCode,
  sessionsOf,
  signIn,
  test,
  withSession,
} from "../fixtures/arena";
import { Browser, filled, formsOf, formWith, locationOf, send, textOf } from "../fixtures/http";
import { codeSentTo, messagesTo } from "../fixtures/outbox";
import { freshNumber, makePerson, type Person, password } from "../fixtures/people";

const newPassword = "nine lanterns in fog 4";

/** A browser that the person has signed in with and made trusted. */
async function trusted(arena: Arena, person: Person): Promise<Browser> {
  const browser = arena.browser();
  await signIn(browser, person, true);
  await forgetLimits();
  return browser;
}

/** Whether a sign-in on this browser asks for the second step. */
async function asksForCode(browser: Browser, person: Person, word = password): Promise<boolean> {
  browser.cookies.delete(cookie.session);
  await forgetLimits();
  const posted = await begin(browser, person, word);
  const location = locationOf(posted);
  if (location === undefined) throw new Error(`refused: ${textOf(posted.body).slice(0, 200)}`);
  return location === "/sign-in/two-step";
}

const deviceOf = (person: Person) => db().device.findFirst({ where: { accountId: person.id } });

/** The set-up from "Get Started" to the last button, by the pages. */
async function turnOn(arena: Arena, browser: Browser): Promise<string> {
  await browser.submit("/account/security", "Get Started");
  const page = await browser.get("/account/security/setup");
  const secret = /secret=([A-Z2-7]{32})/.exec(page.body)?.[1] ?? "";
  await browser.press(page, "Verify code and continue", { code: generateSync({ secret }) });
  const number = freshNumber();
  await browser.submit("/account/security/setup/backup", "Send code", {
    country: "GB",
    number,
    channel: "text",
  });
  await browser.submit("/account/security/setup/code", "Verify code and continue", {
    code: await codeSentTo(number, 1, arena.dataDir),
  });
  const done = await browser.submit(
    "/account/security/setup/finish",
    "Got it. Turn on Two-Step Verification",
  );
  expect(locationOf(done)).toBe("/account/security/setup/done");
  return secret;
}

const resetLinkOf = async (arena: Arena, email: string, count = 1): Promise<string> => {
  const links = () =>
    messagesTo(email, arena.dataDir).flatMap(
      ({ body }) => /\/reset-password\/[A-Za-z0-9_-]{43}/.exec(body)?.[0] ?? [],
    );
  await expect.poll(() => links().length, { timeout: 15_000 }).toBeGreaterThanOrEqual(count);
  return links()[count - 1] ?? "";
};

test("a browser trusted by one account is asked for the second step of another (AT-047)", async ({
  arena,
}) => {
  const ann = await makePerson({ methods: ["app", "text"] });
  const bob = await makePerson({ methods: ["app", "text"] });
  const browser = await trusted(arena, ann);
  expect(await asksForCode(browser, ann)).toBe(false);
  expect(await asksForCode(browser, bob)).toBe(true);
  await answer(browser, await replayableCode(bob), true);
  // One browser, both trusted: each by a token of its own.
  expect(await asksForCode(browser, bob)).toBe(false);
  expect(await asksForCode(browser, ann)).toBe(false);
  const thief = arena.browser();
  thief.cookies.set(cookie.devices, (browser.cookies.get(cookie.devices) ?? "").split(".")[0] ?? "");
  expect(await asksForCode(thief, bob)).toBe(true);
});

test("a device cookie that is altered, guessed, old, empty, endless or made of stored hashes trusts nobody (AT-050, AT-055)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await trusted(arena, person);
  const token = browser.cookies.get(cookie.devices) ?? "";
  const row = await deviceOf(person);
  const flipped = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
  const values = [
    flipped,
    token.slice(0, 42),
    `${token}A`,
    token.toLowerCase(),
    "",
    ".",
    "A".repeat(43),
    row?.tokenHash ?? "",
    Buffer.from(row?.tokenHash ?? "", "hex").toString("base64url"),
    row?.id ?? "",
    Buffer.from(JSON.stringify({ account: person.id, until: "2099-01-01" })).toString("base64url"),
    Array.from({ length: 400 }, () => "A".repeat(43))
      .join(".")
      .slice(0, 6000),
    `${Array.from({ length: 20 }, () => "A".repeat(43)).join(".")}.${token}`,
  ];
  for (const value of values) {
    const thief = arena.browser();
    thief.cookies.set(cookie.devices, value);
    expect(await asksForCode(thief, person), value.slice(0, 60)).toBe(true);
  }
  expect(await asksForCode(browser, person)).toBe(false);
});

test("trust ends on the server after 30 days, however it was used and whatever the cookie says (AT-051)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await trusted(arena, person);
  const { trustedUntil } = (await deviceOf(person)) ?? {};
  expect(await asksForCode(browser, person)).toBe(false);
  expect((await deviceOf(person))?.trustedUntil).toEqual(trustedUntil); // a use does not prolong it
  await db().device.updateMany({ where: { accountId: person.id }, data: { trustedUntil: new Date() } });
  expect(await asksForCode(browser, person)).toBe(true);
});

test("an old copy of a device cookie is worth nothing once the browser was used again (AT-050)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await trusted(arena, person);
  const copy = browser.cookies.get(cookie.devices) ?? "";
  expect(await asksForCode(browser, person)).toBe(false);
  const thief = arena.browser();
  thief.cookies.set(cookie.devices, copy);
  expect(await asksForCode(thief, person)).toBe(true);
});

test("a trusted device does not stand in for the fresh proof (AT-052)", async ({ arena }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await trusted(arena, person);
  expect(await asksForCode(browser, person)).toBe(false);
  for (const path of ["/account/settings", "/account/security", "/account/security/recovery-codes"])
    expect(locationOf(await browser.get(path))).toBe("/account/confirm");
  const posted = await browser.submit("/account/confirm", "Continue", { password });
  expect(locationOf(posted)).toBe("/account/confirm/two-step");
  expect(locationOf(await browser.get("/account/settings"))).toBe("/account/confirm");
});

test("forgetting one device asks on that one, and no other account's device can be forgotten (AT-054)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const lost = await trusted(arena, person);
  const lostId = (await deviceOf(person))?.id ?? "";
  const kept = await trusted(arena, person);
  const stranger = await withSession(arena, await makePerson({ methods: ["app", "text"] }), true);
  const owner = await withSession(arena, person, true);
  const page = await owner.get("/account/security");
  const form = formsOf(page.body).find(({ buttons, fields }) =>
    [...buttons.map(({ value }) => value), ...fields.map(([, value]) => value)].includes(lostId),
  );
  const fields: [string, string][] = [
    ...(form?.fields ?? []).filter(([name]) => name !== "id"),
    ["id", lostId],
  ] as [string, string][];
  await stranger.post("/account/security", fields);
  expect(await asksForCode(lost, person)).toBe(false);
  await owner.post("/account/security", fields);
  expect(await asksForCode(lost, person)).toBe(true);
  expect(await asksForCode(kept, person)).toBe(false);
});

test("a password that is changed ends trust, other sessions, attempts and reset links; this browser gets a new token (AT-048, AT-056, AT-059)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const device = await trusted(arena, person);
  const other = device.twin();
  const pending = arena.browser();
  await begin(pending, person);
  await arena.browser().submit("/forgot-password", /./, { email: person.email });
  const link = await resetLinkOf(arena, person.email);
  const browser = arena.browser();
  await signIn(browser, person);
  await prove(browser, person);
  const before = browser.cookies.get(cookie.session) ?? "";
  const changed = await browser.submit("/account/settings/password", "Save", {
    current: password,
    password: newPassword,
  });
  expect(locationOf(changed)).toBe("/account/settings");
  expect(browser.cookies.get(cookie.session)).not.toBe(before);
  expect(await isSignedIn(browser)).toBe(true);

  const thief = arena.browser();
  thief.cookies.set(cookie.session, before);
  expect(await isSignedIn(thief)).toBe(false);
  expect(await isSignedIn(other)).toBe(false);
  expect(textOf((await pending.get("/sign-in/two-step")).body)).toContain("This sign-in is over");
  expect(
    formsOf((await arena.browser().get(link)).body).some(({ names }) => names.includes("password")),
  ).toBe(false);
  expect(await asksForCode(device, person, newPassword)).toBe(true);
  expect(await db().device.count({ where: { accountId: person.id, trustedUntil: { not: null } } })).toBe(0);
});

test("a reset by mail signs nobody in, leaves the second step on and ends everything else (AT-059, AT-075, AT-076)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const device = await trusted(arena, person);
  const signedIn = device.twin();
  const browser = arena.browser();
  await browser.submit("/forgot-password", /./, { email: person.email });
  const first = await resetLinkOf(arena, person.email, 1);
  await forgetLimits();
  await browser.submit("/forgot-password", /./, { email: person.email });
  const second = await resetLinkOf(arena, person.email, 2);
  const hasForm = async (path: string) =>
    formsOf((await arena.browser().get(path)).body).some(({ names }) => names.includes("password"));
  expect(await hasForm(first)).toBe(false);
  expect(await hasForm(second)).toBe(true);

  const page = await browser.get(second);
  const posts = await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      browser
        .twin(n % 2 === 0 ? arena.a.baseUrl : arena.b.baseUrl)
        .press(page, /password/i, { password: newPassword }),
    ),
  );
  expect(posts.filter((got) => locationOf(got) === "/reset-password/done")).toHaveLength(1);
  expect(posts.map(({ status }) => status).every((status) => status < 400)).toBe(true);
  for (const got of posts) expect(got.setCookies.join()).not.toContain(cookie.session);
  expect(await isSignedIn(browser)).toBe(false);
  expect(await isSignedIn(signedIn)).toBe(false);
  expect(await hasForm(second)).toBe(false);
  expect(await asksForCode(device, person, newPassword)).toBe(true);
  expect(await db().method.count({ where: { accountId: person.id, removedAt: null } })).toBe(2);
  expect(await db().recoveryCode.count({ where: { accountId: person.id, usedAt: null } })).toBe(10);
  expect(await sessionsOf(person)).toBe(0);
});

test("a link works for what it is for, for whom, and until when (AT-076)", async ({ arena }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await arena.browser().submit("/forgot-password", /./, { email: person.email });
  const token = (await resetLinkOf(arena, person.email)).split("/").at(-1) ?? "";
  const passwordForm = async (path: string) =>
    formsOf((await arena.browser().get(path)).body).some(({ names }) => names.includes("password"));
  for (const path of [
    `/sign-up/confirm/${token}`,
    `/confirm-email/${token}`,
    `/reset-password/${token}x`,
    `/reset-password/${token.slice(1)}`,
  ])
    expect(await passwordForm(path), path).toBe(false);
  // A GET, as a mail scanner makes it, uses nothing up.
  expect(await passwordForm(`/reset-password/${token}`)).toBe(true);
  expect(await passwordForm(`/reset-password/${token}`)).toBe(true);
  const page = await arena.browser().get(`/reset-password/${token}`);
  await db().mailLink.update({ where: { tokenHash: hashToken(token) }, data: { expiresAt: new Date() } });
  const late = await arena.browser().press(page, /password/i, { password: newPassword });
  expect(locationOf(late)).toBeUndefined();
  const { passwordHash } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  const signing = arena.browser();
  expect(locationOf(await begin(signing, person))).toBe("/sign-in/two-step");
  expect(passwordHash.length).toBeGreaterThan(50);
});

test("a planted cookie is dead after every step: password, second step, proof (AT-056)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const mallory = await makePerson({ methods: ["app", "text"] });
  const planted = await withSession(arena, mallory, false);
  const malloryToken = planted.cookies.get(cookie.session) ?? "";
  const pending = arena.browser();
  await begin(pending, mallory);
  const malloryAttempt = pending.cookies.get(cookie.attempt) ?? "";

  const victim = arena.browser();
  victim.cookies.set(cookie.session, malloryToken);
  victim.cookies.set(cookie.attempt, malloryAttempt);
  victim.cookies.set(cookie.devices, "A".repeat(43));
  victim.cookies.set("latchkey.csrf", "planted|planted");
  victim.cookies.set("latchkey.callback", "https%3A%2F%2Fevil.example");
  await begin(victim, person);
  const attempt = victim.cookies.get(cookie.attempt) ?? "";
  expect(attempt).not.toBe(malloryAttempt);
  await answer(victim, await replayableCode(person));
  const afterCode = victim.cookies.get(cookie.session) ?? "";
  expect([malloryToken, malloryAttempt, attempt]).not.toContain(afterCode);
  expect(victim.cookies.get(cookie.devices)?.startsWith("A".repeat(43))).toBe(false);
  // The session that was planted ended where the new one began.
  expect(await isSignedIn(planted)).toBe(false);
  const again = victim.twin();
  again.cookies.set(cookie.attempt, attempt);
  expect(textOf((await again.get("/sign-in/two-step")).body)).toContain("This sign-in is over");
  await prove(victim, person);
  const afterProof = victim.cookies.get(cookie.session) ?? "";
  expect(afterProof).not.toBe(afterCode);
  const thief = arena.browser();
  thief.cookies.set(cookie.session, afterCode);
  expect(await isSignedIn(thief)).toBe(false);
  // Two cookies of one name, as a sibling host may plant one: neither makes a session of the other.
  const twice = await arena
    .browser()
    .get("/account", { cookie: `${cookie.session}=planted; ${cookie.session}=${malloryToken}` });
  expect(locationOf(twice)).toBe("/sign-in");
});

test("the answer to a form is given again to its exact copy only, and not for long (AT-056)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, false);
  const before = browser.twin();
  const form = formWith(await browser.get("/account/confirm"), "Continue");
  const fields = filled(form, { password });
  expect(locationOf(await browser.post("/account/confirm", fields))).toBe("/account/settings");
  const fresh = browser.cookies.get(cookie.session) ?? "";
  const elsewhere = new Browser(arena.a.baseUrl, arena.origin);
  for (const [name, value] of before.cookies) elsewhere.cookies.set(name, value);
  const withMore = before.twin();
  withMore.cookies.set("other", "1");
  const copies = [
    ["another address", elsewhere.post("/account/confirm", fields)],
    ["another instance", before.twin(arena.b.baseUrl).post("/account/confirm", fields)],
    ["other cookies", withMore.post("/account/confirm", fields)],
    [
      "no cookies",
      new Browser(arena.a.baseUrl, arena.origin, before.address).post("/account/confirm", fields),
    ],
    ["another password", before.twin().post("/account/confirm", filled(form, { password: `${password} ` }))],
    ["another page", before.twin().post("/account/confirm?x", fields)],
    [
      "another site",
      before.twin().post("/account/confirm", fields, { headers: { origin: "https://evil.example" } }),
    ],
  ] as const;
  for (const [what, copy] of copies) {
    const got = await copy;
    expect(got.setCookies.join(), what).not.toContain(fresh);
    expect(locationOf(got) ?? "/sign-in", what).toBe("/sign-in");
  }
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  const late = await before.twin().post("/account/confirm", fields);
  expect(locationOf(late)).toBe("/sign-in");
  expect(late.setCookies.join()).not.toContain(fresh);
  // And the browser that posted first goes on.
  expect(await isSignedIn(browser)).toBe(true);
});

test("turning Two-Step Verification on ends every other session, and gives this one a new token (AT-003, AT-058)", async ({
  arena,
}) => {
  const person = await makePerson();
  const other = await withSession(arena, person, true);
  const browser = await withSession(arena, person, true);
  const before = browser.cookies.get(cookie.session) ?? "";
  const secret = await turnOn(arena, browser);
  expect(browser.cookies.get(cookie.session)).not.toBe(before);
  expect(await isSignedIn(browser)).toBe(true);
  expect(await isSignedIn(other)).toBe(false);
  const thief = arena.browser();
  thief.cookies.set(cookie.session, before);
  expect(await isSignedIn(thief)).toBe(false);
  // The code that enrolled the app signs nobody in (AT-032, AT-038).
  const { counter } = await db().method.findFirstOrThrow({ where: { accountId: person.id, kind: "app" } });
  const signing = arena.browser();
  expect(locationOf(await begin(signing, person))).toBe("/sign-in/two-step");
  const used = await answer(signing, generateSync({ secret, epoch: Number(counter) * 30 }));
  expect(locationOf(used)).toBeUndefined();
});

test("a session ends after an hour without use and after a day with it; asking does not revive it (AT-060)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, false);
  const tokenHash = hashToken(browser.cookies.get(cookie.session) ?? "");
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  await db().session.update({ where: { tokenHash }, data: { lastSeenAt: ago(59) } });
  expect(await isSignedIn(browser)).toBe(true);
  await db().session.update({ where: { tokenHash }, data: { lastSeenAt: ago(60.1) } });
  for (const path of ["/account", "/api/auth/session", "/account/sessions"]) await browser.get(path);
  expect(await isSignedIn(browser)).toBe(false);
  await db().session.update({
    where: { tokenHash },
    data: { lastSeenAt: new Date(), createdAt: ago(24 * 60) },
  });
  expect(await isSignedIn(browser)).toBe(false);
  expect((await browser.get("/api/auth/session")).body).toBe("null");
});

test("a session cookie that another browser brings opens nothing, ends, and is told to its owner once (AT-062)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const owner = await withSession(arena, person, true);
  const stolen = owner.cookies.get(cookie.session) ?? "";
  const thieves = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  ];
  const bring = (agent: string, site = arena.a) =>
    send(site.baseUrl, "/account/security", {
      headers: { "user-agent": agent, cookie: `${cookie.session}=${stolen}` },
    });
  // What does not say which browser it is may be a part of the owner's: it gets nothing, and ends nothing.
  for (const agent of ["curl/8.16.0", ""]) {
    const { status, body } = await bring(agent);
    expect([303, 307]).toContain(status);
    expect(body).not.toContain(person.name);
  }
  const line = (agent: string) =>
    owner.raw("/api/line/proof", { headers: { "user-agent": agent, accept: "application/json" } });
  // What only asks whether there is news ends nothing, and says nothing either.
  expect((await line(thieves[0] ?? "")).status).toBe((await arena.browser().get("/api/line/proof")).status);
  expect(await isSignedIn(owner)).toBe(true);
  // All at once, and on both instances.
  const seen = await Promise.all(
    thieves.flatMap((agent) => [arena.a, arena.b].map((site) => bring(agent, site))),
  );
  for (const { status, body } of seen) {
    expect([303, 307]).toContain(status);
    expect(body).not.toContain(person.name);
  }
  expect(await sessionsOf(person)).toBe(0);
  expect(await isSignedIn(owner)).toBe(false);
  const events = await db().event.findMany({ where: { accountId: person.id, kind: "session-copied" } });
  expect(events).toHaveLength(1);
  const told = () =>
    messagesTo(person.email, arena.dataDir).filter(({ subject }) => subject?.includes("another browser"));
  await expect.poll(() => told().length, { timeout: 15_000 }).toBe(1);
  expect(told()[0]?.body).toContain("Chrome · Linux");
});

test("a browser that was updated, or moved to another network, keeps its session (AT-062)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, false);
  const page = await browser.get("/account", {
    "user-agent":
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.7000.1 Safari/537.36",
    "x-forwarded-for": "192.0.2.77",
  });
  expect(page.status).toBe(200);
  expect(await sessionsOf(person)).toBe(1);
});

test("every cookie is HttpOnly, for the whole site, with SameSite and no domain, and short (AT-063)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = arena.browser();
  await browser.get("/account/settings");
  await browser.submit("/sign-up", "Create account", {
    name: "Kim",
    email: `${randomUUID()}@example.com`,
    password: newPassword,
  });
  await browser.get("/api/auth/csrf");
  await browser.get("/api/auth/signin?callbackUrl=https://evil.example");
  await begin(browser, person, "wrong password");
  await signIn(browser, person, true);
  await prove(browser, person);
  await browser.submit("/account", "Sign out");
  const names = new Set<string>();
  for (const line of browser.received) {
    const name = line.split("=")[0] ?? "";
    names.add(name);
    expect(name, line).toMatch(
      /^latchkey\.(session|attempt|devices|asked-for|sign-up|signed-out|csrf|callback)$/,
    );
    expect(line, line).toMatch(/; HttpOnly/i);
    expect(line, line).toMatch(/; Path=\/(;|$)/i);
    expect(line, line).toMatch(name === cookie.attempt ? /; SameSite=strict/i : /; SameSite=(lax|strict)/i);
    expect(line, line).not.toMatch(/; Domain=/i);
    expect(line.length).toBeLessThan(600);
  }
  expect([...names]).toEqual(expect.arrayContaining(Object.values(cookie)));
});

test("a form whose session is ended while it waits for the account leads to the sign-in, and changes nothing (AT-058)", async ({
  arena,
}) => {
  const forms: readonly (readonly [string, string | RegExp, Readonly<Record<string, string>>])[] = [
    ["/account/settings/name", "Save", { name: "Mallory" }],
    ["/account/settings/email", "Send link", { email: `${randomUUID()}@example.com` }],
    ["/account/settings/password", "Save", { current: password, password: newPassword }],
    ["/account/settings/recovery", "Send link", { email: `${randomUUID()}@example.com` }],
    ["/account/settings/recovery", "Ask this person", { contact: `${randomUUID()}@example.com` }],
    ["/account/security/turn-off", /^Turn off/, { understood: "on" }],
  ];
  const before = arena.a.output().length;
  for (const [path, button, fields] of forms) {
    const person = await makePerson({ methods: ["app", "text"] });
    const thief = await withSession(arena, person, true);
    const page = await thief.get(path);
    const got = await whileAccountIsLocked(
      { accountId: person.id },
      () => thief.press(page, button, fields),
      (tx) => tx.session.deleteMany({ where: { accountId: person.id } }),
    );
    expect(got.status, path).toBe(303);
    expect(locationOf(got), path).toBe("/sign-in");
    expect(await db().account.findUniqueOrThrow({ where: { id: person.id } }), path).toMatchObject({
      name: person.name,
      email: person.email,
      twoStepOnAt: expect.any(Date),
    });
    const where = { accountId: person.id };
    const [links, contacts, events, messages] = [
      await db().mailLink.count({ where }),
      await db().recoveryContact.count({ where }),
      await db().event.count({ where }),
      await db().message.count({ where }),
    ];
    expect({ links, contacts, events, messages }, path).toEqual({
      links: 0,
      contacts: 0,
      events: 0,
      messages: 0,
    });
  }
  expect(arena.a.output().slice(before)).not.toContain("it threw");
});

test("a proof whose session is ended while it is judged, or a trial that is refused then, leads to the sign-in by a page that is asked for (AT-058)", async ({
  arena,
}) => {
  const forms = [
    {
      isOn: false,
      isProven: false,
      path: () => "/account/confirm",
      button: "Continue",
      fields: { password },
    },
    {
      isOn: true,
      isProven: true,
      path: ({ methods }: Person) => `/account/security/methods/${methods[0]?.id}/try`,
      button: "Try it",
      fields: { code: "123456" },
    },
  ] as const;
  for (const { isOn, isProven, path, button, fields } of forms) {
    await forgetLimits();
    const person = await makePerson({ methods: ["app", "text"], isOn });
    const browser = await withSession(arena, person, isProven);
    const page = await browser.get(path(person));
    const got = await whileAccountIsLocked(
      { accountId: person.id },
      () => browser.press(page, button, fields),
      (tx) => tx.session.deleteMany({ where: { accountId: person.id } }),
    );
    expect(got.status, got.path).toBe(303);
    const next = locationOf(got) ?? "";
    expect(next === "/sign-in" ? next : locationOf(await browser.get(next)), got.path).toBe("/sign-in");
  }
});

test("signing out ends the session on the server, and nothing is kept to go back to (AT-112)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, true);
  const page = await browser.get("/account/settings");
  expect(page.headers["cache-control"]).toBe("no-store");
  expect(page.headers.etag).toBeUndefined();
  const copy = browser.twin();
  await browser.submit("/account", "Sign out");
  expect(await isSignedIn(copy)).toBe(false);
  expect(await sessionsOf(person)).toBe(0);
  // The form that was open in another tab leads to the sign-in, and what it asked for is not done.
  const late = await copy.press(page, "Sign out").catch(() => undefined);
  expect(late?.status ?? 303).toBe(303);
  const next = await makePerson();
  await signIn(browser, next);
  const overview = await browser.get("/account");
  expect(overview.body).not.toContain(person.email);
});

test("a change of Two-Step Verification ends the codes and attempts that were on their way (AT-042)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const number =
    person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : []))[0] ?? "";
  const pending = arena.browser();
  await begin(pending, person);
  const code = await codeSentTo(number, 1, arena.dataDir);
  const owner = await withSession(arena, person, true);
  await owner.submit("/account/security/recovery-codes", /new recovery codes/i);
  await owner.submit("/account/security/recovery-codes", "Use these codes from now on", { saved: "on" });
  const page = await pending.get("/sign-in/two-step");
  expect(textOf(page.body)).toContain("This sign-in is over");
  expect(await sessionsOf(person)).toBe(1);
  await forgetLimits();
  await begin(pending, person);
  expect((await answer(pending, code)).status).toBe(200);
});

test("two removals of the last two methods at once leave one, and the last one stays whatever is posted (AT-046, AT-098)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await withSession(arena, person, true);
  const pages = await Promise.all(
    person.methods.map(({ id }) => browser.get(`/account/security/methods/${id}`)),
  );
  await Promise.all(
    pages.map((page, n) =>
      browser.twin(n === 0 ? arena.a.baseUrl : arena.b.baseUrl).press(page, "Remove", { understood: "on" }),
    ),
  );
  expect(await db().method.count({ where: { accountId: person.id, removedAt: null } })).toBe(1);
  const { twoStepOnAt } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  expect(twoStepOnAt).not.toBeNull();
  // And that one is not removed by anybody who asks for it.
  const [left] = await db().method.findMany({ where: { accountId: person.id, removedAt: null } });
  const last = await withSession(arena, person, true);
  const page = await last.get(`/account/security/methods/${left?.id}`);
  expect(textOf(page.body)).toContain("This is your last method");
  await Promise.all(
    pages.map((stale) => last.press({ ...stale, path: page.path }, "Remove", { understood: "on" })),
  );
  expect(await db().method.count({ where: { accountId: person.id, removedAt: null } })).toBe(1);
});
