import { db } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import {
  type Arena,
  begin,
  cookie,
  expect,
  isSignedIn,
  sessionsOf,
  signIn,
  test,
  withSession,
} from "../fixtures/arena";
import { type Lies, SoftPasskey } from "../fixtures/authenticator";
import { type Answer, type Browser, filled, formsOf, locationOf, textOf } from "../fixtures/http";
import { makePerson, type Person } from "../fixtures/people";

const alone = "Sign in with a passkey";
const second = "Use a passkey or security key";

/** What a page asks the browser's dialog. */
function askedOn(page: Answer): {
  challenge: string;
  user: { id: string };
  allowCredentials?: { id: string }[];
} {
  const [, options = "{}"] = /data-passkey-options="([^"]*)"/.exec(page.body) ?? [];
  return JSON.parse(options.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
}

/** Somebody with an app and a passkey, added by the pages. */
async function withPasskey(arena: Arena, behaviour = {}): Promise<{ person: Person; passkey: SoftPasskey }> {
  const person = await makePerson({ methods: ["app"] });
  const passkey = new SoftPasskey(arena.origin, behaviour);
  const browser = await withSession(arena, person, true);
  const begun = await browser.submit("/account/security/add", "Add a passkey or security key");
  const page = await browser.follow(begun);
  const added = await browser.press(page, "Create a passkey", { credential: passkey.make(askedOn(page)) });
  expect(locationOf(added)).toBe("/account/security");
  return { person, passkey };
}

/** Answers the page that is open. */
const use = (browser: Browser, page: Answer, passkey: SoftPasskey, button: string, lies: Lies = {}) =>
  browser.press(page, button, { credential: passkey.answer(askedOn(page), lies) });

/** The password, and the page that asks for a passkey. */
async function secondStep(browser: Browser, person: Person): Promise<Answer> {
  await begin(browser, person);
  return browser.follow(await browser.submit("/sign-in/two-step/other", second));
}

test("a challenge opens an account once, over both instances and at the same moment", async ({ arena }) => {
  const { person, passkey } = await withPasskey(arena, { isSynced: true });
  const page = await arena.browser().get("/sign-in");
  const before = await sessionsOf(person);
  const credential = passkey.answer(askedOn(page));
  const browsers = [arena.browser(), arena.browser(), arena.browser().twin(arena.b.baseUrl)];
  const answers = await Promise.all(browsers.map((browser) => browser.press(page, alone, { credential })));
  expect(answers.filter((got) => locationOf(got) === "/account")).toHaveLength(1);
  expect(await sessionsOf(person)).toBe(before + 1);
  const late = await arena.browser().press(page, alone, { credential });
  expect(textOf(late.body)).toContain("That answer was used already");
  expect(late.setCookies).toEqual([]);
});

test("a passkey of another account finishes nobody's sign-in, whatever it says of itself (AT-088)", async ({
  arena,
}) => {
  const { person, passkey } = await withPasskey(arena);
  const mallory = await withPasskey(arena);
  const browser = arena.browser();
  const page = await secondStep(browser, person);
  expect(askedOn(page).allowCredentials?.map(({ id }) => id)).toEqual([passkey.id]);
  const before = await sessionsOf(person);
  const foreign = JSON.parse(mallory.passkey.answer(askedOn(page)));
  for (const credential of [foreign, { ...foreign, id: passkey.id, rawId: passkey.id }]) {
    const got = await browser.press(page, second, { credential: JSON.stringify(credential) });
    expect(got.status).toBe(200);
    expect(browser.cookies.has(cookie.session)).toBe(false);
  }
  expect(await sessionsOf(person)).toBe(before);
  expect(await isSignedIn(browser)).toBe(false);
});

test("an answer for another site, another purpose or by another key opens nothing (AT-087, AT-090)", async ({
  arena,
}) => {
  const { person, passkey } = await withPasskey(arena);
  const before = await sessionsOf(person);
  const lies: Lies[] = [
    { origin: "https://latchkey.example" },
    { origin: `${arena.origin}.example` },
    { rpId: "example" },
    { type: "webauthn.create" },
    { crossOrigin: true },
    { isPresent: false },
    { signedBy: new SoftPasskey(arena.origin) },
  ];
  for (const lie of lies) {
    const browser = arena.browser();
    const got = await use(browser, await browser.get("/sign-in"), passkey, alone, lie);
    expect(textOf(got.body), JSON.stringify(lie)).toContain("That passkey opens no account here.");
    expect(got.setCookies).toEqual([]);
  }
  expect(await sessionsOf(person)).toBe(before);
});

