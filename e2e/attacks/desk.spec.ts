import { db } from "@/lib/db";
import { after, before, minutes } from "@/lib/kernel/durations";
import { cookie, expect, isSignedIn, sessionsOf, test, withSession } from "../fixtures/arena";
import { makePass } from "../fixtures/desk";
import { type Answer, type Browser, filled, formWith, locationOf, textOf } from "../fixtures/http";
import { freshNumber, makePerson, makeSession, type Person, password } from "../fixtures/people";

const passCookie = "latchkey.access-pass";

const open = (browser: Browser, person: { email: string }, pass: string, word = password): Promise<Answer> =>
  browser.submit("/access-pass", "Continue", { email: person.email, password: word, pass });

const lost = (): Promise<Person> => makePerson({ methods: ["app", "text"], withRecoveryCodes: true });

/** The code of the app whose key a page shows. */
async function codeOn(page: Answer): Promise<string> {
  const { generateSync } = await import("otplib");
  return generateSync({ secret: /secret=([A-Z2-7]{32})/.exec(page.body)?.[1] ?? "" });
}

const methodsOf = (person: Person) => db().method.count({ where: { accountId: person.id, removedAt: null } });

test("a pass opened twice at once, on two instances, opens once, and adds one method (AT-032)", async ({
  arena,
}) => {
  const person = await lost();
  const pass = await makePass(person);
  const browsers = [arena.browser(), arena.browser(), arena.browser()];
  const [first] = browsers;
  if (first === undefined) throw new Error("no browser");
  const page = await first.get("/access-pass");
  const fields = filled(formWith(page, "Continue"), { email: person.email, password, pass });
  const answers = await Promise.all(
    browsers.map((browser, place) =>
      browser.twin(place === 2 ? arena.b.baseUrl : arena.a.baseUrl).post("/access-pass", fields),
    ),
  );
  const opened = answers.filter(({ status }) => status === 303);
  expect(opened.map(locationOf)).toEqual(["/access-pass/method"]);
  const token = /latchkey\.access-pass=([^;]+)/.exec(opened[0]?.setCookies.join("\n") ?? "")?.[1] ?? "";
  expect(opened[0]?.setCookies.join("\n")).toMatch(/access-pass=[^;]+;.*HttpOnly.*SameSite=strict/i);

  const goingOn = arena.browser();
  goingOn.cookies.set(passCookie, token);
  const method = await goingOn.get("/access-pass/method");
  const code = await codeOn(method);
  const form = filled(formWith(method, "Verify code and continue"), { code });
  const confirmed = await Promise.all(
    [arena.a, arena.b, arena.b].map((site) => goingOn.twin(site.baseUrl).post("/access-pass/method", form)),
  );
  expect(confirmed.filter((answer) => locationOf(answer) === "/access-pass/done")).toHaveLength(1);
  expect(await methodsOf(person)).toBe(3);
  // Used up: its pages lead back to where a pass is typed.
  expect(locationOf(await goingOn.get("/access-pass/method"))).toBe("/access-pass");
  expect(await sessionsOf(person)).toBe(0);
});

test("a pass is one answer for a wrong address, password, pass or account, and after 15 minutes (AT-106)", async ({
  arena,
}) => {
  const person = await lost();
  const other = await lost();
  const old = await makePass(other, before(new Date(), minutes(15)));
  const pass = await makePass(person);
  const refused = [
    await open(arena.browser(), person, pass, "not the password"),
    await open(arena.browser(), other, pass),
    await open(arena.browser(), other, old),
    await open(arena.browser(), { email: "nobody-at-all@example.com" }, pass),
    await open(arena.browser(), person, "AAAA-AAAA-AAAA"),
  ];
  // What can be nobody's pass is told apart from one that is wrong, and is the same to everybody too.
  const misshapen = [
    await open(arena.browser(), person, "x"),
    await open(arena.browser(), person, "x", "not the password"),
    await open(arena.browser(), { email: "nobody-at-all@example.com" }, "x"),
  ];
  for (const [answers, sentence] of [
    [refused, "is not right, or the pass is over"],
    [misshapen, "cannot be an access pass"],
  ] as const) {
    const said = answers.map((answer) => textOf(answer.body).replaceAll(/\S+@\S+/g, ""));
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toContain(sentence);
  }
  for (const answer of [...refused, ...misshapen]) {
    expect(answer.status).toBe(200);
    expect(answer.setCookies.join("")).not.toContain(passCookie);
    expect(answer.body).not.toContain(pass);
    expect(answer.body).not.toContain(password);
  }
});

