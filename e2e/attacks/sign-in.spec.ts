import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
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
  wrongCodes,
} from "../fixtures/arena";
import { type Browser, filled, formsOf, formWith, locationOf, textOf } from "../fixtures/http";
import { codeSentTo, messagesTo } from "../fixtures/outbox";
import { appCode, freshNumber, makePerson, type Person, password, phoneOf } from "../fixtures/people";

const failuresOf = (person: Person) =>
  db().event.count({
    where: { accountId: person.id, kind: { in: ["second-step-failed", "second-step-waits"] } },
  });
const idOf = (person: Person, kind: string): string => person.methods.find((m) => m.kind === kind)?.id ?? "";

/** Points an attempt at another way, by the form that its page has. */
async function choose(browser: Browser, way: string): Promise<void> {
  const page = await browser.get("/sign-in/two-step/other");
  const form = formsOf(page.body).find(({ fields }) =>
    fields.some(([name, value]) => name === "way" && value === way),
  );
  if (form === undefined) throw new Error(`the way ${way} is not offered`);
  await browser.post("/sign-in/two-step/other", form.fields);
}

/** A pending sign-in in a new browser. */
async function pending(arena: Arena, person: Person): Promise<Browser> {
  const browser = arena.browser();
  const posted = await begin(browser, person);
  expect(locationOf(posted)).toBe("/sign-in/two-step");
  return browser;
}

/** Every way in which a value could be taken for a session. */
async function opensSomething(arena: Arena, value: string): Promise<string[]> {
  const names = [
    "latchkey.session",
    "__Host-latchkey.session",
    "__Secure-latchkey.session",
    "latchkey.session.0",
    "authjs.session-token",
    "__Secure-authjs.session-token",
    "next-auth.session-token",
    "session",
  ];
  const opened: string[] = [];
  for (const name of names) {
    const browser = arena.browser();
    browser.cookies.set(name, value);
    if (await isSignedIn(browser)) opened.push(name);
  }
  const basic = Buffer.from(`x:${value}`).toString("base64");
  for (const authorization of [
    `Bearer ${value}`,
    `Basic ${basic}`,
    `Bearer %${value}`,
    "Bearer %",
    "Bearer",
  ]) {
    const browser = arena.browser();
    const { status, headers } = await browser.get("/account", { authorization });
    if (status !== 307 || headers.location !== "/sign-in")
      opened.push(`${authorization.slice(0, 8)} ${status}`);
    const session = await browser.get("/api/auth/session", { authorization });
    if (session.status >= 500 || session.body !== "null") opened.push(`api ${session.body}`);
  }
  for (const target of [
    `/account?session=${value}`,
    `/account?token=${value}`,
    `/account?access_token=${value}`,
  ]) {
    const { status } = await arena.browser().get(target);
    if (status !== 307) opened.push(target);
  }
  return opened;
}

test("nothing that the first step answers opens anything, alone or together, as cookie or as header (AT-002)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const browser = arena.browser();
  const posted = await begin(browser, person);
  expect(posted.setCookies.map((line) => line.split("=")[0])).toEqual([cookie.attempt]);
  expect(posted.body).toBe("");
  const page = await browser.get("/sign-in/two-step");
  const values = new Set(browser.cookies.values());
  for (const text of [JSON.stringify(posted.headers), page.body])
    for (const found of text.match(/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g) ?? []) values.add(found);
  for (const value of values) expect(await opensSomething(arena, value)).toEqual([]);
  expect(await isSignedIn(browser)).toBe(false);
  expect((await browser.get("/api/auth/session")).body).toBe("null");
  expect(await sessionsOf(person)).toBe(0);
});

test("an answer that is rewritten on its way opens nothing: the next request is looked at anew (AT-014)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const browser = arena.browser();
  await begin(browser, person);
  expect((await answer(browser, "000000")).status).toBe(200);
  // As if the refusal had been "303 /account", or a page full of buttons.
  for (const path of [
    "/account",
    "/account/security",
    "/account/security/turn-off",
    "/account/activity/download/json",
  ])
    expect(locationOf(await browser.get(path)), path).toBe("/sign-in");
  await browser.post("/account/security/turn-off", [["understood", "on"]]);
  expect(await sessionsOf(person)).toBe(0);
  expect((await db().account.findUniqueOrThrow({ where: { id: person.id } })).twoStepOnAt).not.toBeNull();
});

