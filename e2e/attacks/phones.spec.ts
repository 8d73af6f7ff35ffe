/** Numbers that change and phones that were stolen: suspended methods at every door, old numbers, ids of others, races. */
import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import { retireDue } from "@/lib/new-number";
import { hashPassword } from "@/lib/passwords";
import { suspendPhone } from "@/lib/stolen";
import {
  type Arena,
  answer,
  begin,
  cookie,
  expect,
  forgetLimits,
  isSignedIn,
  test,
  withSession,
} from "../fixtures/arena";
import { SoftPasskey } from "../fixtures/authenticator";
import { type Answer, type Browser, filled, formsOf, formWith, locationOf, textOf } from "../fixtures/http";
import { codeSentTo, messagesTo } from "../fixtures/outbox";
import { appCode, freshNumber, makePerson, type Person } from "../fixtures/people";

type Robbed = { person: Person; browser: Browser; phone: string; app: string; other: string };

/** Somebody with a phone, an app on it, and another phone, signed in. */
async function robbed(arena: Arena, withRecoveryCodes = false): Promise<Robbed> {
  const person = await makePerson({ methods: ["text", "app", "text"], withRecoveryCodes });
  const [phone = "", app = "", other = ""] = person.methods.map(({ id }) => id);
  await db().method.update({ where: { id: app }, data: { livesOn: phone } });
  return { person, browser: await withSession(arena, person, true), phone, app, other };
}

const sessionOf = (browser: Browser) =>
  db().session.findUniqueOrThrow({
    where: { tokenHash: hashToken(browser.cookies.get(cookie.session) ?? "") },
  });

const provenWith = async (browser: Browser, provenMethodId: string): Promise<void> => {
  await db().session.update({ where: { id: (await sessionOf(browser)).id }, data: { provenMethodId } });
};

const suspend = (browser: Browser, id: string): Promise<Answer> =>
  browser.submit(`/account/security/stolen/${id}`, "Suspend it now");

const rows = ({ id }: Person) => db().method.findMany({ where: { accountId: id }, orderBy: { id: "asc" } });
const suspendedCount = ({ id }: Person) =>
  db().method.count({ where: { accountId: id, suspendedAt: { not: null } } });

/** What a page asks the browser's dialog. */
function askedOn(page: Answer): { challenge: string; user: { id: string } } {
  const [, options = "{}"] = /data-passkey-options="([^"]*)"/.exec(page.body) ?? [];
  return JSON.parse(options.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
}

test("what is suspended is asked nowhere and accepted nowhere: sign-in, another way, fresh proof, trial, removal link (a stolen unlocked phone)", async ({
  arena,
}) => {
  const { person, browser, phone, app, other } = await robbed(arena);
  // The thief has the phone, a session on it, and the password.
  const thief = await withSession(arena, person, true);
  expect(locationOf(await suspend(browser, phone))).toBe(`/account/security/stolen/${phone}/next`);
  expect(locationOf(await thief.get("/account"))).toBe("/sign-in");

  await forgetLimits();
  await begin(thief, person);
  const ways = await thief.get("/sign-in/two-step/other");
  for (const id of [phone, app]) {
    expect(ways.body).not.toContain(id);
    const form = filled(formWith(ways, /./), { way: id });
    expect(locationOf(await thief.post(ways.path, form))).toBeUndefined();
  }
  await answer(thief, appCode(person));
  expect(await isSignedIn(thief)).toBe(false);

  // Even in a session that was left, nothing that is suspended proves anything.
  const left = await withSession(arena, person, true);
  await provenWith(left, other);
  for (const id of [phone, app]) {
    expect((await left.follow(await left.get(`/account/security/methods/${id}/try`))).status).toBe(404);
    const page = await left.get(`/account/security/methods/${other}/try`);
    const form = filled(formWith(page, "Send code"), { id });
    await left.post(page.path, form);
  }
  expect(await db().code.count({ where: { methodId: { in: [phone, app] } } })).toBe(0);
  expect(await suspendedCount(person)).toBe(2);
});