test("an opened pass is no session: it reads no page, calls no action of an account, and shows nothing of what the account has (AT-004)", async ({
  arena,
}) => {
  const person = await lost();
  const browser = arena.browser();
  await open(browser, person, await makePass(person));
  const token = browser.cookies.get(passCookie) ?? "";
  expect(token).toMatch(/^[\w-]{43}$/);
  for (const name of [passCookie, cookie.session, cookie.attempt, cookie.devices]) {
    const bent = arena.browser();
    bent.cookies.set(passCookie, token);
    bent.cookies.set(name, token);
    expect(await isSignedIn(bent), name).toBe(false);
    for (const target of [
      "/account",
      "/account/activity",
      "/account/activity/download/csv",
      "/account/settings",
      "/account/security",
      "/account/security/setup",
      "/account/security/add",
      "/account/sessions",
      "/account/security/recovery-codes/download",
      "/api/line/enrolment",
      "/api/auth/session",
    ]) {
      const got = await bent.get(target, { accept: "*/*" });
      expect([303, 307, 404, 200], `${target} ${got.status}`).toContain(got.status);
      expect(got.body, target).not.toContain(person.name);
      expect(got.body, target).not.toContain(person.email);
      expect(locationOf(got) ?? "/sign-in", target).toBe("/sign-in");
    }
  }
  const number =
    person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : []))[0] ?? "";
  const tags = person.methods.flatMap((method) => (method.kind === "app" ? [method.tag] : []));
  for (const target of ["/access-pass/method", "/access-pass/code", "/access-pass"]) {
    const { body } = await browser.follow(await browser.get(target));
    for (const secret of [person.name, person.id, number, `ending ${number.slice(-2)}`, ...tags])
      expect(body, target).not.toContain(secret);
  }
  // A number of the account is answered like any other.
  const begin = async (digits: string) => {
    const answer = await browser.submit("/access-pass/method", "Send code", {
      country: "GB",
      number: digits,
      channel: "text",
    });
    await db().limit.deleteMany();
    return [answer.status, locationOf(answer)];
  };
  expect(await begin(number)).toEqual(await begin(freshNumber()));
});

test("no session stands in for a pass, nor one pass for another account's, and nobody goes on with a pass that ran out (AT-004, AT-071)", async ({
  arena,
}) => {
  const person = await lost();
  const signedIn = await withSession(arena, person, true);
  const session = signedIn.cookies.get(cookie.session) ?? "";
  for (const token of [session, "A".repeat(43), "", "x"]) {
    const browser = arena.browser();
    browser.cookies.set(passCookie, token);
    expect(locationOf(await browser.get("/access-pass/method"))).toBe("/access-pass");
  }
  const browser = arena.browser();
  await open(browser, person, await makePass(person));
  const page = await browser.get("/access-pass/method");
  const code = await codeOn(page);
  const form = filled(formWith(page, "Verify code and continue"), { code });
  const rows = { where: { accountId: person.id, usedAt: null } };
  await db().accessPass.updateMany({ ...rows, data: { expiresAt: before(new Date(), 1) } });
  expect(locationOf(await browser.post("/access-pass/method", form))).toBe("/access-pass/over");
  expect(await methodsOf(person)).toBe(2);
  // Whatever a form says of somebody else, the pass says whose account it is.
  const victim = await lost();
  await db().accessPass.updateMany({ ...rows, data: { expiresAt: after(new Date(), minutes(5)) } });
  const again = arena.browser();
  await open(again, person, await makePass(person));
  const fresh = await again.get("/access-pass/method");
  const bent = [
    ...filled(formWith(fresh, "Verify code and continue"), { code: await codeOn(fresh) }),
    ["accountId", victim.id] as [string, string],
    ["email", victim.email] as [string, string],
  ];
  expect(locationOf(await again.post("/access-pass/method", bent))).toBe("/access-pass/done");
  expect([await methodsOf(person), await methodsOf(victim)]).toEqual([3, 2]);
});

test("two agents gone bad, with the password: they get a method in, and neither the owner's own out nor unseen (AT-140)", async ({
  arena,
}) => {
  const person = await lost();
  const ownersBrowser = await withSession(arena, person, true);
  const thief = arena.browser();
  await open(thief, person, await makePass(person));
  const page = await thief.get("/access-pass/method");
  const secret = /secret=([A-Z2-7]{32})/.exec(page.body)?.[1] ?? "";
  await thief.post(
    "/access-pass/method",
    filled(formWith(page, "Verify code and continue"), { code: await codeOn(page) }),
  );
  // What their method can do is a session that was proven with it; every way out for the owner stays.
  const added = await db().method.findFirstOrThrow({
    where: { accountId: person.id, cannotRemoveOthersUntil: { not: null } },
  });
  expect(secret).not.toBe("");
  const token = await makeSession(person);
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenMethodId: added.id } });
  const inside = arena.browser();
  inside.cookies.set(cookie.session, token);
  const own = person.methods[0]?.id ?? "";
  const removal = await inside.get(`/account/security/methods/${own}`);
  expect(textOf(removal.body)).toContain("Not before");
  expect(removal.body).not.toMatch(/<button[^>]*>Remove</);
  for (const target of ["/account/security/turn-off", "/account/security/recovery-codes"])
    expect(textOf((await inside.get(target)).body), target).toContain("Not before");
  const asked = await inside.submit("/account/settings/email", "Send link", {
    email: "mine@evil.example",
  });
  expect(textOf(asked.body)).toContain("The address was not changed");
  expect(await methodsOf(person)).toBe(3);
  // Their owner was signed out by it, and reads it all: in the log, by mail, on the phone.
  expect(await isSignedIn(ownersBrowser)).toBe(false);
  const kinds = await db().event.findMany({ where: { accountId: person.id }, select: { kind: true } });
  expect(kinds.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["desk-pass-opened", "desk-pass-used"]),
  );
  const channels = await db().message.findMany({
    where: { accountId: person.id, purpose: "alert" },
    select: { channel: true },
  });
  expect(channels.map(({ channel }) => channel).sort()).toEqual(["email", "email", "text"]);
});