test("a session from before does not rescue an unfinished sign-in (AT-003)", async ({ arena }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await withSession(arena, person, true);
  const former = browser.cookies.get(cookie.session) ?? "";
  await browser.submit("/account", "Sign out");
  expect(browser.cookies.has(cookie.session)).toBe(false);
  await begin(browser, person);
  browser.cookies.set(cookie.session, former);
  expect(await isSignedIn(browser)).toBe(false);
  expect(locationOf(await browser.get("/account/settings"))).toBe("/sign-in");
});

test("no token of another kind is a session: attempt, device, mail link, sign-up, csrf, session id (AT-004)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await pending(arena, person);
  const attempt = browser.cookies.get(cookie.attempt) ?? "";
  await answer(browser, await replayableCode(person), true);
  const device = browser.cookies.get(cookie.devices) ?? "";
  await arena.browser().submit("/forgot-password", /./, { email: person.email });
  const mail = await expect
    .poll(
      () => messagesTo(person.email, arena.dataDir).find(({ body }) => body.includes("/reset-password/")),
      {
        timeout: 15_000,
      },
    )
    .toBeTruthy()
    .then(() =>
      messagesTo(person.email, arena.dataDir).find(({ body }) => body.includes("/reset-password/")),
    );
  const link = /reset-password\/([A-Za-z0-9_-]{43})/.exec(mail?.body ?? "")?.[1] ?? "";
  const stranger = arena.browser();
  await stranger.submit("/sign-up", "Create account", {
    name: "Kim",
    email: `${randomUUID()}@example.com`,
    password: "seven lanterns in fog 3",
  });
  const csrf = await arena.browser().get("/api/auth/csrf");
  const row = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
  const values = {
    attempt,
    device,
    link,
    signUp: stranger.cookies.get(cookie.signUp) ?? "",
    csrf: /"csrfToken":"([^"]+)"/.exec(csrf.body)?.[1] ?? "none",
    id: row.id,
    hash: row.tokenHash,
    account: person.id,
  };
  for (const [kind, value] of Object.entries(values)) {
    expect(value, kind).not.toBe("");
    expect(await opensSomething(arena, value), kind).toEqual([]);
  }
  // And the other way round: a session is no attempt, no device and no link.
  const session = browser.cookies.get(cookie.session) ?? "";
  const thief = arena.browser();
  thief.cookies.set(cookie.attempt, session);
  expect(textOf((await thief.get("/sign-in/two-step")).body)).toContain("This sign-in is over");
  thief.cookies.set(cookie.devices, session);
  expect(locationOf(await begin(thief, person))).toBe("/sign-in/two-step");
  expect(textOf((await thief.get(`/reset-password/${session}`)).body)).not.toContain("New password");
});

test("a set-up that was not finished protects nothing and opens nothing (AT-006)", async ({ arena }) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, true);
  await browser.submit("/account/security", "Get Started");
  const page = await browser.get("/account/security/setup");
  const secret = /secret=([A-Z2-7]{32})/.exec(page.body)?.[1] ?? "";
  expect(secret).not.toBe("");
  const again = arena.browser();
  expect(locationOf(await begin(again, person))).toBe("/account");
  expect(textOf((await browser.get("/account/security")).body)).toContain("Get Started");
  // The key that was shown is no second step of anything.
  expect(textOf((await again.get("/sign-in/two-step")).body)).toContain("This sign-in is over");
});

