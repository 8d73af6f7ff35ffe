import { randomUUID } from "node:crypto";
import { db, inTransaction } from "@/lib/db";
import { days, seconds } from "@/lib/kernel/durations";
import { startRecoveryForSupport } from "@/lib/recovery";
import { type Arena, expect, forgetLimits, test, withSession } from "../fixtures/arena";
import { builtPages } from "../fixtures/build";
import { type Browser, filled, formWith, locationOf } from "../fixtures/http";
import { codeSentTo, linkIn, mailTo } from "../fixtures/outbox";
import { freshNumber, makePerson, numberOf, type Person, password } from "../fixtures/people";
import { letPass, newestRecovery } from "../fixtures/recoveries";
import { stateOf } from "../fixtures/state";

const newPassword = "seven wooden compasses 19";

/** A form that its page bound to what its own address says. */
type BoundForm = {
  readonly browser: Browser;
  readonly path: string;
  readonly button: string | RegExp;
  readonly values?: () => Promise<Readonly<Record<string, string>>>;
  /** What no forgery may change. */
  readonly standing: () => Promise<string>;
  /** Where the honest form leads; undefined: to its own page again. */
  readonly leadsTo?: string;
};

const formOf = (person: Person) => ({ standing: () => stateOf(person) });

async function resetLink(arena: Arena, person: Person): Promise<string> {
  await arena.browser().submit("/forgot-password", "Send link", { email: person.email });
  return linkIn(await mailTo(person.email, "Choose a new password", arena.dataDir));
}