test("a suspended passkey signs nobody in, and its answer to a challenge of the account is nobody's (a stolen phone)", async ({
  arena,
}) => {
  const { person, browser, phone } = await robbed(arena);
  const passkey = new SoftPasskey(arena.origin, { isSynced: true });
  const begun = await browser.submit("/account/security/add", "Add a passkey or security key");
  const page = await browser.follow(begun);
  await browser.press(page, "Create a passkey", { credential: passkey.make(askedOn(page)) });
  await db().method.update({ where: { credential: hashToken(passkey.id) }, data: { livesOn: phone } });
  await suspend(browser, phone);
  expect(await suspendedCount(person)).toBe(3);
  const thief = arena.browser();
  const signIn = await thief.get("/sign-in");
  const got = await thief.press(signIn, "Sign in with a passkey", {
    credential: passkey.answer(askedOn(signIn)),
  });
  expect(textOf(got.body)).toContain("That passkey opens no account here.");
  expect(got.body).not.toContain("data-passkey-unknown");
  expect(thief.cookies.has(cookie.session)).toBe(false);
});

test("whoever proved it with the phone itself suspends nothing, and takes nothing back (SIM swap, a code that was read out)", async ({
  arena,
}) => {
  const { person, browser, phone, app, other } = await robbed(arena);
  const page = await browser.get(`/account/security/stolen/${phone}`);
  for (const id of [phone, app]) {
    await provenWith(browser, id);
    const got = await browser.post(page.path, filled(formWith(page, "Suspend it now"), { id: phone }));
    expect(locationOf(got)).toBeUndefined();
    expect(await suspendedCount(person)).toBe(0);
  }
  // The last way in, too, is left alone: with what is on the phone first, the rest cannot go.
  await provenWith(browser, other);
  await suspend(browser, phone);
  const last = await browser.get(`/account/security/stolen/${other}`);
  expect(textOf(last.body)).toContain("Nothing else would let you in");
  await browser.post(last.path, filled(formWith(page, "Suspend it now"), { id: other }));
  expect(await suspendedCount(person)).toBe(2);

  const back = await browser.get(`/account/security/stolen/${phone}/back`);
  await provenWith(browser, app);
  await browser.post(back.path, filled(formWith(back, "Take it into use again"), {}));
  expect(await suspendedCount(person)).toBe(2);
  await provenWith(browser, other);
  expect(locationOf(await browser.submit(back.path, "Take it into use again"))).toBe("/account/security");
  expect(await suspendedCount(person)).toBe(0);
});

test("a password of emoji or of letters with their accents apart is compared whole where a phone is put back, as at a sign-in", async ({
  arena,
}) => {
  // Within 128 characters as the rule counts them, and beyond that in the units of the form.
  const chosen = ["🗝️🐈🌧".repeat(25), "crème brûlée à l'été déjà ".repeat(5).normalize("NFD")];
  for (const word of chosen) {
    const { person, browser, phone } = await robbed(arena);
    await db().account.update({
      where: { id: person.id },
      data: { passwordHash: await hashPassword(word.normalize("NFC")) },
    });
    await suspend(browser, phone);
    expect(await suspendedCount(person)).toBe(2);
    const links = () =>
      messagesTo(person.email, arena.dataDir).flatMap(
        ({ body }) => /\/put-back\/[A-Za-z0-9_-]{43}/.exec(body)?.[0] ?? [],
      );
    await expect.poll(() => links().length, { timeout: 15_000 }).toBeGreaterThan(0);
    const owner = arena.browser();
    const link = links().at(-1) ?? "";
    await owner.submit(link, /Text a code/);
    const left = person.methods.at(-1);
    const code = await codeSentTo(left?.kind === "phone" ? left.number : "", 1, arena.dataDir);
    const back = await owner.submit(link, "Put it back and sign everyone out", { code, password: word });
    expect(locationOf(back), textOf(back.body).slice(0, 300)).toBe("/put-back/done");
    expect(await suspendedCount(person)).toBe(0);
  }
});