test("a code that is missing, empty, twice, an object, a file or no number at all lets nobody in and breaks nothing (AT-011, AT-028, AT-134)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const browser = await pending(arena, person);
  const page = await browser.get("/sign-in/two-step");
  const form = formWith(page, "Sign in");
  const right = await replayableCode(person);
  const bodies: (readonly (readonly [string, string])[])[] = [
    filled(form, { code: undefined }),
    ...[
      "",
      " ",
      "[]",
      "{}",
      "true",
      "0",
      "NaN",
      "null",
      "undefined",
      "-1",
      "1e5",
      "000000\u0000",
      "\u0000",
    ].map((code) => filled(form, { code })),
    ...['{"not":""}', '{"contains":""}', '{"gt":""}', "%", "' OR 1=1 --", "x".repeat(10_000)].map((code) =>
      filled(form, { code }),
    ),
    [...filled(form, { code: right }), ["code", right]],
    [...filled(form, { code: "000001" }), ["code", right]],
    [...filled(form, { code: undefined }), ["code[]", right]],
    [...filled(form, { code: undefined }), ["code[not]", ""]],
    [
      ...filled(form, { code: "000002" }),
      ["methodId", ""],
      ["isVerified", "true"],
      ["skip", "1"],
      ["accountId", person.id],
    ],
    [...filled(form, { code: "000003", trust: "yes" })],
    [...filled(form, { code: right, trust: "1" })],
  ];
  for (const fields of bodies) {
    // Each is judged on its own: the budget has its own promise.
    await db().signInAttempt.updateMany({
      where: { accountId: person.id },
      data: { tries: 5, lastAnswer: null },
    });
    await db().account.update({ where: { id: person.id }, data: { failuresInRow: 0, lockedUntil: null } });
    const got = await browser.post("/sign-in/two-step", fields);
    expect(got.status, JSON.stringify(fields.slice(-3))).toBe(200);
    expect(got.body).toContain("error-summary");
  }
  expect(await sessionsOf(person)).toBe(0);
  const asFile = `--x\r\nContent-Disposition: form-data; name="code"; filename="code.txt"\r\nContent-Type: text/plain\r\n\r\n${right}\r\n`;
  const hidden = filled(form, { code: undefined })
    .map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join("");
  const file = await browser.raw("/sign-in/two-step", {
    method: "POST",
    body: `${hidden}${asFile}--x--\r\n`,
    headers: { "content-type": "multipart/form-data; boundary=x", origin: arena.origin },
  });
  expect(file.status).toBe(200);
  const json = await browser.raw("/sign-in/two-step", {
    method: "POST",
    body: JSON.stringify({ code: right }),
    headers: { "content-type": "application/json", origin: arena.origin },
  });
  expect(json.status).toBeLessThan(500);
  expect(await sessionsOf(person)).toBe(0);
});

test("after five wrong codes the right one is refused, whatever was asked for in between (AT-015, AT-016)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  const browser = await pending(arena, person);
  const [one = "", two = "", three = ""] = wrongCodes(
    await codeSentTo(phoneOf(person).number, 1, arena.dataDir),
    3,
  );
  await answer(browser, one);
  await answer(browser, two);
  await forgetLimits();
  await choose(browser, idOf(person, "phone")); // a new code refills nothing
  await answer(browser, three);
  await choose(browser, idOf(person, "app"));
  await answer(browser, "000000");
  await choose(browser, "recovery-codes");
  const fifth = await answer(browser, "AAAAA-AAAAA");
  expect(textOf(fifth.body)).toContain("That was the last of five tries");
  const page = await browser.get("/sign-in/two-step");
  expect(page.body).not.toContain('name="code"');
  const replay = await pending(arena, person).then(async (fresh) => {
    const form = formWith(await fresh.get("/sign-in/two-step"), "Sign in");
    return browser.post("/sign-in/two-step", filled(form, { code: person.recoveryCodes[0] ?? "" }));
  });
  expect(replay.status).toBe(200);
  expect(await sessionsOf(person)).toBe(0);
  expect(await db().recoveryCode.count({ where: { accountId: person.id, usedAt: { not: null } } })).toBe(0);
});

