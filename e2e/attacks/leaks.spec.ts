import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { db, pool } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import {
  answer,
  begin,
  cookie,
  expect,
  forgetLimits,
  prove,
  replayableCode,
  sessionsOf,
  signIn,
  test,
  withSession,
} from "../fixtures/arena";
import { type Answer, type Browser, filled, formsOf, formWith, locationOf, textOf } from "../fixtures/http";
import { codeSentTo, messagesTo } from "../fixtures/outbox";
import {
  appOf,
  forgetBudget,
  freshNumber,
  makePerson,
  numberOf,
  type Person,
  password,
  phoneOf,
} from "../fixtures/people";

/** A page without what differs from one rendering of the same page to the next. */
const shape = ({ status, body, headers }: Answer, ...own: string[]): string => {
  let text = body.replace(/(value|data-passkey-options)="[^"]{60,}"/g, "").replace(/\d\d:\d\d/g, "");
  for (const mine of own) text = text.replaceAll(mine, "…");
  return `${status} ${headers.location ?? ""} ${text}`;
};

test("known, unknown, unconfirmed and locked addresses get the same answers: sign-in, sign-up, forgotten password (AT-106)", async ({
  arena,
}) => {
  const plain = await makePerson();
  const strong = await makePerson({ methods: ["app", "text"] });
  const locked = await makePerson({ methods: ["app", "text"] });
  await db().account.update({
    where: { id: locked.id },
    data: { failuresInRow: 10, lockedUntil: new Date(Date.now() + 900_000) },
  });
  const emails = [plain.email, strong.email, locked.email, `p${randomUUID().slice(0, 12)}@example.com`];
  const asks: Record<string, (browser: Browser, email: string) => Promise<Answer>> = {
    "sign-in": (browser, email) =>
      browser.submit("/sign-in", "Sign in", { email, password: "not the password 1" }),
    "sign-up": (browser, email) =>
      browser.submit("/sign-up", "Create account", {
        name: "Kim",
        email,
        password: "nine lanterns in fog 4",
      }),
    "forgot-password": (browser, email) => browser.submit("/forgot-password", /./, { email }),
  };
  for (const [what, ask] of Object.entries(asks)) {
    const answers: string[] = [];
    for (const email of emails) {
      await forgetLimits();
      const browser = arena.browser();
      const got = await ask(browser, email);
      answers.push(`${shape(got, email)} ${[...browser.cookies.keys()].join()}`);
    }
    expect(new Set(answers).size, what).toBe(1);
  }
});

test("too many tries look the same for an address with and without an account (AT-023, AT-106)", async ({
  arena,
}) => {
  const person = await makePerson();
  const answers: string[] = [];
  for (const email of [person.email, `p${randomUUID().slice(0, 12)}@example.com`]) {
    const browser = arena.browser();
    let got = await begin(browser, { email }, "wrong 0");
    for (let n = 1; n < 6; n += 1) got = await begin(browser, { email }, `wrong ${n}`);
    answers.push(shape(got, email));
  }
  expect(answers[0]).toBe(answers[1]);
});

test("a known and an unknown address take as long (AT-107)", async ({ arena }) => {
  const person = await makePerson();
  const browser = arena.browser();
  const form = formWith(await browser.get("/sign-in"), "Sign in");
  const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
  for (let n = 0; n < 25; n += 1)
    for (const which of ["known", "unknown"] as const) {
      if (n % 4 === 0) await forgetLimits();
      const email = which === "known" ? person.email : `p${randomUUID().slice(0, 12)}@example.com`;
      const from = arena.browser();
      const started = performance.now();
      await from.post("/sign-in", filled(form, { email, password: "not the password" }));
      times[which].push(performance.now() - started);
    }
  // What a difference would be is a whole hash (14 ms and more); the count of hashes is a promise of its own.
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const [known, unknown] = [median(times.known), median(times.unknown)];
  expect(Math.min(known, unknown) / Math.max(known, unknown), `${known} ${unknown}`).toBeGreaterThan(0.6);
});