test("without user verification a passkey is no sign-in by itself, and is the second step (AT-091)", async ({
  arena,
}) => {
  const { person, passkey } = await withPasskey(arena, { isVerifying: false });
  const browser = arena.browser();
  const refused = await use(browser, await browser.get("/sign-in"), passkey, alone);
  expect(textOf(refused.body)).toContain("it is not enough by itself");
  expect(browser.cookies.has(cookie.session)).toBe(false);
  const page = await secondStep(browser, person);
  expect(locationOf(await use(browser, page, passkey, second))).toBe("/account");
  expect(await isSignedIn(browser)).toBe(true);
});

test("a count that went back is refused and stands in the log of its owner (AT-092)", async ({ arena }) => {
  const { person, passkey } = await withPasskey(arena);
  const owner = arena.browser();
  expect(locationOf(await use(owner, await owner.get("/sign-in"), passkey, alone))).toBe("/account");
  const row = await db().method.findUniqueOrThrow({ where: { credential: hashToken(passkey.id) } });
  const thief = arena.browser();
  const got = await use(thief, await thief.get("/sign-in"), passkey, alone, { counter: Number(row.counter) });
  expect(textOf(got.body)).toContain("somebody has a copy");
  expect(thief.cookies.has(cookie.session)).toBe(false);
  expect(textOf((await owner.get("/account/activity")).body)).toContain("Passkey not accepted");
  expect(await db().event.count({ where: { accountId: person.id, kind: "second-step-failed" } })).toBe(1);
});

test("the sign-in page asks everybody the same: no credential stands on it, and its challenge is new each time (AT-094)", async ({
  arena,
}) => {
  const { passkey } = await withPasskey(arena);
  const pages = await Promise.all([1, 2].map(() => arena.browser().get("/sign-in")));
  const [one, two] = pages.map(askedOn);
  expect(one?.allowCredentials).toEqual([]);
  expect(one?.challenge).not.toBe(two?.challenge);
  for (const page of pages) expect(page.body).not.toContain(passkey.id);
});

test("a passkey is added with a fresh proof only, by the session that asked for it (AT-052, AT-144)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const asking = await withSession(arena, person, true);
  const page = await asking.follow(
    await asking.submit("/account/security/add", "Add a passkey or security key"),
  );
  const credential = new SoftPasskey(arena.origin).make(askedOn(page));
  const unproven = await withSession(arena, person, false);
  expect(locationOf(await unproven.press(page, "Create a passkey", { credential }))).toBe("/account/confirm");
  const other = await withSession(arena, person, true);
  expect(locationOf(await other.press(page, "Create a passkey", { credential }))).toBe(
    "/account/security/add",
  );
  expect(await db().method.count({ where: { accountId: person.id } })).toBe(1);
});

test("what a browser may make after a sign-in is made by that session only, soon, once, and never by a bare session (AT-052, AT-066, AT-068)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const passkeys = () => db().method.count({ where: { accountId: person.id, kind: "passkey" } });
  const browser = arena.browser();
  await signIn(browser, person);
  const page = await browser.get("/account");
  const form = formsOf(page.body).find(({ names }) => names.includes("credential"));
  if (form === undefined) throw new Error("nothing is offered after a sign-in with password and app");
  const made = () =>
    new SoftPasskey(arena.origin, { isSynced: true }).make(askedOn(page), {
      isPresent: false,
      isVerified: false,
    });
  const posted = (credential: string) => filled(form, { credential });

  // A session that was not begun a moment ago by an app, however well it is proven.
  const bare = await withSession(arena, person, true);
  expect(formsOf((await bare.get("/account")).body).some(({ names }) => names.includes("credential"))).toBe(
    false,
  );
  await bare.post("/account", posted(made()));
  // The same session without what belongs to it: an odd field, nothing, another challenge.
  for (const credential of [
    "",
    "{}",
    "null",
    "[]",
    made().replace(/"clientDataJSON":"../, '"clientDataJSON":"AA'),
  ])
    await browser.post("/account", posted(credential));
  expect(await passkeys()).toBe(0);

  // Two at once, over both instances.
  await Promise.all(
    [arena.a, arena.b].map((site) => browser.twin(site.baseUrl).post("/account", posted(made()))),
  );
  expect(await passkeys()).toBe(1);
  await browser.post("/account", posted(made()));
  expect(await passkeys()).toBe(1);
});