test("wrong codes at sign-in, proof and set-up count to one budget of ten, and then the right code is refused everywhere (AT-018, AT-019, AT-030)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await pending(arena, person);
  const signInForm = formWith(await browser.get("/sign-in/two-step"), "Sign in");
  for (const code of ["100001", "100002", "100003"]) await answer(browser, code);

  const proving = await withSession(arena, person, false);
  await proving.submit("/account/confirm", "Continue", { password });
  const proofForm = formWith(await proving.get("/account/confirm/two-step"), "Continue");
  for (const code of ["200001", "200002", "200003"])
    await proving.submit("/account/confirm/two-step", "Continue", { code });

  const adding = await withSession(arena, person, true);
  const number = freshNumber();
  await adding.submit("/account/security/add", "Send code", { country: "GB", number, channel: "text" });
  const addForm = formWith(await adding.get("/account/security/add/code"), "Verify code and continue");
  for (const code of ["300001", "300002", "300003", "300004"])
    await adding.submit("/account/security/add/code", "Verify code and continue", { code });

  const { failuresInRow, lockedUntil } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  expect(failuresInRow).toBe(10);
  expect(lockedUntil?.getTime()).toBeGreaterThan(Date.now() + 14 * 60_000);

  const right = await replayableCode(person);
  for (const [who, page] of [
    [browser, "/sign-in/two-step"],
    [proving, "/account/confirm/two-step"],
  ] as const) {
    const shown = await who.get(page);
    expect(textOf(shown.body)).toContain("No code is looked at until");
    expect(shown.body).not.toContain('name="code"');
  }
  // The pages have no field for it any more, so it is posted by the forms of before; also by a sign-in that begins now.
  const fresh = arena.browser();
  await begin(fresh, person);
  const sentCode = await codeSentTo(number, 1, arena.dataDir);
  for (const [who, page, form, code] of [
    [browser, "/sign-in/two-step", signInForm, right],
    [fresh, "/sign-in/two-step", signInForm, right],
    [proving, "/account/confirm/two-step", proofForm, right],
    [adding, "/account/security/add/code", addForm, sentCode],
  ] as const) {
    const got = await who.post(page, filled(form, { code }));
    expect(got.status, page).toBe(200);
    expect(textOf(got.body), page).toMatch(/until \d\d:\d\d/);
  }
  expect(await db().method.count({ where: { accountId: person.id } })).toBe(2);
  expect(await sessionsOf(person)).toBe(2); // the two that stood there before
  const { provenAt } = await db().session.findFirstOrThrow({
    where: { accountId: person.id, address: proving.address },
  });
  expect(provenAt).toBeNull();
});

test("while the account waits, a right and a wrong code get the same answer and nothing is used up (AT-023)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await pending(arena, person);
  const form = formWith(await browser.get("/sign-in/two-step"), "Sign in");
  await db().account.update({
    where: { id: person.id },
    data: { failuresInRow: 10, lockedUntil: new Date(Date.now() + 900_000) },
  });
  const right = await browser.post("/sign-in/two-step", filled(form, { code: appCode(person) }));
  const wrong = await browser.post("/sign-in/two-step", filled(form, { code: "000000" }));
  expect(textOf(right.body)).toBe(textOf(wrong.body));
  expect(right.status).toBe(wrong.status);
  expect((await db().method.findFirst({ where: { accountId: person.id, kind: "app" } }))?.counter).toBeNull();
});

test("parallel guesses on one sign-in, over both instances, are judged five times at most (AT-020)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await pending(arena, person);
  const form = formWith(await browser.get("/sign-in/two-step"), "Sign in");
  const guesses = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      browser
        .twin(n % 2 === 0 ? arena.a.baseUrl : arena.b.baseUrl)
        .post("/sign-in/two-step", filled(form, { code: String(500_000 + n) })),
    ),
  );
  expect(guesses.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
  expect(await failuresOf(person)).toBe(5);
  const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  expect(failuresInRow).toBe(5);
  expect(await sessionsOf(person)).toBe(0);
});