test("at the second step a number is two digits and an address is not there (AT-111)", async ({ arena }) => {
  const person = await makePerson({ methods: ["text", "voice", "app"] });
  const browser = arena.browser();
  await begin(browser, person);
  for (const target of ["/sign-in/two-step", "/sign-in/two-step/other"]) {
    const { body } = await browser.get(target);
    expect(body).not.toContain(person.email);
    expect(body).not.toContain(person.name);
    expect(body).not.toContain(person.id);
    // Without the framework's own random names and the app's tag, in which any three digits stand now and then.
    const shown = body.replace(/[\w-]{20,}|\/_next\/[^"]+|"k\d+"/g, "").replaceAll(appOf(person).tag, "");
    for (const method of person.methods)
      if (method.kind === "phone") expect(shown).not.toContain(method.number.slice(-3));
  }
});

test("a text says what it is, for whom it is not, and for which site; it has no link and no name (AT-119)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  await begin(arena.browser(), person);
  const code = await codeSentTo(phoneOf(person).number, 1, arena.dataDir);
  const { body } = messagesTo(phoneOf(person).number, arena.dataDir)[0] ?? { body: "" };
  expect(body.split("\n").filter((line) => line !== "")).toEqual([
    `${code} is your Latchkey security code (A). We will never ask you for it.`,
    `@localhost #${code}`,
  ]);
  expect(body).not.toMatch(/https?:|Robin|@example/);
});

test("messages are bounded: one in half a minute and five an hour a number, ten an hour an address, whoever asks (AT-114, AT-116)", async ({
  arena,
}) => {
  const number = freshNumber();
  const people = await Promise.all(
    Array.from({ length: 7 }, () => makePerson({ methods: ["text", "app"], number })),
  );
  // Seven accounts, one number, at once: one text.
  await Promise.all(people.map((person) => begin(arena.browser(), person)));
  await codeSentTo(number, 1, arena.dataDir);
  expect(messagesTo(number, arena.dataDir)).toHaveLength(1);
  // The sign-in goes on all the same: nobody can lock somebody out by asking for codes.
  const person = people[0] as Person;
  const browser = arena.browser();
  expect(locationOf(await begin(browser, person))).toBe("/sign-in/two-step");
  const app = person.methods.find(({ kind }) => kind === "app")?.id ?? "";
  const ways = await browser.get("/sign-in/two-step/other");
  const way = formsOf(ways.body).find(({ fields }) => fields.some(([, value]) => value === app));
  await browser.post(ways.path, way?.fields ?? []);
  expect(locationOf(await answer(browser, await replayableCode(person)))).toBe("/account");

  await forgetLimits();
  const pumping = arena.browser();
  const victims = await Promise.all(
    Array.from({ length: 12 }, () => makePerson({ methods: ["text", "app"] })),
  );
  for (const victim of victims) {
    pumping.cookies.clear();
    await begin(pumping, victim);
  }
  const sentToVictims = () =>
    victims.flatMap((victim) => messagesTo(phoneOf(victim).number, arena.dataDir)).length;
  await expect.poll(sentToVictims, { timeout: 20_000 }).toBe(numbers.messages.addressHour.max);
  expect(await db().message.count({ where: { accountId: { in: victims.map(({ id }) => id) } } })).toBe(10);

  // Every half minute another account of the number, each from an address of its own.
  await forgetLimits();
  const pumped = freshNumber();
  const owners = await Promise.all(
    Array.from({ length: 7 }, () => makePerson({ methods: ["text", "app"], number: pumped })),
  );
  for (const owner of owners) {
    await forgetBudget("message-pause", pumped, "sign-in");
    await begin(arena.browser(), owner);
  }
  await expect
    .poll(() => messagesTo(pumped, arena.dataDir).length, { timeout: 20_000 })
    .toBe(numbers.messages.numberHour.max);
  expect(await db().message.count({ where: { accountId: { in: owners.map(({ id }) => id) } } })).toBe(5);
});

test("premium, satellite and toll-free numbers and numbers that cannot exist are refused before anything is sent (AT-114)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, true);
  await browser.submit("/account/security", "Get Started");
  for (const number of [
    "+447911123",
    "+19005550123",
    "+18005550123",
    "+881612345678",
    "+870773111632",
    "+979123456789",
    "999",
    "+1",
    "+44909 8790123",
  ]) {
    const got = await browser.submit("/account/security/setup", "Send code", {
      country: "GB",
      number,
      channel: "text",
    });
    expect(got.status, number).toBe(200);
    expect(got.body).toContain("error-summary");
  }
  expect(await db().message.count({ where: { accountId: person.id } })).toBe(0);
});

test("nothing is sent for a stranger: no session, no attempt, a wrong password, an unknown address (AT-115)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const id = person.methods[0]?.id ?? "";
  const owner = arena.browser();
  await begin(owner, person, "wrong password");
  const pending = arena.browser();
  await begin(pending, await makePerson({ methods: ["app", "text"] }));
  const form = formWith(await pending.get("/sign-in/two-step/other"), /./);
  const before = await db().message.count({ where: { channel: { not: "email" } } });
  const stranger = arena.browser();
  for (const token of [undefined, "A".repeat(43), "x"]) {
    if (token !== undefined) stranger.cookies.set(cookie.attempt, token);
    await stranger.post("/sign-in/two-step/other", filled(form, { way: id }));
  }
  expect(await db().message.count({ where: { channel: { not: "email" } } })).toBe(before);
  expect(messagesTo(phoneOf(person).number, arena.dataDir)).toEqual([]);
});

