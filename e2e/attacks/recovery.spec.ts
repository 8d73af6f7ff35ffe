import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { days, seconds } from "@/lib/kernel/durations";
import { hashToken } from "@/lib/kernel/secrets";
import { type Arena, expect, isSignedIn, sessionsOf, signIn, test, withSession } from "../fixtures/arena";
import { type Answer, type Browser, locationOf, textOf } from "../fixtures/http";
import { mailTo, messagesTo } from "../fixtures/outbox";
import { makePerson, type Person, password } from "../fixtures/people";
import { letPass, newestRecovery } from "../fixtures/recoveries";

const newPassword = "seven wooden compasses 19";
const cookieName = "latchkey.recovery";
const proofs = "/recover/proofs";
const status = "/recover/status";

/** Begins with the password. */
async function begun(arena: Arena, person: Person, browser = arena.browser()): Promise<Browser> {
  const got = await browser.submit("/recover", "Begin with my password", { email: person.email, password });
  expect(locationOf(got)).toBe(proofs);
  return browser;
}

const codesTo = (arena: Arena, person: Person): string[] =>
  messagesTo(person.email, arena.dataDir).flatMap(({ subject, body }) =>
    subject?.startsWith("Your code to recover") ? [body.split("\n", 1)[0] ?? ""] : [],
  );

/** Shows the mailbox. */
async function showMail(arena: Arena, person: Person, browser: Browser): Promise<Answer> {
  const before = codesTo(arena, person).length;
  await browser.submit(proofs, "Mail the codes");
  await expect.poll(() => codesTo(arena, person).length, { timeout: 20_000 }).toBeGreaterThan(before);
  return browser.submit(proofs, "Add this", { code: codesTo(arena, person).at(-1) });
}

/** One that waits, with password and mailbox. */
async function waiting(arena: Arena, person: Person): Promise<Browser> {
  const browser = await begun(arena, person);
  await showMail(arena, person, browser);
  expect(locationOf(await browser.submit(proofs, "Start the waiting time"))).toBe(status);
  await expect
    .poll(async () => (await newestRecovery(person))?.readyAt ?? null, { timeout: 20_000 })
    .not.toBeNull();
  return browser;
}