test("parallel guesses spread over eight sign-ins and both instances are judged ten times at most (AT-020)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browsers = await Promise.all(Array.from({ length: 8 }, () => pending(arena, person)));
  const form = formWith(await (browsers[0] as Browser).get("/sign-in/two-step"), "Sign in");
  await Promise.all(
    browsers.flatMap((browser, n) =>
      Array.from({ length: 5 }, (_, guess) =>
        browser
          .twin((n + guess) % 2 === 0 ? arena.a.baseUrl : arena.b.baseUrl)
          .post("/sign-in/two-step", filled(form, { code: String(600_000 + n * 10 + guess) })),
      ),
    ),
  );
  expect(await failuresOf(person)).toBeLessThanOrEqual(10);
  const { failuresInRow, lockedUntil } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  expect(failuresInRow).toBe(10);
  expect(lockedUntil).not.toBeNull();
});

test("an attacker's own right sign-ins refill nothing for guesses on somebody else (AT-022)", async ({
  arena,
}) => {
  const [attacker, victim] = [await makePerson(), await makePerson()];
  const browser = arena.browser();
  for (let n = 0; n < 5; n += 1) {
    await begin(browser, victim, `guess ${n}`);
    await begin(browser.twin(), attacker);
  }
  const sixth = await begin(browser, victim);
  expect(textOf(sixth.body)).toContain("There were too many tries");
  expect(await sessionsOf(victim)).toBe(0);
});

test("an address that a client writes itself changes no budget and stands in no record (AT-027)", async ({
  arena,
}) => {
  const victim = await makePerson();
  const real = arena.browser();
  for (let n = 0; n < 5; n += 1)
    await real.submit("/sign-in", "Sign in", { email: victim.email, password: `guess ${n}` });
  const page = await real.get("/sign-in");
  const fields = filled(formWith(page, "Sign in"), { email: victim.email, password });
  const spoofs: Record<string, string>[] = [
    { "x-forwarded-for": `203.0.113.9, ${real.address}` },
    { "x-forwarded-for": `203.0.113.9,198.51.100.1, ${real.address}`, forwarded: "for=203.0.113.10" },
    { "x-forwarded-for": `127.0.0.1, ${real.address}`, "x-real-ip": "203.0.113.11" },
    {
      "x-forwarded-for": ` ,, ${real.address}`,
      "true-client-ip": "203.0.113.12",
      "cf-connecting-ip": "203.0.113.13",
    },
    { "x-forwarded-for": real.address, "x-latchkey-address": "203.0.113.14" },
    { "x-forwarded-for": `::ffff:${real.address}`, "x-client-ip": "203.0.113.15" },
  ];
  for (const headers of spoofs) {
    const got = await real.post("/sign-in", fields, { headers });
    expect(textOf(got.body), JSON.stringify(headers)).toContain("There were too many tries");
  }
  // The instance that trusts no proxy believes nothing at all.
  const other = await makePerson();
  const direct = real.twin(arena.b.baseUrl);
  await direct.post("/sign-in", filled(formWith(page, "Sign in"), { email: other.email, password }), {
    headers: {
      "x-forwarded-for": "203.0.113.9",
      forwarded: "for=203.0.113.9",
      "x-latchkey-address": "203.0.113.9",
    },
  });
  const { address } = await db().session.findFirstOrThrow({ where: { accountId: other.id } });
  expect(["127.0.0.1", "::1"]).toContain(address);
});

test("a right app code works once: not in another browser, not after sign-out, not for a proof (AT-032)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const first = await pending(arena, person);
  const second = await pending(arena, person);
  const code = await replayableCode(person);
  expect(locationOf(await answer(first, code))).toBe("/account");
  const again = await answer(second, code);
  expect(again.status).toBe(200);
  expect(textOf(again.body)).toContain("used already");
  await first.submit("/account/confirm", "Continue", { password });
  const proof = await first.submit("/account/confirm/two-step", "Continue", { code });
  expect(textOf(proof.body)).toContain("You used this code already");
  await first.submit("/account", "Sign out");
  await begin(first, person);
  expect((await answer(first, code)).status).toBe(200);
  expect(await sessionsOf(person)).toBe(0);
});