test("phones of another account are nobody's: not suspended, not taken back, not changed, not kept (AT-071)", async ({
  arena,
}) => {
  const victim = await robbed(arena);
  await db().method.update({ where: { id: victim.other }, data: { retiresAt: new Date(Date.now() + 1e9) } });
  const mine = await robbed(arena, true);
  await db().method.update({ where: { id: mine.other }, data: { retiresAt: new Date(Date.now() + 1e9) } });
  const before = JSON.stringify(await rows(victim.person), (_key, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  const { browser } = mine;
  for (const id of [victim.phone, victim.app, randomUUID(), "x", ""])
    for (const path of ["stolen/#", "stolen/#/next", "stolen/#/back", "new-number/#", "new-number/#/code"]) {
      const got = await browser.follow(await browser.get(`/account/security/${path.replace("#", id)}`));
      expect(got.body, path).not.toContain(victim.person.id);
    }
  const theirs = [victim.phone, victim.app, victim.other, randomUUID(), "1", "{}"];
  const number = await browser.get(`/account/security/new-number/${mine.phone}`);
  const security = await browser.get("/account/security");
  const theft = await browser.get(`/account/security/stolen/${mine.phone}`);
  const keep = formsOf(security.body).find(({ buttons }) =>
    buttons.some(({ text }) => text.startsWith("Keep this number")),
  );
  for (const id of theirs) {
    await forgetLimits();
    const fresh = { id, country: "GB", number: freshNumber(), channel: "text" };
    await browser.post(number.path, filled(formWith(number, "Send code"), fresh));
    await browser.post(security.path, filled(keep ?? formWith(security, /Keep/), { id }));
    await browser.post(
      theft.path,
      filled(formWith(theft, "Suspend it now"), { id, [`also-${victim.app}`]: "on" }),
    );
  }
  expect(await db().enrolment.count({ where: { accountId: mine.person.id } })).toBe(0);
  // What is ticked of another account goes along with nothing.
  await browser.post(
    theft.path,
    filled(formWith(theft, "Suspend it now"), { id: mine.phone, [`also-${victim.other}`]: "on" }),
  );
  // The phone, its app, and the old number, whose box is ticked.
  expect(await suspendedCount(mine.person)).toBe(3);
  expect(
    JSON.stringify(await rows(victim.person), (_key, value) =>
      typeof value === "bigint" ? String(value) : value,
    ),
  ).toBe(before);
});

test("two presses at once over both instances suspend once, and two phones at once leave one", async ({
  arena,
}) => {
  const { person, browser, phone, other } = await robbed(arena);
  const page = await browser.get(`/account/security/stolen/${phone}`);
  const form = (id: string) => filled(formWith(page, "Suspend it now"), { id });
  await Promise.all([
    browser.twin().post(page.path, form(phone)),
    browser.twin(arena.b.baseUrl).post(page.path, form(other)),
    browser.twin().post(page.path, form(phone)),
  ]);
  const inForce = await db().method.count({ where: { accountId: person.id, disabledAt: null } });
  expect(inForce).toBeGreaterThan(0);
  expect(await db().event.count({ where: { accountId: person.id, kind: "phone-suspended" } })).toBe(1);
});

test("what wrong codes disabled comes back for its own account and session alone, once, by a proof that names it (AT-038, AT-066, AT-071)", async ({
  arena,
}) => {
  const [victim, mine] = [await robbed(arena), await robbed(arena)];
  for (const { phone, app } of [victim, mine])
    await db().method.updateMany({
      where: { id: { in: [phone, app] } },
      data: { failures: 100, disabledAt: new Date() },
    });
  const pathOf = (id: string) => `/account/security/methods/${id}/enable`;
  const { browser, person, phone, app } = mine;

  // Another account's is not there: not its page, and not behind the form of one's own.
  for (const id of [victim.phone, victim.app, randomUUID(), "1"])
    expect((await browser.follow(await browser.get(pathOf(id)))).status, id).toBe(404);
  const [ownPhone, ownApp] = [await browser.get(pathOf(phone)), await browser.get(pathOf(app))];
  const number = victim.person.methods.flatMap((method) =>
    method.kind === "phone" ? [method.number] : [],
  )[0];
  for (const id of [victim.phone, victim.app, "1", ""]) {
    await browser.post(ownPhone.path, filled(formWith(ownPhone, "Send code"), { id }));
    await browser.post(
      ownApp.path,
      filled(formWith(ownApp, "Take it into use again"), { id, code: appCode(victim.person) }),
    );
  }
  expect(messagesTo(number ?? "", arena.dataDir)).toEqual([]);
  expect((await rows(victim.person)).filter(({ disabledAt }) => disabledAt !== null)).toHaveLength(2);

  // Proven by a code for the one, the other stays; nor does trying it take it into use.
  const { id: sessionId } = await sessionOf(browser);
  const provenFor = (text: string) =>
    db().session.update({ where: { id: sessionId }, data: { provenFor: text } });
  const give = (from: Browser) =>
    from.post(ownApp.path, filled(formWith(ownApp, "Take it into use again"), { code: appCode(person) }));
  for (const task of [`enable-method:${phone}`, "enable-method", "see-settings", `remove-method:${app}`]) {
    await provenFor(task);
    expect(locationOf(await give(browser.twin())), task).toBe("/account/confirm");
    expect(locationOf(await browser.get(pathOf(app))), task).toBe("/account/confirm");
  }
  expect(locationOf(await browser.get(`/account/security/methods/${app}/try`))).toBe(pathOf(app));

  await provenFor(`enable-method:${app}`);
  await Promise.all([give(browser.twin()), give(browser.twin(arena.b.baseUrl)), give(browser.twin())]);
  const where = { accountId: person.id, kind: "method-enabled" };
  expect(await db().event.count({ where })).toBe(1);
  expect((await rows(person)).filter(({ disabledAt }) => disabledAt !== null).map(({ id }) => id)).toEqual([
    phone,
  ]);
});

test("the old number lets nobody in once its thirty days are over, and before that its new owner has no password", async ({
  arena,
}) => {
  const { person, browser, phone } = await robbed(arena);
  const fresh = freshNumber();
  const path = `/account/security/new-number/${phone}`;
  await browser.submit(path, "Send code", { country: "GB", number: fresh, channel: "text" });
  const code = await codeSentTo(fresh, 1, arena.dataDir);
  const page = await browser.get(`${path}/code`);
  const form = filled(formWith(page, "Verify code and continue"), { code });
  const both = await Promise.all([1, 2].map(() => browser.twin().post(page.path, form)));
  expect(both.every((got) => locationOf(got) === "/account/security")).toBe(true);
  expect(await db().method.count({ where: { accountId: person.id, kind: "phone", removedAt: null } })).toBe(
    3,
  );

  await db().method.update({ where: { id: phone }, data: { retiresAt: new Date() } });
  await retireDue(new Date());
  await forgetLimits();
  const signing = arena.browser();
  await begin(signing, person);
  const ways = await signing.get("/sign-in/two-step/other");
  expect(ways.body).not.toContain(phone);
  const chosen = await signing.post(ways.path, filled(formWith(ways, /./), { way: phone }));
  expect(locationOf(chosen)).toBeUndefined();
  expect(await db().code.count({ where: { methodId: phone } })).toBe(0);
});

test("a suspension that is under way when a sign-in by that phone ends leaves no session of it (AT-058)", async ({
  arena,
}) => {
  const { person, browser, phone } = await robbed(arena);
  await forgetLimits();
  const thief = arena.browser();
  await begin(thief, person);
  const number = person.methods[0]?.kind === "phone" ? person.methods[0].number : "";
  const code = await codeSentTo(number, 1, arena.dataDir);
  const { id } = await sessionOf(browser);
  const visit = { now: new Date(), address: "192.0.2.9", browser: "" };
  await Promise.all([
    suspendPhone(phone, [], { id, accountId: person.id, email: person.email }, visit),
    answer(thief, code),
  ]);
  expect(locationOf(await thief.get("/account"))).toBe("/sign-in");
});
