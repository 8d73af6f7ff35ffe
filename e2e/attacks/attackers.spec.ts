/**
 * Attackers by what they hold, not by what they try: how far each of them gets, and who is told when. The table
 * "Attackers" of docs/security.md says the same in words. Agents of the support desk are in desk.spec.ts.
 */
import { db } from "@/lib/db";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import {
  type Arena,
  answer,
  begin,
  cookie,
  expect,
  forgetLimits,
  isSignedIn,
  replayableCode,
  sessionsOf,
  test,
  withSession,
  wrongCodes,
} from "../fixtures/arena";
import { type Answer, type Browser, formsOf, locationOf, textOf } from "../fixtures/http";
import { codeSentTo, messagesTo } from "../fixtures/outbox";
import { makePerson, type Person, password, phoneOf } from "../fixtures/people";
import { wrongCode } from "../fixtures/phones";

const newPassword = "nine lanterns in fog 4";

const idOf = (person: Person, kind: string): string =>
  person.methods.find((method) => method.kind === kind)?.id ?? "";

const eventsOf = async (person: Person): Promise<string[]> =>
  (await db().event.findMany({ where: { accountId: person.id }, orderBy: { id: "asc" } })).map(
    ({ kind }) => kind,
  );

/** Waits until this mail is in somebody's mailbox. */
const told = (arena: Arena, address: string, subject: RegExp): Promise<void> =>
  expect
    .poll(() => messagesTo(address, arena.dataDir).map((mail) => mail.subject ?? ""), { timeout: 15_000 })
    .toContainEqual(expect.stringMatching(subject));

/** Waits until this text about a change is on a phone. */
const toldByText = (arena: Arena, number: string, body: RegExp): Promise<void> =>
  expect
    .poll(
      () =>
        messagesTo(number, arena.dataDir).flatMap((text) => (text.purpose === "alert" ? [text.body] : [])),
      { timeout: 15_000 },
    )
    .toContainEqual(expect.stringMatching(body));

/** How many codes a phone has got. */
const codesSentTo = (arena: Arena, number: string): number =>
  messagesTo(number, arena.dataDir).filter(({ purpose }) => purpose !== "alert").length;

const newestCode = (arena: Arena, number: string, count: number): Promise<string> =>
  codeSentTo(number, count, arena.dataDir);

/** A link of the newest mail with one to this kind of page. */
async function linkTo(arena: Arena, address: string, page: string): Promise<string> {
  const links = () =>
    messagesTo(address, arena.dataDir).flatMap(
      ({ body }) => new RegExp(`/${page}/[A-Za-z0-9_-]{43}`).exec(body)?.[0] ?? [],
    );
  await expect.poll(() => links().length, { timeout: 15_000 }).toBeGreaterThan(0);
  return links().at(-1) ?? "";
}

/** A new password by the mail link, as whoever reads the mailbox chooses it. */
async function resetBy(arena: Arena, browser: Browser, person: Person): Promise<void> {
  await browser.submit("/forgot-password", "Send link", { email: person.email });
  const link = await linkTo(arena, person.email, "reset-password");
  const done = await browser.submit(link, "Save new password", { password: newPassword });
  expect(locationOf(done)).toBe("/reset-password/done");
}

/** Points an attempt at another way, by the form that its page has. */
async function choose(browser: Browser, way: string, page = "/sign-in/two-step/other"): Promise<Answer> {
  const got = await browser.get(page);
  const form = formsOf(got.body).find(({ fields }) =>
    fields.some(([name, value]) => name === "way" && value === way),
  );
  if (form === undefined) throw new Error(`the way ${way} is not offered: ${textOf(got.body)}`);
  return browser.post(page, form.fields);
}

/** Whether a page of the settings opens without another proof. */
const opens = async (browser: Browser, target: string): Promise<boolean> =>
  (await browser.get(target)).status === 200;

/** What needs a proof, of every kind. */
const guarded = (person: Person): string[] => [
  "/account/settings",
  "/account/settings/email",
  "/account/settings/password",
  "/account/security",
  "/account/security/add",
  "/account/security/turn-off",
  "/account/security/recovery-codes",
  "/account/activity/download",
  ...person.methods.map(({ id }) => `/account/security/methods/${id}`),
];