/** Posts one answer from many browsers at the same moment, over both instances; how many got in. */
async function race(arena: Arena, browsers: readonly Browser[], codes: readonly string[]): Promise<number> {
  const form = formWith(await (browsers[0] as Browser).get("/sign-in/two-step"), "Sign in");
  const answers = await Promise.all(
    browsers.map((browser, n) =>
      browser
        .twin(n % 2 === 0 ? arena.a.baseUrl : arena.b.baseUrl)
        .post("/sign-in/two-step", filled(form, { code: codes[n % codes.length] ?? "" })),
    ),
  );
  expect(answers.filter(({ status }) => status >= 400).map(({ status }) => status)).toEqual([]);
  return answers.filter((got) => locationOf(got) === "/account").length;
}

test("one right app code from 24 browsers at once, over both instances, makes exactly one session (AT-034)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browsers = await Promise.all(Array.from({ length: 24 }, () => pending(arena, person)));
  // The budget of the account has its own promise; here every answer is to be judged.
  await db().account.update({ where: { id: person.id }, data: { failuresInRow: -100 } });
  expect(await race(arena, browsers, [await replayableCode(person)])).toBe(1);
  expect(await sessionsOf(person)).toBe(1);
});

test("one right text code 24 times at once, over both instances, makes exactly one session (AT-035)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const browser = await pending(arena, person);
  const code = await codeSentTo(phoneOf(person).number, 1, arena.dataDir);
  const twins = Array.from({ length: 24 }, (_, n) => {
    const twin = browser.twin();
    twin.cookies.set("tab", String(n)); // else the door takes them for one form sent by a double click
    return twin;
  });
  expect(await race(arena, twins, [code])).toBe(1);
  expect(await sessionsOf(person)).toBe(1);
});

test("one recovery code at once makes one session, two different ones make two, and two are spent (AT-036)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const [one = "", two = "", three = ""] = person.recoveryCodes;
  const browsers = await Promise.all(Array.from({ length: 12 }, () => pending(arena, person)));
  await db().signInAttempt.updateMany({ where: { accountId: person.id }, data: { methodId: null } });
  await db().account.update({ where: { id: person.id }, data: { failuresInRow: -100 } });
  expect(await race(arena, browsers.slice(0, 8), [one])).toBe(1);
  await db().account.update({ where: { id: person.id }, data: { failuresInRow: -100 } });
  expect(await race(arena, browsers.slice(8, 10), [two, three])).toBe(2);
  expect(await db().recoveryCode.count({ where: { accountId: person.id, usedAt: { not: null } } })).toBe(3);
  expect(await sessionsOf(person)).toBe(3);
});

test("a texted code is good for what it was sent for only: sign-in, proof, set-up (AT-038)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "text"] });
  const number = phoneOf(person).number;
  const browser = await pending(arena, person);
  const signInCode = await codeSentTo(number, 1, arena.dataDir);

  await forgetLimits();
  const proving = await withSession(arena, person, false);
  await proving.submit("/account/confirm", "Continue", { password });
  const proofCode = await codeSentTo(number, 2, arena.dataDir);

  await forgetLimits();
  const adding = await withSession(arena, person, true);
  const newNumber = freshNumber();
  await adding.submit("/account/security/add", "Send code", {
    country: "GB",
    number: newNumber,
    channel: "text",
  });
  const setupCode = await codeSentTo(newNumber, 1, arena.dataDir);

  for (const code of [proofCode, setupCode]) expect((await answer(browser, code)).status).toBe(200);
  for (const code of [signInCode, setupCode])
    expect((await proving.submit("/account/confirm/two-step", "Continue", { code })).status).toBe(200);
  for (const code of [signInCode, proofCode])
    expect(
      (await adding.submit("/account/security/add/code", "Verify code and continue", { code })).status,
    ).toBe(200);
  expect(await sessionsOf(person)).toBe(2);
  expect(await db().method.count({ where: { accountId: person.id } })).toBe(2);
  // Each still works where it belongs.
  expect(locationOf(await answer(browser, signInCode))).toBe("/account");
});