const linksIn = (body: string) => ({
  page: /(\/recover\/[A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "",
  stop: /(\/recover\/stop\/[A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "",
});

const noticeTo = async (arena: Arena, person: Person) =>
  linksIn((await mailTo(person.email, "Somebody is recovering your account", arena.dataDir)).body);

const protectionOf = async (person: Person): Promise<string> => {
  const where = { accountId: person.id };
  const account = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  return JSON.stringify([
    account.passwordHash,
    account.twoStepOnAt,
    account.recoveredAt,
    await db().method.count({ where: { ...where, removedAt: null } }),
    await db().recoveryCode.count({ where }),
    await db().session.count({ where }),
  ]);
};

test("nobody finishes before the wait is over: not by the page, the link, another date or a form kept from elsewhere (AT-080)", async ({
  arena,
}) => {
  const [person, other] = [await makePerson({ methods: ["app"] }), await makePerson({ methods: ["app"] })];
  const browser = await waiting(arena, person);
  const before = await protectionOf(person);
  const page = await browser.get(status);
  expect(textOf(page.body)).toContain("It can be finished from");
  expect(page.body).not.toContain('name="password"');

  // A form of a recovery that is ready, posted with the cookie of one that is not.
  const ready = await waiting(arena, other);
  await letPass(other, days(7) + seconds(5));
  const form = await ready.get(status);
  const got = await browser.press(form, "Save and finish", { current: password, password: newPassword });
  expect(locationOf(got)).toBeUndefined();
  expect((await newestRecovery(person))?.endedAt).toBeNull();
  for (const header of [{ date: "Fri, 01 Jan 2100 00:00:00 GMT" }, { "x-now": "2100-01-01" }])
    expect(textOf((await browser.get(status, header)).body)).toContain("It can be finished from");
  expect(await protectionOf(person)).toBe(before);

  // Begun again beside it, it changes no moment of the first.
  const { readyAt } = (await newestRecovery(person)) ?? {};
  const second = await begun(arena, person);
  await db().limit.deleteMany();
  await showMail(arena, person, second);
  const again = await second.submit(proofs, "Start the waiting time");
  expect(textOf(again.body)).toContain("waiting already");
  const rows = await db().recovery.findMany({ where: { accountId: person.id, startedAt: { not: null } } });
  expect(rows.map((row) => row.readyAt)).toEqual([readyAt]);
});

test("of many starts at the same moment on both instances one counts, and of many finishes too (AT-080, AT-084)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const browsers = [await begun(arena, person), await begun(arena, person), await begun(arena, person)];
  for (const browser of browsers) await showMail(arena, person, browser);
  const pages = await Promise.all(browsers.map((browser) => browser.get(proofs)));
  const twins = browsers.map((browser, place) => (place === 1 ? browser.twin(arena.b.baseUrl) : browser));
  const answers = await Promise.all(
    twins.map((twin, place) => twin.press(pages[place] as Answer, "Start the waiting time")),
  );
  expect(answers.filter((got) => locationOf(got) === status)).toHaveLength(1);
  expect(await db().recovery.count({ where: { accountId: person.id, startedAt: { not: null } } })).toBe(1);
  const notices = () =>
    messagesTo(person.email, arena.dataDir).filter(({ subject }) =>
      subject?.startsWith("Somebody is recovering"),
    );
  await expect.poll(() => notices().length, { timeout: 20_000 }).toBe(1);

  const owner = twins[answers.findIndex((got) => locationOf(got) === status)] as Browser;
  await expect.poll(async () => (await newestRecovery(person)) !== null).toBe(true);
  await expect
    .poll(() => db().recovery.count({ where: { accountId: person.id, readyAt: { not: null } } }), {
      timeout: 20_000,
    })
    .toBe(1);
  await withSession(arena, person, false);
  await letPass(person, days(7) + seconds(5));
  const form = await owner.get(status);
  const finishes = await Promise.all(
    [owner.twin(), owner.twin(arena.b.baseUrl), owner.twin(), owner.twin(arena.b.baseUrl)].map((twin) =>
      twin.press(form, "Save and finish", { current: password, password: newPassword }),
    ),
  );
  expect(finishes.filter((got) => locationOf(got) === "/recover/done").length).toBeGreaterThanOrEqual(1);
  expect(await db().event.count({ where: { accountId: person.id, kind: "recovery-finished" } })).toBe(1);
});

test("after it old sessions, devices, codes and unfinished sign-ins are dead, and the set-up is all there is (AT-083)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app"], withRecoveryCodes: true });
  const old = arena.browser();
  await signIn(old, person, true);
  const half = arena.browser();
  await half.submit("/sign-in", "Sign in", { email: person.email, password });
  const browser = await waiting(arena, person);
  await letPass(person, days(7) + seconds(5));
  expect(
    locationOf(await browser.submit(status, "Save and finish", { current: password, password: newPassword })),
  ).toBe("/recover/done");
  expect(browser.cookies.get(cookieName) ?? "").toBe("");
  expect(await isSignedIn(old)).toBe(false);
  expect(await sessionsOf(person)).toBe(0);
  expect(textOf((await half.get("/sign-in/two-step")).body)).not.toContain("Open your authenticator app");
  expect(await db().device.count({ where: { accountId: person.id } })).toBe(0);
  const again = await old.submit("/sign-in", "Sign in", { email: person.email, password });
  expect(again.status).toBe(200);

  const fresh = arena.browser();
  await fresh.submit("/sign-in", "Sign in", { email: person.email, password: newPassword });
  for (const path of [
    "/account",
    "/account/settings",
    "/account/activity",
    "/account/contacts",
    "/account/sessions",
  ])
    expect(locationOf(await fresh.get(path)), path).toBe("/account/required");
  // Whoever reads the mailbox alone reaps nothing in the next two days.
  await db().limit.deleteMany();
  await fresh.submit("/forgot-password", "Send link", { email: person.email });
  const { body } = await mailTo(person.email, "Choose a new password", arena.dataDir);
  const reset = /(\/reset-password\/[A-Za-z0-9_-]{43})/.exec(body)?.[1] ?? "";
  const got = await arena
    .browser()
    .submit(reset, "Save new password", { password: "nine lanterns in fog 4" });
  expect(textOf(got.body)).toContain("recovered a short while ago");
});

test("a token of one kind is no token of another, and of another account none at all (AT-004)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const browser = await waiting(arena, person);
  const token = browser.cookies.get(cookieName) ?? "";
  const { page, stop } = await noticeTo(arena, person);
  const row = await newestRecovery(person);
  expect(
    JSON.stringify(row, (_key, value) => (typeof value === "bigint" ? String(value) : value)),
  ).not.toContain(token);
  const link = page.split("/").at(-1) ?? "";
  const halt = stop.split("/").at(-1) ?? "";
  for (const value of [link, halt, hashToken(token), "A".repeat(43), ""]) {
    const thief = arena.browser();
    thief.cookies.set(cookieName, value);
    expect(locationOf(await thief.get(status)), value).toBe("/recover");
    expect(locationOf(await thief.get(proofs)), value).toBe("/recover");
  }
  const thief = arena.browser();
  for (const path of [
    `/recover/${token}`,
    `/recover/${halt}`,
    `/recover/stop/${link}`,
    `/recover/stop/${token}`,
  ]) {
    const got = await thief.get(path);
    expect(textOf(got.body), path).toContain("There is nothing to stop");
  }
  // As a session none of them is anybody.
  for (const value of [token, link, halt]) {
    const half = arena.browser();
    half.cookies.set("latchkey.session", value);
    expect(await isSignedIn(half)).toBe(false);
  }
});