test("an address is one mailbox or none: lists, quotes, other at-signs, line ends, look-alikes (AT-078, AT-131)", async ({
  arena,
}) => {
  const victim = await makePerson();
  const attacker = `m${randomUUID().slice(0, 8)}@example.com`;
  const [local = "", host = ""] = victim.email.split("@");
  const corpus = [
    `${victim.email},${attacker}`,
    `${victim.email};${attacker}`,
    `${victim.email} ${attacker}`,
    `${victim.email}\nCc: ${attacker}`,
    `${victim.email}%0aCc:${attacker}`,
    `"${attacker}"@${host}`,
    `<${victim.email}>`,
    `Name <${attacker}>`,
    `["${victim.email}","${attacker}"]`,
    `${local}@${host}@evil.example`,
    `${local}\u0000@${host}`,
    `@${host}`,
    `${local}@`,
  ];
  for (const email of corpus) {
    await forgetLimits();
    const got = await arena.browser().submit("/forgot-password", /./, { email });
    expect(got.status, email).toBe(200);
    expect(got.body).toContain("error-summary");
  }
  const page = await arena.browser().get("/forgot-password");
  const twice = await arena
    .browser()
    .post("/forgot-password", [...filled(formWith(page, /./), { email: victim.email }), ["email", attacker]]);
  expect(twice.status).toBe(200);
  // Written otherwise, it is the same mailbox: the stored address gets the mail, and nobody gets a second account.
  await forgetLimits();
  await arena.browser().submit("/forgot-password", /./, { email: ` ${victim.email.toUpperCase()} ` });
  await expect.poll(() => messagesTo(victim.email, arena.dataDir).length, { timeout: 15_000 }).toBe(1);
  expect(messagesTo(attacker, arena.dataDir)).toEqual([]);
});

test("steps fail closed: whatever part of the database fails in the middle, nobody gets in and no proof is used up (AT-139)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const without = async (table: string, work: () => Promise<Answer>): Promise<Answer> => {
    await pool().query(`ALTER TABLE "${table}" RENAME TO "${table}Gone"`);
    try {
      return await work();
    } finally {
      await pool().query(`ALTER TABLE "${table}Gone" RENAME TO "${table}"`);
    }
  };
  const failed = (got: Answer, table: string) => {
    expect([500, 503], `${table} ${got.status}`).toContain(got.status);
    expect(got.body).not.toMatch(/relation|Prisma|at async|node_modules/);
    expect(got.setCookies).toEqual([]);
    expect(got.headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src ('none'|http:\/\/localhost:\d+\/enhance\/);/,
    );
  };
  const page = await arena.browser().get("/sign-in");
  const first = filled(formWith(page, "Sign in"), { email: person.email, password });
  for (const table of ["Account", "Device", "Method", "Limit", "SignInAttempt"]) {
    const browser = arena.browser();
    failed(await without(table, () => browser.post("/sign-in", first)), table);
  }
  await forgetLimits();
  const browser = arena.browser();
  await begin(browser, person);
  const form = formWith(await browser.get("/sign-in/two-step"), "Sign in");
  const code = await replayableCode(person);
  for (const table of ["Session", "Event", "Device", "Code", "RecoveryCode", "Method", "Account"]) {
    failed(
      await without(table, () => browser.twin().post("/sign-in/two-step", filled(form, { code }))),
      table,
    );
    await db().signInAttempt.updateMany({ where: { accountId: person.id }, data: { tries: 5 } });
  }
  expect(await sessionsOf(person)).toBe(0);
  expect(locationOf(await browser.post("/sign-in/two-step", filled(form, { code })))).toBe("/account");
  // Whoever looks after the site finds the cause in the log: 42P01 is a table that is not there.
  expect(arena.output()).toMatch(
    /"route":"\/sign-in\/two-step","kind":"post".*"codes":\["42P01"\].*"msg":"it threw"/,
  );
  // A signed-in person's page fails closed too.
  const signedIn = await withSession(arena, person, true);
  const got = await without("Session", () => signedIn.get("/account/settings"));
  failed(got, "Session");
  expect(got.body).not.toContain(person.email);
});