test("codes of two people on one phone are not interchangeable (AT-039)", async ({ arena }) => {
  const number = freshNumber();
  const ann = await makePerson({ methods: ["text", "app"], number });
  const bob = await makePerson({ methods: ["text", "app"], number });
  const annsBrowser = await pending(arena, ann);
  const annsCode = await codeSentTo(number, 1, arena.dataDir);
  await forgetLimits();
  const bobsBrowser = await pending(arena, bob);
  const bobsCode = await codeSentTo(number, 2, arena.dataDir);
  expect((await answer(annsBrowser, bobsCode)).status).toBe(200);
  expect((await answer(bobsBrowser, annsCode)).status).toBe(200);
  expect(await sessionsOf(ann)).toBe(0);
  expect(await sessionsOf(bob)).toBe(0);
});

test("a recovery code works once, however it is typed, and a new set ends the old one (AT-043)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const [one = "", two = "", three = ""] = person.recoveryCodes;
  const spend = async (code: string): Promise<boolean> => {
    const browser = await pending(arena, person);
    await choose(browser, "recovery-codes");
    return locationOf(await answer(browser, code)) === "/account";
  };
  expect(await spend(` ${one.toLowerCase().slice(0, 5)}-${one.toLowerCase().slice(5)} `)).toBe(true);
  expect(await spend(one)).toBe(false);
  expect(await spend(`${two.slice(0, 5)} ${two.slice(5)}`)).toBe(true);
  expect(await db().recoveryCode.count({ where: { accountId: person.id, usedAt: null } })).toBe(8);
  const browser = await withSession(arena, person, true);
  await browser.submit("/account/security/recovery-codes", /new recovery codes/i);
  await browser.submit("/account/security/recovery-codes", "Use these codes from now on", { saved: "on" });
  expect(await db().recoveryCode.count({ where: { accountId: person.id, usedAt: null } })).toBe(10);
  expect(await spend(three)).toBe(false);
});

test("a method that is not this account's, was removed or does not exist is no way to get a code (AT-012, AT-071)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const other = await makePerson({ methods: ["text", "app"] });
  await db().method.update({ where: { id: idOf(person, "phone") }, data: { removedAt: new Date() } });
  const browser = await pending(arena, person);
  const page = await browser.get("/sign-in/two-step/other");
  const form = formWith(page, /./);
  for (const way of [
    idOf(other, "phone"),
    idOf(person, "phone"),
    randomUUID(),
    "1",
    "",
    "{}",
    "recovery",
    "null",
  ]) {
    const got = await browser.post("/sign-in/two-step/other", filled(form, { way }));
    expect(got.status, way).toBe(200);
    expect(got.body).toContain("error-summary");
  }
  expect(messagesTo(phoneOf(other).number, arena.dataDir)).toEqual([]);
  expect(messagesTo(phoneOf(person).number, arena.dataDir)).toEqual([]);
});

test("a proof of one session proves no other, and ends with its sign-out (AT-067, AT-068)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const one = arena.browser();
  await signIn(one, person);
  await prove(one, person);
  expect((await one.get("/account/settings")).status).toBe(200);
  const two = arena.browser();
  await signIn(two, person);
  expect(locationOf(await two.get("/account/settings"))).toBe("/account/confirm");
  // The attempt of one session does nothing in another.
  await two.submit("/account/confirm", "Continue", { password });
  const stolen = two.cookies.get(cookie.attempt) ?? "";
  const thief = await withSession(arena, person, false);
  thief.cookies.set(cookie.attempt, stolen);
  expect(textOf((await thief.get("/account/confirm/two-step")).body)).toContain("This sign-in is over");
  // The password alone proves nothing where a second step is on.
  expect(locationOf(await thief.get("/account/settings"))).toBe("/account/confirm");
  const before = one.cookies.get(cookie.session) ?? "";
  await one.submit("/account", "Sign out");
  one.cookies.set(cookie.session, before);
  expect(locationOf(await one.get("/account/settings"))).toBe("/sign-in");
});