test("on a shared browser the cookie alone finishes nothing, with the link in its history neither, and lasts no longer than the case", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const browser = await waiting(arena, person);
  const { page } = await noticeTo(arena, person);
  await letPass(person, days(7) + seconds(5));
  const before = await protectionOf(person);
  expect(locationOf(await browser.get(page))).toBe(status);
  const byCode = `${status}?by=mail`;
  for (const [path, given] of [
    [status, { current: "" }],
    [status, { current: "not this one 5" }],
    [byCode, { code: "" }],
    [byCode, { code: "AAAAA-BBBBB" }],
    [byCode, { code: codesTo(arena, person).at(-1) }],
  ] as const) {
    const got = await browser.submit(path, "Save and finish", { ...given, password: newPassword });
    expect(locationOf(got), JSON.stringify(given)).toBeUndefined();
  }
  // The form of the password, posted without it, or as that of the code.
  const form = await browser.get(status);
  await browser.press(form, "Save and finish", { password: newPassword });
  await browser.press(form, "Save and finish", { code: "", password: newPassword });
  expect(await protectionOf(person)).toBe(before);
  expect((await newestRecovery(person))?.endedAt).toBeNull();
  const mailed = await browser.submit(byCode, "Mail me a code");
  const age = Number(/latchkey\.recovery=[^;]+;.*Max-Age=(\d+)/i.exec(mailed.setCookies.join("\n"))?.[1]);
  expect(age).toBeGreaterThan(days(13) / 1000);
  expect(age).toBeLessThanOrEqual(days(14) / 1000);
  const { body } = await mailTo(person.email, "Your code to finish", arena.dataDir);
  const code = body.split("\n", 1)[0];
  const thief = arena.browser();
  thief.cookies.set(cookieName, hashToken(browser.cookies.get(cookieName) ?? ""));
  expect(locationOf(await thief.get(byCode))).toBe("/recover");
  expect(locationOf(await browser.submit(byCode, "Save and finish", { code, password: newPassword }))).toBe(
    "/recover/done",
  );
});

test("a link from the mailbox sees and stops, and finishes nothing without the browser or the password that began it", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app"] });
  await waiting(arena, person);
  const { page } = await noticeTo(arena, person);
  await letPass(person, days(7) + seconds(5));
  const passwordIs = (passwordChangedAt: Date) =>
    db().account.update({ where: { id: person.id }, data: { passwordChangedAt } });
  await passwordIs(new Date(Date.now() - days(30)));
  const before = await protectionOf(person);
  const thief = arena.browser();
  const form = await thief.get(page);
  for (const current of ["", "not this one 5"]) {
    const got = await thief.press(form, "Save and finish", { current, password: newPassword });
    expect(textOf(got.body)).toContain("not the password that it was begun with");
  }
  // One that the mailbox chose since is not the one that it began with.
  await passwordIs(new Date());
  await thief.press(form, "Save and finish", { current: password, password: newPassword });
  expect(await protectionOf(person)).toBe(before);
});

test("a GET stops nothing, sends nothing and begins nothing (AT-102)", async ({ arena }) => {
  const person = await makePerson({ methods: ["app"] });
  const browser = await waiting(arena, person);
  const { page, stop } = await noticeTo(arena, person);
  const before = await newestRecovery(person);
  const messages = await db().message.count({ where: { accountId: person.id } });
  for (const path of ["/recover", proofs, status, page, stop, "/recover/stopped", "/recover/done"])
    await browser.get(path);
  expect(await newestRecovery(person)).toEqual(before);
  expect(await db().message.count({ where: { accountId: person.id } })).toBe(messages);
});

test("its owner ends it: by a sign-in with a second step, by a button on any page, by the mail", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const thief = await waiting(arena, person);
  const owner = arena.browser();
  await signIn(owner, person);
  expect((await newestRecovery(person))?.endedBecause).toBe("signed-in");
  await letPass(person, days(7) + seconds(5));
  expect(textOf((await thief.get(status)).body)).toContain("A sign-in with a code or passkey went well");

  const other = await makePerson({ methods: ["app"] });
  await waiting(arena, other);
  // A browser that was signed in before, without a proof: it may stop, and nothing else.
  const session = await withSession(arena, other, false);
  expect(textOf((await session.get("/account")).body)).toContain("Somebody is recovering this account");
  await session.submit("/account/recovery", "Stop this, it isn't me");
  expect((await newestRecovery(other))?.endedBecause).toBe("stopped");
  expect(textOf((await session.get("/account")).body)).not.toContain("Somebody is recovering this account");
});