test("somebody with only the mailbox: a new password and no session; the phone is told at once, and without a second step they are in", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  const owner = await withSession(arena, person, false);
  const thief = arena.browser();
  await resetBy(arena, thief, person);
  // The owner is signed out, and the phone says why; mails about it can be read by the thief too.
  expect(await isSignedIn(owner)).toBe(false);
  await toldByText(arena, phoneOf(person).number, /the password of your account was changed with a link/);
  await told(arena, person.email, /was changed by a link/);

  expect(locationOf(await begin(thief, person, newPassword))).toBe("/sign-in/two-step");
  const code = await newestCode(arena, phoneOf(person).number, 1);
  for (const guess of [wrongCode(code), person.recoveryCodes[0]?.replace(/./g, "A") ?? ""])
    await answer(thief, guess);
  expect(await isSignedIn(thief)).toBe(false);
  expect(await sessionsOf(person)).toBe(0);
  const page = await thief.get("/sign-in/two-step/other");
  for (const secret of [person.name, phoneOf(person).number, phoneOf(person).number.slice(-4)])
    expect(page.body).not.toContain(secret);
  expect(await eventsOf(person)).toEqual(
    expect.arrayContaining(["password-reset-asked", "password-reset", "code-sent", "second-step-failed"]),
  );

  // Nor is the password that the mailbox chose a second proof beside the mailbox: no recovery starts.
  await forgetLimits();
  const elsewhere = arena.browser();
  await elsewhere.submit("/recover", "Begin with my password", {
    email: person.email,
    password: newPassword,
  });
  await elsewhere.submit("/recover/proofs", "Mail the codes");
  const start = await elsewhere.submit("/recover/proofs", "Start the waiting time");
  expect(textOf(start.body)).toContain("It takes two different things");
  expect(await eventsOf(person)).not.toContain("recovery-started");

  // Where no second step is on, a mailbox is a key: that is what it is there for.
  const plain = await makePerson();
  await resetBy(arena, thief, plain);
  await begin(thief, plain, newPassword);
  expect(await isSignedIn(thief)).toBe(true);
  await told(arena, plain.email, /A new browser signed in/);
});

test("somebody with mailbox and password: the code page, ten guesses and a lock; each try is a text on the owner's phone and a line in the log", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const owner = await withSession(arena, person, true);
  const thief = arena.browser();
  for (const round of [1, 2]) {
    await forgetLimits();
    await begin(thief, person);
    const code = await newestCode(arena, phoneOf(person).number, round);
    for (const guess of wrongCodes(code, numbers.attempt.tries)) await answer(thief, guess);
  }
  await forgetLimits();
  await begin(thief, person);
  expect(textOf((await thief.get("/sign-in/two-step")).body)).toContain("No code is looked at until");
  expect(await sessionsOf(person)).toBe(1); // the owner's, whom nobody signs out
  await told(arena, person.email, /Somebody has your password at Latchkey but not your codes?$/);
  expect(codesSentTo(arena, phoneOf(person).number)).toBeGreaterThanOrEqual(2);
  expect(await eventsOf(person)).toEqual(
    expect.arrayContaining(["code-sent", "second-step-failed", "second-step-waits"]),
  );
  // On the owner's next visit the front page says it, whatever happened to the mails.
  expect(textOf((await owner.get("/account")).body)).toContain("Somebody entered too many wrong codes");
});

test("the same in a recovery: it waits a week, is on the owner's phone at once and on every page, and the owner's sign-in ends it", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const owner = await withSession(arena, person, false);
  const thief = arena.browser();
  await thief.submit("/recover", "Begin with my password", { email: person.email, password });
  await thief.submit("/recover/proofs", "Mail the codes");
  await told(arena, person.email, /^Your code to recover/);
  const mail = messagesTo(person.email, arena.dataDir).find(({ subject }) =>
    subject?.startsWith("Your code to recover"),
  );
  await thief.submit("/recover/proofs", "Add this", { code: mail?.body.split("\n", 1)[0] ?? "" });
  expect(textOf((await thief.get("/recover/proofs")).body)).toContain("With this you would wait 7 days");
  await thief.submit("/recover/proofs", "Start the waiting time");
  await told(arena, person.email, /^Somebody is recovering your account/);
  await toldByText(arena, phoneOf(person).number, /somebody asked to recover your account/);
  expect(textOf((await owner.get("/account")).body)).toContain("Somebody is recovering this account");

  await forgetLimits();
  const home = arena.browser();
  await begin(home, person);
  await choose(home, idOf(person, "app"));
  await answer(home, await replayableCode(person));
  expect(await isSignedIn(home)).toBe(true);
  expect(textOf((await thief.get("/recover/status")).body)).toContain("ended by itself and changed nothing");
  await toldByText(
    arena,
    phoneOf(person).number,
    /the recovery of your account .* is over and changed nothing/,
  );
  expect(await eventsOf(person)).toEqual(expect.arrayContaining(["recovery-started", "recovery-ended"]));
});