test("a secret of an app or a number that was copied between accounts, altered or sealed by a key that is gone opens nothing (AT-136)", async ({
  arena,
}) => {
  const mallory = await makePerson({ methods: ["app", "text"] });
  const victim = await makePerson({ methods: ["app", "text"] });
  const rowOf = (person: Person, kind: "app" | "phone") =>
    db().method.findFirstOrThrow({ where: { accountId: person.id, kind } });
  const [hers, mine] = [await rowOf(victim, "app"), await rowOf(mallory, "app")];
  const flipped = `${hers.data.slice(0, -2)}${hers.data.endsWith("AA") ? "BB" : "AA"}`;
  // Whose code would be right if the row were opened without looking at its place, its tag or its key.
  const cases: [data: string, owner: Person][] = [
    [mine.data, mallory],
    [flipped, victim],
    [hers.data.replace("k1.", "k9."), victim],
    ["", victim],
    ["k1.", victim],
    [JSON.stringify({ secret: appOf(victim).secret, tag: appOf(victim).tag }), victim],
  ];
  const asksForText = `We texted a code to the number ending ${numberOf(phoneOf(victim)).slice(-2)}`;
  for (const [data, owner] of cases) {
    const where = data.slice(0, 20);
    await db().method.update({ where: { id: hers.id }, data: { data } });
    const browser = arena.browser();
    await begin(browser, victim);
    const page = await browser.get("/sign-in/two-step");
    expect(page.status, where).toBe(200);
    // The app comes before the phone: whoever opened it would ask for it.
    expect(textOf(page.body), where).toContain(asksForText);
    const code = await replayableCode(owner);
    const got = await browser.post(page.path, filled(formWith(page, "Sign in"), { code }));
    expect(got.status, where).toBe(200);
    await db().account.update({ where: { id: victim.id }, data: { failuresInRow: 0, lockedUntil: null } });
    await forgetLimits();
  }
  // A number of somebody else is neither named nor texted.
  const phone = await rowOf(victim, "phone");
  const theirs = await rowOf(mallory, "phone");
  await db().method.update({ where: { id: phone.id }, data: { data: theirs.data } });
  const sent = await db().message.count({ where: { accountId: victim.id } });
  const browser = arena.browser();
  await begin(browser, victim);
  const page = await browser.get("/sign-in/two-step");
  expect(page.status).toBe(200);
  expect(textOf(page.body)).not.toContain("We texted a code");
  expect(await db().message.count({ where: { accountId: victim.id } })).toBe(sent);
  expect(await sessionsOf(victim)).toBe(0);

  // With its own rows again the account opens: nothing but the rows kept it shut.
  await db().method.update({ where: { id: hers.id }, data: { data: hers.data } });
  await db().method.update({ where: { id: phone.id }, data: { data: phone.data } });
  await forgetLimits();
  const owners = arena.browser();
  await begin(owners, victim);
  expect(locationOf(await answer(owners, await replayableCode(victim)))).toBe("/account");
});