test("an unknown address and a wrong password get the same answer, and mail links too (AT-084, AT-106)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const answer = async (email: string) => {
    const got = await arena
      .browser()
      .submit("/recover", "Begin with my password", { email, password: "not this one 5" });
    return [got.status, textOf(got.body).replaceAll(email, "…")];
  };
  expect(await answer(person.email)).toEqual(await answer(`${randomUUID()}@example.com`));
  expect(await newestRecovery(person)).toBeNull();
});

test("a hundred beginnings send nothing; starts, codes and questions have few budgets (AT-084)", async ({
  arena,
}) => {
  test.slow();
  const person = await makePerson({ methods: ["app"] });
  const network = arena.browser();
  const isRefused = async (browser: typeof network): Promise<boolean> => {
    const got = await browser.submit("/recover", "Begin with my password", { email: person.email, password });
    return locationOf(got) !== proofs;
  };
  let refused = 0;
  for (let turn = 0; turn < 25; turn += 1) if (await isRefused(network.twin())) refused += 1;
  expect(refused).toBe(5);
  // Whoever has the password and uses up one network has not used up everybody's.
  expect(await isRefused(arena.browser())).toBe(false);
  expect(await db().message.count({ where: { accountId: person.id } })).toBe(0);
  await db().limit.deleteMany();
  const browser = await begun(arena, person);
  for (let turn = 0; turn < 10; turn += 1) await browser.submit(proofs, "Mail the codes");
  expect(
    await db().message.count({ where: { accountId: person.id, purpose: "recovery" } }),
  ).toBeLessThanOrEqual(6);
});

test("with one proof, or one mailbox twice, it does not start (AT-008, AT-082)", async ({ arena }) => {
  const person = await makePerson({ methods: ["app"] });
  const browser = await begun(arena, person);
  const got = await browser.submit(proofs, "Start the waiting time");
  expect(textOf(got.body)).toContain("It takes two different things");
  const mailed = arena.browser();
  await mailed.submit("/forgot-password", "Send link", { email: person.email });
  const { body } = await mailTo(person.email, "Choose a new password", arena.dataDir);
  const link = /(\/reset-password\/[A-Za-z0-9_-]{43})/.exec(body)?.[1] ?? "";
  expect(locationOf(await mailed.submit(link, "Recover my account instead"))).toBe(proofs);
  await mailed.submit(proofs, "Mail the codes");
  expect(codesTo(arena, person)).toEqual([]);
  expect(textOf((await mailed.submit(proofs, "Start the waiting time")).body)).toContain(
    "two different things",
  );
  // The link is used up: it is no password any more.
  expect(textOf((await arena.browser().get(link)).body)).toContain("used already");
});

test("only the named contact, a week after accepting, is shown a code, and only while it is asked for", async ({
  arena,
}) => {
  const [person, friend, stranger] = [
    await makePerson({ methods: ["app"] }),
    await makePerson({ methods: ["app"] }),
    await makePerson(),
  ];
  const id = randomUUID();
  const accepted = new Date(Date.now() - days(30));
  await db().recoveryContact.create({
    data: {
      id,
      accountId: person.id,
      emailKey: friend.email,
      contactId: friend.id,
      createdAt: accepted,
      acceptedAt: accepted,
    },
  });
  const helper = await withSession(arena, friend, true);
  expect(textOf((await helper.get("/account/contacts")).body)).not.toContain("asks for a code now");
  const browser = await begun(arena, person);
  await browser.submit(proofs, "Ask my recovery contacts");
  const form = await helper.get("/account/contacts");
  const other = await withSession(arena, stranger, true);
  const stolen = await other.press(form, /^They read out this number/, {});
  expect(textOf(stolen.body)).toContain("They ask for no code any more");
  const given = await helper.press(form, /^They read out this number/, {});
  const code = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(textOf(given.body))?.[0] ?? "";
  // A code is for the recovery that asked.
  const second = await begun(arena, person);
  expect(textOf((await second.submit(proofs, "Add this", { code })).body)).toContain("does not count");
  await browser.submit(proofs, "Add this", { code });
  expect(
    await db().recoveryProof.count({ where: { kind: "contact", recovery: { accountId: person.id } } }),
  ).toBe(1);
});