test("a stolen unlocked phone without the password: its session reads for an hour and changes nothing, its texts and app prove nothing; one press ends it", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app", "text"], withRecoveryCodes: true });
  const [phone, app] = person.methods;
  await db().method.update({ where: { id: app?.id ?? "" }, data: { livesOn: phone?.id ?? "" } });
  const thief = await withSession(arena, person, false);
  expect(await isSignedIn(thief)).toBe(true);
  for (const target of guarded(person)) expect(await opens(thief, target), target).toBe(false);
  // Without the password the app's code is asked for by nobody.
  await thief.submit("/account/confirm", "Continue", { password: "not the password 1" });
  expect(textOf((await thief.get("/account/confirm/two-step")).body)).toContain("This sign-in is over");
  expect(codesSentTo(arena, phoneOf(person).number)).toBe(0);

  // The owner, with a second phone.
  const owner = await withSession(arena, person, true);
  await db().session.updateMany({
    where: { accountId: person.id, provenAt: { not: null } },
    data: { provenMethodId: person.methods[2]?.id ?? "" },
  });
  await owner.submit(`/account/security/stolen/${phone?.id}`, "Suspend it now");
  expect(await isSignedIn(thief)).toBe(false);
  await told(arena, person.email, /A phone of your account at Latchkey was suspended/);
  await toldByText(arena, phoneOf(person, 1).number, /was said to be stolen or lost and is suspended/);
  await begin(thief, person);
  const ways = await thief.get("/sign-in/two-step/other");
  for (const id of [phone?.id, app?.id]) expect(ways.body).not.toContain(id);

  // Nobody noticed: an hour without use ends it all the same.
  const unnoticed = await withSession(arena, person, false);
  await db().session.updateMany({
    where: { accountId: person.id },
    data: { lastSeenAt: before(new Date(), numbers.session.idle) },
  });
  expect(await isSignedIn(unnoticed)).toBe(false);
});

test("a stolen unlocked phone with the mailbox on it: it opens everything; the other phone is told at once, and takes back what was removed", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text", "text"] });
  const [app, , second] = person.methods;
  const otherNumber = phoneOf(person, 1).number;
  const thief = arena.browser();
  await resetBy(arena, thief, person);
  await toldByText(arena, otherNumber, /the password of your account was changed/);
  await begin(thief, person, newPassword);
  await answer(thief, await replayableCode(person));
  expect(await isSignedIn(thief)).toBe(true);
  await told(arena, person.email, /A new browser signed in/);
  await thief.get(`/account/security/methods/${second?.id}`);
  await thief.submit("/account/confirm", "Continue", { password: newPassword });
  await thief.submit("/account/confirm/two-step", "Continue", { code: await replayableCode(person) });
  const removed = await thief.submit(`/account/security/methods/${second?.id}`, "Remove");
  expect(locationOf(removed)).toBe("/account/security");
  await toldByText(arena, otherNumber, /was removed from your account/);
  await told(arena, person.email, /A way to get codes was removed/);

  // The owner reads the same mailbox from the laptop, and still has the second phone.
  const owner = arena.browser();
  const link = await linkTo(arena, person.email, "put-back");
  await forgetLimits();
  const sent = codesSentTo(arena, otherNumber);
  await owner.submit(link, "Text a code");
  const code = await newestCode(arena, otherNumber, sent + 1);
  const back = await owner.submit(link, "Put it back and sign everyone out", { code });
  expect(locationOf(back)).toBe("/put-back/done");
  expect(await isSignedIn(thief)).toBe(false);
  expect(await db().method.count({ where: { accountId: person.id, removedAt: null } })).toBe(3);
  expect(await eventsOf(person)).toEqual(
    expect.arrayContaining(["password-reset", "signed-in", "method-removed", "method-restored"]),
  );
  // The app is on the stolen phone all the same, so the owner suspends it next (phones.spec.ts).
  expect(app?.kind).toBe("app");
});

test("a SIM swap without the password: no code is ever sent, and nothing can be asked for", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const thief = arena.browser();
  await begin(thief, person, "not the password 1");
  await thief.submit("/forgot-password", "Send link", { email: person.email });
  expect(thief.cookies.has(cookie.attempt)).toBe(false);
  expect(messagesTo(phoneOf(person).number, arena.dataDir)).toEqual([]);
  expect(await sessionsOf(person)).toBe(0);
  expect(await eventsOf(person)).toContain("password-reset-asked");
});

