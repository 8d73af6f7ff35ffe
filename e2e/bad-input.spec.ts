/**
 * Every field of every form, posted as a browser without script posts it, filled in with what no honest person types.
 * Whatever it is: a page that says what is wrong or a refusal, never an error of ours, never a success, nothing changed.
 */
import { randomUUID } from "node:crypto";
import { expect, test } from "@playwright/test";
import { db } from "@/lib/db";
import { type Answer, Browser, filled, formWith, textOf } from "./fixtures/http";
import { lackingHeaders } from "./fixtures/journey";
import { linkIn, mailTo } from "./fixtures/outbox";
import {
  appCode,
  forgetBudget,
  freshNumber,
  makePerson,
  makeSession,
  type Person,
  password,
} from "./fixtures/people";
import { sharedSite } from "./fixtures/site";

const boundary = "----latchkey5Jq";

/** One part of a form; with `file`, as a file that was chosen where a line of text belongs. */
type Part = { name: string; value: string; file?: string };

const multipart = (parts: readonly Part[]): string =>
  `${parts
    .map(
      ({ name, value, file }) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${
          file === undefined ? "" : `; filename="${file}"\r\nContent-Type: text/plain`
        }\r\n\r\n${value}\r\n`,
    )
    .join("")}--${boundary}--\r\n`;

const post = (browser: Browser, path: string, parts: readonly Part[]): Promise<Answer> =>
  browser.raw(path, {
    method: "POST",
    body: multipart(parts),
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      origin: browser.origin,
      "sec-fetch-site": "same-origin",
    },
  });

/** What is put into a field in the place of its right value; undefined when there is nothing of the kind to put. */
const kinds: Readonly<Record<string, (name: string, right: string) => Part[]>> = {
  empty: (name) => [{ name, value: "" }],
  blank: (name) => [{ name, value: " \t  " }],
  "10,000 characters": (name) => [{ name, value: "a".repeat(10_000) }],
  "10,000 digits": (name) => [{ name, value: "4".repeat(10_000) }],
  NUL: (name, right) => [{ name, value: `${right}\0` }],
  emoji: (name) => [{ name, value: "🔑👩‍🚀" }],
  Arabic: (name) => [{ name, value: "مفتاح" }],
  Han: (name) => [{ name, value: "钥匙鑰匙" }],
  "the same name twice": (name, right) => [
    { name, value: right },
    { name, value: right },
  ],
  "an object": (name, right) => [{ name: `${name}[contains]`, value: right }],
  "a file": (name, right) => [{ name, value: right, file: "code.txt" }],
  missing: () => [],
};

type Form = {
  path: string;
  button: string | RegExp;
  /** Right values for every field a person fills in. */
  right: Readonly<Record<string, string>>;
  /** Fields that are put to the test, with the kinds that are no fault there. */
  fields: Readonly<Record<string, readonly string[]>>;
  /** What must not change by a refused form. */
  standing: () => Promise<unknown>;
  /** Called before each try: budgets are another test's matter. */
  before?: () => Promise<unknown>;
  /** Pressed with nonsense, the button leads back to its list, as if the row had gone in the meantime. */
  leadsBack?: boolean;
};

async function tryAll(browser: Browser, form: Form): Promise<void> {
  const before = JSON.stringify(await form.standing(), (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  for (const [field, allowed] of Object.entries(form.fields)) {
    for (const [kind, partsOf] of Object.entries(kinds)) {
      if (allowed.includes(kind)) continue;
      const what = `${form.path}: ${field}, ${kind}`;
      await form.before?.();
      const page = await browser.get(form.path);
      const there = formWith(page, form.button);
      const pressed = there.buttons.find(({ text }) =>
        typeof form.button === "string" ? text === form.button : form.button.test(text),
      );
      const own = pressed?.name === undefined ? {} : { [pressed.name]: pressed.value ?? "" };
      const good = filled(there, { ...own, ...form.right, [field]: undefined });
      const right =
        form.right[field] ?? own[field] ?? there.fields.find(([name]) => name === field)?.[1] ?? "on";
      const answer = await post(browser, form.path, [
        ...good.map(([name, value]) => ({ name, value })),
        ...partsOf(field, right),
      ]);
      expect(lackingHeaders(form.path, answer.headers as Record<string, string>), what).toEqual([]);
      if (answer.status >= 300 && answer.status < 400) {
        expect(form.leadsBack, `${what} leads to ${answer.headers.location}`).toBe(true);
      } else {
        expect([200, 400, 403, 413, 422], what).toContain(answer.status);
        if (answer.status === 200) expect(answer.body, what).toContain('class="error-summary"');
        expect(textOf(answer.body), what).not.toContain("Something went wrong on our side");
      }
      const after = JSON.stringify(await form.standing(), (_, value) =>
        typeof value === "bigint" ? String(value) : value,
      );
      expect(after, `${what} changed something`).toBe(before);
    }
  }
}

const newBrowser = () => new Browser(sharedSite().baseUrl);

async function browserOf(person: Person): Promise<Browser> {
  const browser = newBrowser();
  browser.cookies.set("latchkey.session", await makeSession(person));
  return browser;
}

/** Everything of an account that a form could change. */
const accountOf = (person: Person) => async () => ({
  account: await db().account.findUnique({
    where: { id: person.id },
    omit: { failuresInRow: true, lockedUntil: true },
  }),
  methods: await db().method.findMany({
    where: { accountId: person.id },
    omit: { failures: true },
    orderBy: { id: "asc" },
  }),
  sessions: await db().session.count({ where: { accountId: person.id } }),
  codes: await db().recoveryCode.count({ where: { accountId: person.id, usedAt: null } }),
  devices: await db().device.findMany({ where: { accountId: person.id }, orderBy: { id: "asc" } }),
  pending: await db().enrolment.count({ where: { accountId: person.id, kind: "phone" } }),
  links: await db().mailLink.count({ where: { accountId: person.id } }),
});

const letters = ["emoji", "Arabic", "Han"];
// No page needs more than 64 kB for a form, and all of these are under that.
const none: readonly string[] = [];

test("sign-up", async () => {
  const email = `bad-${randomUUID()}@example.com`;
  await tryAll(newBrowser(), {
    path: "/sign-up",
    button: "Create account",
    right: { name: "Ann", email, password: "nine patient lighthouses 41" },
    fields: { name: letters, email: none, password: none },
    standing: () => db().mailLink.count({ where: { emailKey: email } }),
  });
});

test("sign-in", async () => {
  const person = await makePerson();
  await tryAll(newBrowser(), {
    path: "/sign-in",
    button: "Sign in",
    right: { email: person.email, password },
    fields: { email: none, password: none },
    standing: accountOf(person),
    before: async () => {
      for (const address of ["127.0.0.1", "::1"])
        await forgetBudget("password-account", person.email, address);
    },
  });
});

test("the second step, and the other ways", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const browser = newBrowser();
  await browser.submit("/sign-in", "Sign in", { email: person.email, password });
  const before = async () => {
    await db().signInAttempt.updateMany({ where: { accountId: person.id }, data: { tries: 5 } });
    await db().account.update({
      where: { id: person.id },
      data: { failuresInRow: 0, lockedUntil: null },
    });
  };
  await tryAll(browser, {
    path: "/sign-in/two-step",
    button: "Sign in",
    right: { code: appCode(person) },
    // A box that is not there is a box that is not ticked.
    fields: { code: none, trust: ["missing", "an object"] },
    standing: accountOf(person),
    before,
  });
  await tryAll(browser, {
    path: "/sign-in/two-step/other",
    button: "Use a recovery code",
    right: {},
    fields: { way: none },
    standing: accountOf(person),
    before,
  });
});

test("forgotten passwords", async () => {
  const person = await makePerson();
  const browser = newBrowser();
  await tryAll(browser, {
    path: "/forgot-password",
    button: "Send link",
    right: { email: person.email },
    fields: { email: none },
    standing: accountOf(person),
  });
  await browser.submit("/forgot-password", "Send link", { email: person.email });
  await tryAll(browser, {
    path: linkIn(await mailTo(person.email, "Choose a new password")),
    button: "Save new password",
    right: { password: "nine patient lighthouses 41" },
    fields: { password: none },
    standing: accountOf(person),
  });
});

test("the confirmation of a new account in another browser", async () => {
  const email = `bad-${randomUUID()}@example.com`;
  await newBrowser().submit("/sign-up", "Create account", {
    name: "Ann",
    email,
    password: "nine patient lighthouses 41",
  });
  const link = linkIn(await mailTo(email, "Confirm your e-mail address"));
  const { id } = await db().mailLink.findFirstOrThrow({ where: { emailKey: email } });
  await tryAll(newBrowser(), {
    path: link,
    button: "Confirm e-mail address",
    right: { password: "nine patient lighthouses 41" },
    fields: { password: none },
    standing: () => db().account.count({ where: { email } }),
    before: () => forgetBudget("confirm-sign-up", id),
  });
});

test("the fresh proof", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await browserOf(person);
  const before = async () => {
    for (const address of ["127.0.0.1", "::1"]) await forgetBudget("password-account", person.email, address);
    await db().signInAttempt.updateMany({ where: { accountId: person.id }, data: { tries: 5 } });
    await db().account.update({ where: { id: person.id }, data: { failuresInRow: 0, lockedUntil: null } });
  };
  await tryAll(browser, {
    path: "/account/confirm",
    button: "Continue",
    right: { email: person.email, password },
    fields: { password: none },
    standing: accountOf(person),
    before,
  });
  await browser.submit("/account/confirm", "Continue", { password });
  await tryAll(browser, {
    path: "/account/confirm/two-step",
    button: "Continue",
    right: { code: appCode(person) },
    fields: { code: none },
    standing: accountOf(person),
    before,
  });
});

test("name, e-mail and password", async () => {
  const person = await makePerson();
  const browser = await browserOf(person);
  const standing = accountOf(person);
  await tryAll(browser, {
    path: "/account/settings/name",
    button: "Save",
    right: { name: "Robin" },
    fields: { name: letters },
    standing,
  });
  await tryAll(browser, {
    path: "/account/settings/email",
    button: "Send link",
    right: { email: `new-${person.email}` },
    fields: { email: none },
    standing,
  });
  const { id } = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
  await tryAll(browser, {
    path: "/account/settings/password",
    button: "Save",
    right: { current: password, password: "nine patient lighthouses 41" },
    fields: { current: none, password: none },
    standing,
    before: () => forgetBudget("change-password", person.id, id),
  });
});

test("a phone and an app that are set up", async () => {
  const person = await makePerson();
  const browser = await browserOf(person);
  await browser.submit("/account/security", "Get Started");
  const number = freshNumber();
  await tryAll(browser, {
    path: "/account/security/setup",
    button: "Send code",
    right: { country: "GB", number: `0${number.slice(3)}`, channel: "text" },
    fields: { country: none, number: none, channel: none },
    standing: accountOf(person),
  });
  const before = async () => {
    await db().enrolment.updateMany({ where: { accountId: person.id }, data: { tries: 5 } });
    await db().account.update({ where: { id: person.id }, data: { failuresInRow: 0, lockedUntil: null } });
  };
  await tryAll(browser, {
    path: "/account/security/setup",
    button: "Verify code and continue",
    right: { code: "123456" },
    fields: { code: none },
    standing: accountOf(person),
    before,
  });
  await browser.submit("/account/security/setup", "Send code", { country: "GB", number, channel: "text" });
  await tryAll(browser, {
    path: "/account/security/setup/code",
    button: "Verify code and continue",
    right: { code: "123456" },
    fields: { code: none },
    standing: accountOf(person),
    before,
  });
});

test("the rows of the settings, and the browsers that are signed in", async () => {
  const person = await makePerson({ methods: ["app", "text", "voice"] });
  const browser = await browserOf(person);
  await makeSession(person);
  const now = new Date();
  await db().device.create({
    data: {
      id: randomUUID(),
      accountId: person.id,
      tokenHash: randomUUID(),
      browser: "Firefox · Linux",
      address: "192.0.2.1",
      createdAt: now,
      lastSeenAt: now,
      trustedAt: now,
      trustedUntil: new Date(now.getTime() + 86_400_000),
    },
  });
  const standing = accountOf(person);
  // An id in other letters or with something behind it is nobody's: the list it leads back to is up to date.
  const rows = { right: {}, standing, leadsBack: true } as const;
  await tryAll(browser, {
    ...rows,
    path: "/account/security",
    button: /^Ask this first/,
    fields: { id: none },
  });
  await tryAll(browser, { ...rows, path: "/account/security", button: /^Forget /, fields: { id: none } });
  const method = person.methods[2]?.id;
  await tryAll(browser, {
    ...rows,
    path: `/account/security/methods/${method}`,
    button: "Remove",
    fields: { id: none },
  });
  await tryAll(browser, {
    ...rows,
    path: "/account/sessions",
    button: /^Sign out Chrome/,
    fields: { id: none },
  });
});

test("the last step of the set-up: what is not a tick trusts nobody", async () => {
  const person = await makePerson({ methods: ["app", "text"], isOn: false });
  const browser = await browserOf(person);
  const page = await browser.get("/account/security/setup/finish");
  const there = formWith(page, "Got it. Turn on Two-Step Verification");
  const parts = there.fields.map(([name, value]) => ({ name, value }));
  const answer = await post(browser, page.path, [
    ...parts,
    { name: "trust", value: "on" },
    { name: "trust", value: "on" },
  ]);
  expect(answer.status).toBeLessThan(500);
  expect(await db().device.count({ where: { accountId: person.id, trustedUntil: { not: null } } })).toBe(0);
});

test("a form of 4,000 fields, an action that is not there and a body that is no form are refused, never an error", async () => {
  const browser = newBrowser();
  const page = await browser.get("/sign-in");
  const { fields } = formWith(page, "Sign in");
  const many = [...fields, ...Array.from({ length: 4_000 }, (_, n) => [`f${n}`, "1"] as const)];
  const answers = [
    await browser.post("/sign-in", many),
    await browser.post("/sign-in", many.slice(0, 300)),
    await browser.post("/sign-in", [["email", "a@example.com"]]),
    await browser.post("/sign-in", [[`$ACTION_ID_${"0".repeat(42)}`, ""]]),
    await browser.post("/sign-in", [
      ["$ACTION_REF_1", ""],
      ["$ACTION_1:0", "{}"],
    ]),
    await browser.post("/sign-in", [
      ["$ACTION_KEY", "x".repeat(500)],
      ["$ACTION_REF_1", ""],
      ["$ACTION_1:0", "[["],
    ]),
    // The action without its form, and with something else in the place of it.
    await browser.post(
      "/sign-in",
      fields.map(([name, value]) => [name, name === "$ACTION_1:1" ? "[]" : value] as const),
    ),
    await browser.post(
      "/sign-in",
      fields.map(([name, value]) => [name, name === "$ACTION_1:1" ? "[1,2]" : value] as const),
    ),
    await browser.raw("/sign-in", {
      method: "POST",
      body: "no parts at all",
      headers: { "content-type": "multipart/form-data; boundary=x", origin: browser.origin },
    }),
    await browser.raw("/sign-in", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", origin: browser.origin },
    }),
  ];
  expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
});