test("no code, secret, number, token or password stands in an address, a log line or clear in the database (AT-110, AT-138)", async ({
  arena,
}) => {
  test.slow(); // it waits for the next step of an app, and for a mail
  const marker = `Mark"}\t${randomUUID()}`;
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  const browser = arena.browser();
  const urls: string[] = [];
  const note = (got: Answer): Answer => {
    urls.push(`${got.path} ${got.headers.location ?? ""}`);
    return got;
  };
  note(
    await browser.get("/account/settings", {
      "user-agent": marker,
      referer: "https://x.example/?m=1",
    }),
  );
  note(await begin(browser, person));
  const code = await codeSentTo(phoneOf(person).number, 1, arena.dataDir);
  note(await answer(browser, "987654"));
  note(await answer(browser, code, true));
  await forgetLimits();
  note(await browser.submit("/account/confirm", "Continue", { password }));
  const proofCode = await replayableCode(person);
  note(await browser.submit("/account/confirm/two-step", "Continue", { code: proofCode }));
  const number = freshNumber();
  note(
    await browser.submit("/account/security/add", "Send code", { country: "GB", number, channel: "text" }),
  );
  const setupCode = await codeSentTo(number, 1, arena.dataDir);
  note(await browser.submit("/account/security/add/code", "Verify code and continue", { code: setupCode }));
  note(await browser.submit("/account/security/recovery-codes", "Make new recovery codes"));
  const shown = await browser.get("/account/security/recovery-codes");
  const codes = textOf(shown.body).match(/\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/g) ?? [];
  expect(codes).toHaveLength(10);
  note(await arena.browser().submit("/forgot-password", /./, { email: person.email }));
  await expect
    .poll(
      () => messagesTo(person.email, arena.dataDir).some(({ body }) => body.includes("/reset-password/")),
      { timeout: 20_000 },
    )
    .toBe(true);
  const link =
    messagesTo(person.email, arena.dataDir).flatMap(
      ({ body }) => /reset-password\/([A-Za-z0-9_-]{43})/.exec(body)?.[1] ?? [],
    )[0] ?? "";
  const opened = await browser.get(`/reset-password/${link}`);
  expect(opened.headers["referrer-policy"]).toBe("same-origin");
  expect(opened.body).not.toMatch(/(href|src)="https?:\/\/(?!localhost)/);
  await browser.get(`/nothing-${encodeURIComponent('\u001b[31mred\n{"level":50}')}`);
  await browser.post("/sign-in", [], { headers: { origin: "https://evil.example" } });

  const secret = person.methods.flatMap((method) => (method.kind === "app" ? [method.secret] : []))[0] ?? "";
  const secrets: Record<string, string> = {
    password,
    secret,
    link,
    session: browser.cookies.get(cookie.session) ?? "",
    device: browser.cookies.get(cookie.devices) ?? "",
    "old number": phoneOf(person).number,
    "national number": phoneOf(person).number.slice(3),
    "new number": number,
    ...Object.fromEntries(
      [...codes, ...codes.map((text) => text.replace("-", ""))].map((text) => [`recovery ${text}`, text]),
    ),
    ...Object.fromEntries(person.recoveryCodes.map((text) => [`old recovery ${text}`, text])),
  };
  const output = arena.output();
  for (const [what, value] of Object.entries(secrets)) {
    expect(value, what).not.toBe("");
    expect(urls.join("\n"), `${what} in an address`).not.toContain(value);
    expect(output, `${what} in the log`).not.toContain(value);
  }
  for (const six of [code, proofCode, setupCode]) expect(urls.join("\n")).not.toContain(six);
  expect(output.includes("\u001b[31m")).toBe(false);
  expect(output).not.toContain(marker);
  expect(output).not.toContain(person.email);

  const tables = await pool().query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  expect(tables.rows.length).toBeGreaterThan(10);
  for (const { name } of tables.rows) {
    const { rows } = await pool().query<{ text: string }>(
      `SELECT to_jsonb(t)::text AS text FROM "${name}" t`,
    );
    for (const { text } of rows) {
      const clear = Object.entries(secrets).flatMap(([what, value]) => (text.includes(value) ? [what] : []));
      if (clear.length > 0) expect(clear, `in ${name}: ${text.slice(0, 200)}`).toEqual([]);
      if (["Code", "Message", "Event", "Enrolment", "Method"].includes(name))
        for (const six of [code, setupCode]) {
          const isClear = new RegExp(`(^|[^0-9a-zA-Z])${six}([^0-9a-zA-Z]|$)`).test(
            text.replace(/\.\d{3,6}/g, ""),
          );
          if (isClear) expect(text.slice(0, 200), `a code in ${name}`).toBe("");
        }
    }
  }
});

test("nothing of the keys of this site stands in what browsers are given (AT-128)", async ({ arena }) => {
  const keys = process.env.SECRET_KEYS?.split(":")[1] ?? "none";
  const walk = (folder: string): string[] =>
    fs
      .readdirSync(folder, { withFileTypes: true })
      .flatMap((entry) =>
        entry.isDirectory() ? walk(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
      );
  const actionsKey = JSON.parse(
    fs.readFileSync(".next/server/server-reference-manifest.json", "utf8"),
  ).encryptionKey;
  for (const file of walk(".next/static")) {
    const text = fs.readFileSync(file, "utf8");
    expect(
      text.includes(keys) || text.includes(actionsKey) || /DATABASE_URL|SECRET_KEYS/.test(text),
      file,
    ).toBe(false);
  }
  const home = await arena.browser().get("/sign-in");
  expect(home.body).not.toContain(actionsKey);
  // Nothing of the framework's, which would carry data; the one module for passkeys.
  expect(home.body.match(/<script[^>]*>/gi)).toEqual(['<script type="module" src="/enhance/passkey.js">']);
});

test("what people write is text and nothing else, on every page that shows it (AT-144)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = arena.browser();
  await signIn(browser, person);
  await prove(browser, person);
  const name = `</p><script>alert(1)</script><img src=x onerror=alert(1)>"'`;
  await browser.submit("/account/settings/name", "Save", { name });
  for (const target of [
    "/account",
    "/account/settings",
    "/account/settings/name",
    "/account/activity",
    "/account/sessions",
  ]) {
    const { body } = await browser.get(target);
    expect(body, target).not.toMatch(/<script|<img src=x/i);
  }
  expect(textOf((await browser.get("/account/settings")).body)).toContain("alert(1)");
});