test("a SIM swap with the password: they are in, told by mail at once; each change takes a code that names it, and the app puts back what they removed", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  const number = phoneOf(person).number;
  const app = idOf(person, "app");
  const thief = arena.browser();
  await begin(thief, person);
  await answer(thief, await newestCode(arena, number, 1));
  expect(await isSignedIn(thief)).toBe(true);
  await told(arena, person.email, /A new browser signed in/);
  // The code of the sign-in was good for the sign-in: nothing grave opens by it.
  for (const target of ["/account/security/add", "/account/security/turn-off", "/account/settings/email"])
    expect(locationOf(await thief.get(target)), target).toBe("/account/confirm");

  await forgetLimits();
  const removal = `/account/security/methods/${app}`;
  expect(locationOf(await thief.get(removal))).toBe("/account/confirm");
  await thief.submit("/account/confirm", "Continue", { password });
  await choose(thief, idOf(person, "phone"), "/account/confirm/two-step/other");
  const proof = await newestCode(arena, number, 2);
  expect(messagesTo(number, arena.dataDir).at(-1)?.body).toContain("REMOVES the authenticator app");
  await thief.submit("/account/confirm/two-step", "Continue", { code: proof });
  expect(await opens(thief, "/account/settings/email"), "the code removes, and does nothing else").toBe(
    false,
  );
  await thief.submit(removal, "Remove", { understood: "on" });
  expect(await db().method.count({ where: { id: app, removedAt: null } })).toBe(0);
  await told(arena, person.email, /A way to get codes was removed/);

  const owner = arena.browser();
  const link = await linkTo(arena, person.email, "put-back");
  const restored = await owner.submit(link, "Put it back and sign everyone out", {
    code: await replayableCode(person),
  });
  expect(locationOf(restored)).toBe("/put-back/done");
  expect(await isSignedIn(thief)).toBe(false);
  await toldByText(arena, number, /was removed from your account/);
  expect(await eventsOf(person)).toEqual(
    expect.arrayContaining(["signed-in", "proof-given", "method-removed", "method-restored"]),
  );
});

test("an ex-partner at a trusted device with the password: reads without a code and unannounced, but in the log; changes nothing, and is out by one button", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const home = arena.browser();
  await signInByApp(home, person);
  await told(arena, person.email, /A new browser signed in/);
  home.cookies.delete(cookie.session);
  await forgetLimits();

  const mails = messagesTo(person.email, arena.dataDir).length;
  await begin(home, person);
  expect(await isSignedIn(home)).toBe(true);
  for (const target of guarded(person)) expect(await opens(home, target), target).toBe(false);
  await home.get("/account/security/turn-off");
  const sent = codesSentTo(arena, phoneOf(person).number);
  await forgetLimits();
  const first = await home.submit("/account/confirm", "Continue", { password });
  expect(locationOf(first)).toBe("/account/confirm/two-step");
  await choose(home, idOf(person, "phone"), "/account/confirm/two-step/other");
  // What they want to do is on the owner's phone before they could do it.
  await newestCode(arena, phoneOf(person).number, sent + 1);
  expect(messagesTo(phoneOf(person).number, arena.dataDir).at(-1)?.body).toContain("TURNS OFF");
  expect(messagesTo(person.email, arena.dataDir)).toHaveLength(mails);
  expect((await eventsOf(person)).filter((kind) => kind === "signed-in")).toHaveLength(2);

  const owner = await withSession(arena, person, true);
  expect(textOf((await owner.get("/account/security")).body)).toContain("Devices that don't require codes");
  await owner.submit("/account/security", "Require codes on all devices");
  home.cookies.delete(cookie.session);
  await forgetLimits();
  expect(locationOf(await begin(home, person))).toBe("/sign-in/two-step");
});

test("an ex-partner at a trusted device without the password: the device alone opens nothing, and says nothing", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const home = arena.browser();
  await signInByApp(home, person);
  home.cookies.delete(cookie.session);
  await forgetLimits();
  expect(locationOf(await home.get("/account"))).toBe("/sign-in");
  const page = await home.get("/sign-in");
  for (const secret of [person.name, person.email, phoneOf(person).number.slice(-4)])
    expect(page.body).not.toContain(secret);
  await begin(home, person, "what we used to say 1");
  expect(await isSignedIn(home)).toBe(false);
  expect(home.cookies.has(cookie.attempt)).toBe(false);
  // A trusted browser with a wrong password is in its owner's log.
  expect(await eventsOf(person)).toContain("wrong-password");
});

/** Signs a browser in with the app and makes it trusted. */
async function signInByApp(browser: Browser, person: Person): Promise<void> {
  await begin(browser, person);
  await choose(browser, idOf(person, "app"));
  await answer(browser, await replayableCode(person), true);
  expect(await isSignedIn(browser)).toBe(true);
}