/** A recovery that waits, and the links of its notice. */
async function waiting(arena: Arena, person: Person): Promise<{ page: string; stop: string }> {
  const browser = arena.browser();
  await browser.submit("/recover", "Begin with my password", { email: person.email, password });
  const recoveryId = (await newestRecovery(person))?.id ?? "";
  await db().recoveryProof.create({ data: { recoveryId, kind: "email", provenAt: new Date() } });
  await browser.submit("/recover/proofs", "Start the waiting time");
  await expect
    .poll(async () => (await newestRecovery(person))?.readyAt ?? null, { timeout: 20_000 })
    .not.toBeNull();
  const { body } = await mailTo(person.email, "Somebody is recovering your account", arena.dataDir);
  return {
    page: /(\/recover\/[A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "",
    stop: /(\/recover\/stop\/[A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "",
  };
}

/** One whose wait is over, as its link finishes it: with the password that it began with, and that is older than it. */
async function ready(arena: Arena, person: Person): Promise<string> {
  const { page } = await waiting(arena, person);
  await letPass(person, days(7) + seconds(5));
  const passwordChangedAt = new Date(Date.now() - days(30));
  await db().account.update({ where: { id: person.id }, data: { passwordChangedAt } });
  await mailTo(person.email, "can be finished", arena.dataDir); // told by itself, and of no forgery
  return page;
}

async function begunByDesk(arena: Arena, person: Person): Promise<string> {
  const visit = { now: new Date(), address: "192.0.2.1", browser: "Firefox · Linux" };
  await inTransaction((tx) => startRecoveryForSupport(tx, person.id, "Kim", visit));
  return linkIn(await mailTo(person.email, "Go on with the recovery", arena.dataDir));
}

async function* signUp(arena: Arena): AsyncGenerator<BoundForm> {
  const browser = arena.browser();
  const email = `${randomUUID()}@example.com`;
  await browser.submit("/sign-up", "Create account", { name: "Ann", email, password: newPassword });
  const link = linkIn(await mailTo(email, "Confirm your e-mail address", arena.dataDir));
  const standing = async () => String(await db().account.count({ where: { email } }));
  yield { browser, path: link, button: "Confirm e-mail address", standing, leadsTo: "/sign-up/confirmed" };
}

async function* reset(arena: Arena): AsyncGenerator<BoundForm> {
  for (const form of [
    {
      button: "Save new password",
      values: async () => ({ password: newPassword }),
      leadsTo: "/reset-password/done",
    },
    { button: "Recover my account instead", leadsTo: "/recover/proofs" },
  ]) {
    const person = await makePerson({ methods: ["app", "text"] });
    const path = await resetLink(arena, person);
    yield { ...form, ...formOf(person), browser: arena.browser(), path };
  }
}

async function* recovery(arena: Arena): AsyncGenerator<BoundForm> {
  const stopped = await makePerson({ methods: ["app"] });
  const { page } = await waiting(arena, stopped);
  yield {
    ...formOf(stopped),
    browser: arena.browser(),
    path: page,
    button: "Stop this, it isn't me",
    leadsTo: "/recover/stopped",
  };
  const finished = await makePerson({ methods: ["app"] });
  yield {
    ...formOf(finished),
    browser: arena.browser(),
    path: await ready(arena, finished),
    button: "Save and finish",
    values: async () => ({ current: password, password: newPassword }),
    leadsTo: "/recover/done",
  };
  const helped = await makePerson({ methods: ["app"] });
  yield {
    ...formOf(helped),
    browser: arena.browser(),
    path: await begunByDesk(arena, helped),
    button: "Go on in this browser",
    leadsTo: "/recover/proofs",
  };
}

async function* stop(arena: Arena): AsyncGenerator<BoundForm> {
  const person = await makePerson({ methods: ["app"] });
  const { stop: path } = await waiting(arena, person);
  const button = "Stop this, it isn't me";
  yield { ...formOf(person), browser: arena.browser(), path, button, leadsTo: "/recover/stopped" };
}

/** An address that is asked for in the settings, and confirmed by the link that it gets. */
const confirmation = (
  asked: { readonly at: string; readonly subject: string },
  form: Pick<BoundForm, "button" | "leadsTo">,
) =>
  async function* (arena: Arena): AsyncGenerator<BoundForm> {
    const person = await makePerson({ methods: ["app"] });
    const email = `${randomUUID()}@example.com`;
    const asking = await withSession(arena, person, true);
    await asking.submit(asked.at, "Send link", { email });
    const path = linkIn(await mailTo(email, asked.subject, arena.dataDir));
    yield { ...form, ...formOf(person), browser: arena.browser(), path };
  };

const confirmEmail = confirmation(
  { at: "/account/settings/email", subject: "Confirm your new e-mail address" },
  { button: "Confirm new e-mail address", leadsTo: "/confirm-email/done" },
);

const confirmSecondEmail = confirmation(
  { at: "/account/settings/recovery", subject: "Confirm this address as your second one" },
  { button: "Confirm second e-mail address", leadsTo: "/confirm-second-email/done" },
);

async function* putBack(arena: Arena): AsyncGenerator<BoundForm> {
  const person = await makePerson({ methods: ["text", "app"] });
  const removing = await withSession(arena, person, true);
  const [phone] = person.methods;
  await removing.submit(`/account/security/methods/${phone?.id}`, "Remove", { understood: "on" });
  const path = linkIn(await mailTo(person.email, "A way to get codes was removed", arena.dataDir));
  const form = { ...formOf(person), browser: arena.browser(), path };
  yield { ...form, button: "Text a code" };
  yield {
    ...form,
    button: "Put it back and sign everyone out",
    values: async () => ({ code: await codeSentTo(numberOf(phone), 1, arena.dataDir) }),
    leadsTo: "/put-back/done",
  };
}

async function* newNumber(arena: Arena): AsyncGenerator<BoundForm> {
  const person = await makePerson({ methods: ["text", "app"] });
  const browser = await withSession(arena, person, true);
  const [phone] = person.methods;
  const number = freshNumber();
  const began = `/account/security/new-number/${phone?.id}`;
  const path = `${began}/code`;
  await browser.submit(began, "Send code", { country: "GB", number, channel: "text" });
  await codeSentTo(number, 1, arena.dataDir);
  const form = { ...formOf(person), browser, path };
  yield { ...form, button: "Send a new code", leadsTo: path };
  yield { ...form, button: /^Call me/, leadsTo: path };
  yield {
    ...form,
    button: "Verify code and continue",
    values: async () => ({ code: await codeSentTo(number, 1, arena.dataDir) }),
    leadsTo: "/account/security",
  };
}

/** By the page that binds them. */
const boundForms: Readonly<Record<string, (arena: Arena) => AsyncGenerator<BoundForm>>> = {
  "/sign-up/confirm/[token]": signUp,
  "/reset-password/[token]": reset,
  "/recover/[token]": recovery,
  "/recover/stop/[token]": stop,
  "/confirm-email/[token]": confirmEmail,
  "/confirm-second-email/[token]": confirmSecondEmail,
  "/put-back/[token]": putBack,
  "/account/security/new-number/[id]/code": newNumber,
};

test("every page that a link of a mail opens has its forms tried here (AT-123)", () => {
  const opened = builtPages().filter((route) => route.includes("[token]"));
  expect(opened.filter((route) => boundForms[route] === undefined)).toEqual([]);
});

/** What somebody may write in the place of `own`, which a page bound: of its shape, of another, and of any type. */
const forgeriesOf = (own: string): unknown[] => [
  "A".repeat(43),
  randomUUID(),
  "",
  `${own}x`,
  own.slice(1),
  `${own}\0`,
  "🔑\r\nlocation: /",
  "//evil.example",
  "x".repeat(20_000),
  "$undefined",
  "$D2026-01-01T00:00:00.000Z",
  null,
  true,
  0,
  1e308,
  [own],
  { token: own, id: own },
  { contains: "" },
  { toString: own, valueOf: own },
];

/** The fields of a form with `value` where its page bound what its address says. */
function withBound(fields: readonly [string, string][], value: unknown): [string, string][] {
  let forged = 0;
  const made = fields.map(([name, text]): [string, string] => {
    if (!/^\$ACTION_\d+:1$/.test(name)) return [name, text];
    forged += 1;
    const [, ...rest] = JSON.parse(text) as unknown[];
    return [name, JSON.stringify([value, ...rest])];
  });
  expect(forged, "forms that bind something").toBe(1);
  return made;
}

for (const [route, formsOf] of Object.entries(boundForms))
  test(`a forged bound argument of a form of ${route} is never a fault and never a success; the form as it was given is (AT-011, AT-123)`, async ({
    arena,
  }) => {
    for await (const { browser, path, button, values, standing, leadsTo } of formsOf(arena)) {
      const page = await browser.get(path);
      const fields = filled(formWith(page, button), (await values?.()) ?? {});
      const before = await standing();
      const own =
        path
          .replace(/\/code$/, "")
          .split("/")
          .at(-1) ?? "";
      for (const forgery of forgeriesOf(own)) {
        const what = `${path} ${button}: ${JSON.stringify(forgery)?.slice(0, 80)}`;
        const got = await browser.post(path, withBound(fields, forgery));
        expect(got.status, what).toBeLessThan(500);
        expect(locationOf(got) ?? "", what).toMatch(/^($|\/[\w/-]+$)/);
        expect(got.setCookies, what).toEqual([]);
        expect(await standing(), what).toBe(before);
      }
      await forgetLimits(); // of messages, which the steps before have sent some of
      const honest = await browser.post(path, fields);
      expect(locationOf(honest), `${path} ${button}`).toBe(leadsTo);
      expect(await standing(), `${path} ${button}`).not.toBe(before);
    }
  });

test("a form of a link acts for the token that it binds, at whichever address it is posted, and as often as that is good (AT-076, AT-123)", async ({
  arena,
}) => {
  const [mine, theirs] = [await makePerson({ methods: ["app"] }), await makePerson({ methods: ["app"] })];
  const [own, other] = [await resetLink(arena, mine), await resetLink(arena, theirs)];
  const browser = arena.browser();
  const fields = filled(formWith(await browser.get(own), "Save new password"), { password: newPassword });
  const before = [await stateOf(mine), await stateOf(theirs)];
  const got = await browser.post(other, fields);
  expect(locationOf(got)).toBe("/reset-password/done");
  expect(await stateOf(mine)).not.toBe(before[0]);
  expect(await stateOf(theirs)).toBe(before[1]);
  const used = await stateOf(mine);
  const again = await arena.browser().post(other, fields);
  expect(locationOf(again)).toBeUndefined();
  expect(await stateOf(mine)).toBe(used);
  expect(await stateOf(theirs)).toBe(before[1]);
});
