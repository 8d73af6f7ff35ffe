/**
 * Every field of every form, posted as a browser without script posts it, filled in with what no honest person types.
 * Whatever it is: a page that says what is wrong or a refusal, never an error of ours, never a success, nothing changed.
 * The last test counts: an action of the build that reads a form and is not tried here fails it.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { expect, test } from "@playwright/test";
import { db } from "@/lib/db";
import { days, seconds } from "@/lib/kernel/durations";
import { SoftPasskey } from "./fixtures/authenticator";
import { actionOf, builtActions, builtPages, builtPosts } from "./fixtures/build";
import { makePass } from "./fixtures/desk";
import { type Answer, Browser, type FormOfPage, filled, formsOf, formWith, textOf } from "./fixtures/http";
import { lackingHeaders } from "./fixtures/journey";
import { codeSentTo, linkIn, mailTo } from "./fixtures/outbox";
import {
  appCode,
  forgetBudget,
  freshNumber,
  makePerson,
  makeSession,
  type Person,
  password,
} from "./fixtures/people";
import { letPass, newestRecovery } from "./fixtures/recoveries";
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
  /**
   * The action that the form posts to, as its file exports it; the folder in front where two have one name. Or the post that
   * takes it without the framework.
   */
  action: string;
  path: string;
  /** A button of the form, where the page has several that post to the same action. */
  button?: string | RegExp;
  /** Right values for every field a person fills in. */
  right?: Readonly<Record<string, string>>;
  /** Fields that are put to the test, with the kinds that are no fault there. */
  fields: Readonly<Record<string, readonly string[]>>;
  /** Fields that say nothing to the action, each with its reason beside it. */
  idle?: readonly string[];
  /** What must not change by a refused form. */
  standing: () => Promise<unknown>;
  /** Called before each try: budgets are another test's matter. */
  before?: () => Promise<unknown>;
  /** Posted with nonsense, it leads back to its list, as if the row had gone in the meantime. */
  leadsBack?: boolean;
};

const pressedOn = (form: FormOfPage, button: Form["button"]) =>
  form.buttons.find(({ text }) =>
    button === undefined ? true : typeof button === "string" ? text === button : button.test(text),
  );

/** The form of a page that posts to this action. */
function formOn(page: Answer, { action, button }: Form): FormOfPage {
  const found = formsOf(page.body).find(
    (form) =>
      actionOf(form)?.endsWith(action) && (button === undefined || pressedOn(form, button) !== undefined),
  );
  if (found === undefined)
    throw new Error(
      `${page.path} (${page.status}) has no form for ${action}, but for ${formsOf(page.body).map((form) => `${actionOf(form)} ${form.buttons.map(({ text }) => text)}`)}: ${textOf(page.body).slice(0, 200)}`,
    );
  return found;
}

const plain = (facts: unknown): string =>
  JSON.stringify(facts, (_, value) => (typeof value === "bigint" ? String(value) : value));

async function tryAll(browser: Browser, form: Form): Promise<void> {
  const { path, action, right: given = {}, idle = [] } = form;
  const before = plain(await form.standing());
  for (const [field, allowed] of Object.entries(form.fields)) {
    await form.before?.();
    const there = formOn(await browser.get(path), form);
    const pressed = pressedOn(there, form.button);
    const own = pressed?.name === undefined ? {} : { [pressed.name]: pressed.value ?? "" };
    const names = [...there.names.filter((name) => !name.startsWith("$ACTION")), ...Object.keys(own)];
    expect([...new Set(names)].sort(), `${path}: what is tried of ${action}`).toEqual(
      [...Object.keys(form.fields), ...idle].sort(),
    );
    const good = filled(there, { ...own, ...given, [field]: undefined });
    const right = given[field] ?? own[field] ?? there.fields.find(([name]) => name === field)?.[1] ?? "on";
    for (const [kind, partsOf] of Object.entries(kinds)) {
      if (allowed.includes(kind)) continue;
      const what = `${path}: ${field}, ${kind}`;
      await form.before?.();
      const answer = await post(browser, path, [
        ...good.map(([name, value]) => ({ name, value })),
        ...partsOf(field, right),
      ]);
      expect(lackingHeaders(path, answer.headers as Record<string, string>), what).toEqual([]);
      if (answer.status >= 300 && answer.status < 400) {
        expect(form.leadsBack, `${what} leads to ${answer.headers.location}`).toBe(true);
      } else {
        expect([200, 400, 403, 413, 422], what).toContain(answer.status);
        if (answer.status === 200) expect(answer.body, what).toContain('class="error-summary"');
        expect(textOf(answer.body), what).not.toContain("Something went wrong on our side");
      }
      expect(plain(await form.standing()), `${what} changed something`).toBe(before);
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
const accountOf = (person: Person) => async () => {
  const where = { accountId: person.id };
  const orderBy = { id: "asc" } as const;
  return {
    account: await db().account.findUnique({
      where: { id: person.id },
      omit: { failuresInRow: true, lockedUntil: true },
    }),
    methods: await db().method.findMany({ where, omit: { failures: true }, orderBy }),
    sessions: await db().session.count({ where }),
    codes: await db().recoveryCode.count({ where: { ...where, usedAt: null } }),
    devices: await db().device.findMany({ where, orderBy }),
    pending: await db().enrolment.count({ where: { ...where, kind: "phone" } }),
    links: await db().mailLink.count({ where }),
    contacts: await db().recoveryContact.findMany({ where, orderBy }),
    proofs: await db().recoveryProof.count({ where: { recovery: where } }),
    recoveries: await db().recovery.findMany({ where, select: { startedAt: true, endedAt: true } }),
    undone: await db().removal.count({ where: { ...where, usedAt: { not: null } } }),
    tried: await db().trial.count({ where: { ...where, provenAt: { not: null } } }),
  };
};

/** Gives the tries back that wrong answers cost. */
const triesOf = (person: Person) => async () => {
  const where = { accountId: person.id };
  await db().signInAttempt.updateMany({ where, data: { tries: 5 } });
  await db().enrolment.updateMany({ where, data: { tries: 5 } });
  await db().trial.updateMany({ where, data: { tries: 5 } });
  await db().removal.updateMany({ where, data: { tries: 10 } });
  await db().recovery.updateMany({ where, data: { tries: 10 } });
  await db().accessPass.updateMany({ where, data: { tries: 5 } });
  await db().account.update({ where: { id: person.id }, data: { failuresInRow: 0, lockedUntil: null } });
};

const passwordBudgetOf = (person: Person) => async () => {
  for (const address of ["127.0.0.1", "::1"]) await forgetBudget("password-account", person.email, address);
};

const letters = ["emoji", "Arabic", "Han"];
// No page needs more than 64 kB for a form, and all of these are under that.
const none: readonly string[] = [];
// What a browser's dialog answered; no string that is not signed is any better than this one.
const credential = { right: { credential: "{}" }, fields: { credential: none } };
const newPassword = "nine patient lighthouses 41";

test("sign-up", async () => {
  const email = `bad-${randomUUID()}@example.com`;
  await tryAll(newBrowser(), {
    action: "signUpAction",
    path: "/sign-up",
    right: { name: "Ann", email, password: newPassword },
    fields: { name: letters, email: none, password: none },
    standing: () => db().mailLink.count({ where: { emailKey: email } }),
  });
});

test("sign-in", async () => {
  const person = await makePerson();
  const form = { path: "/sign-in", standing: accountOf(person), before: passwordBudgetOf(person) };
  await tryAll(newBrowser(), {
    ...form,
    action: "post /sign-in",
    right: { email: person.email, password },
    fields: { email: none, password: none },
  });
  await tryAll(newBrowser(), { ...form, ...credential, action: "passkeySignInAction" });
});

test("the second step, and the other ways", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const browser = newBrowser();
  await browser.submit("/sign-in", "Sign in", { email: person.email, password });
  const form = { standing: accountOf(person), before: triesOf(person) };
  await tryAll(browser, {
    ...form,
    action: "post /sign-in/two-step",
    path: "/sign-in/two-step",
    right: { code: appCode(person) },
    // A box that is not there is a box that is not ticked.
    fields: { code: none, trust: ["missing", "an object"] },
  });
  await tryAll(browser, {
    ...form,
    action: "chooseAction",
    path: "/sign-in/two-step/other",
    button: "Use a recovery code",
    fields: { way: none },
  });
});

test("forgotten passwords", async () => {
  const person = await makePerson();
  const browser = newBrowser();
  const standing = accountOf(person);
  await tryAll(browser, {
    action: "forgotPasswordAction",
    path: "/forgot-password",
    right: { email: person.email },
    fields: { email: none },
    standing,
  });
  await browser.submit("/forgot-password", "Send link", { email: person.email });
  await tryAll(browser, {
    action: "resetPasswordAction",
    path: linkIn(await mailTo(person.email, "Choose a new password")),
    button: "Save new password",
    right: { password: newPassword },
    fields: { password: none },
    standing: accountOf(person),
  });
});

test("the confirmation of a new account in another browser", async () => {
  const email = `bad-${randomUUID()}@example.com`;
  await newBrowser().submit("/sign-up", "Create account", { name: "Ann", email, password: newPassword });
  const link = linkIn(await mailTo(email, "Confirm your e-mail address"));
  const { id } = await db().mailLink.findFirstOrThrow({ where: { emailKey: email } });
  await tryAll(newBrowser(), {
    action: "confirmSignUpAction",
    path: link,
    button: "Confirm e-mail address",
    right: { password: newPassword },
    fields: { password: none },
    standing: () => db().account.count({ where: { email } }),
    before: () => forgetBudget("confirm-sign-up", id),
  });
});

test("the fresh proof", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await browserOf(person);
  const budget = passwordBudgetOf(person);
  const tries = triesOf(person);
  const form = {
    standing: accountOf(person),
    before: async () => {
      await budget();
      await tries();
    },
  };
  await tryAll(browser, {
    ...form,
    action: "confirm/actions.ts confirmAction",
    path: "/account/confirm",
    right: { password },
    fields: { password: none },
    idle: ["email"], // shown for password managers; whose password it is, the session says
  });
  await browser.submit("/account/confirm", "Continue", { password });
  await tryAll(browser, {
    ...form,
    action: "confirmAnswerAction",
    path: "/account/confirm/two-step",
    right: { code: appCode(person) },
    fields: { code: none },
  });
  await tryAll(browser, {
    ...form,
    action: "chooseForProofAction",
    path: "/account/confirm/two-step/other",
    button: /^Text a code/,
    fields: { way: none },
  });
});

test("a passkey that is made, offered, proves again and is the second step", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const form = { standing: accountOf(person), before: triesOf(person), ...credential };
  const fresh = newBrowser();
  const begun = await fresh.follow(
    await fresh.submit("/sign-in", "Sign in", { email: person.email, password }),
  );
  await fresh.press(begun, "Sign in", { code: appCode(person) });
  await tryAll(fresh, {
    ...form,
    action: "addPasskeyOfBrowserAction",
    path: "/account",
    leadsBack: true, // nobody asked for it, so nothing is said
  });

  const browser = await browserOf(person);
  await browser.submit("/account/security/add", "Add a passkey or security key");
  await tryAll(browser, { ...form, action: "makePasskeyAction", path: "/account/security/add/passkey" });
  const page = await browser.get("/account/security/add/passkey");
  const [, options = "{}"] = /data-passkey-options="([^"]*)"/.exec(page.body) ?? [];
  const asked = JSON.parse(options.replaceAll("&quot;", '"'));
  const made = new SoftPasskey(browser.origin).make(asked);
  const added = await browser.press(page, "Create a passkey", { credential: made });
  expect(added.headers.location).toBe("/account/security");

  const again = { ...form, standing: accountOf(person) };
  await tryAll(browser, { ...again, action: "confirmPasskeyAction", path: "/account/confirm" });
  await browser.submit("/account/confirm", "Continue", { password });
  await browser.submit("/account/confirm/two-step/other", "Use a passkey or security key");
  await tryAll(browser, {
    ...again,
    action: "confirmPasskeyAnswerAction",
    path: "/account/confirm/two-step",
  });
  const other = newBrowser();
  await other.submit("/sign-in", "Sign in", { email: person.email, password });
  await other.submit("/sign-in/two-step/other", "Use a passkey or security key");
  await tryAll(other, {
    ...again,
    action: "answerPasskeyAction",
    path: "/sign-in/two-step",
    fields: { ...credential.fields, trust: ["missing", "an object"] },
  });
});

test("name, e-mail and password", async () => {
  const person = await makePerson();
  const browser = await browserOf(person);
  const standing = accountOf(person);
  await tryAll(browser, {
    action: "changeNameAction",
    path: "/account/settings/name",
    right: { name: "Robin" },
    fields: { name: letters },
    standing,
  });
  await tryAll(browser, {
    action: "changeEmailAction",
    path: "/account/settings/email",
    right: { email: `new-${person.email}` },
    fields: { email: none },
    standing,
  });
  const { id } = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
  await tryAll(browser, {
    action: "changePasswordAction",
    path: "/account/settings/password",
    right: { current: password, password: newPassword },
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
  const form = { standing: accountOf(person), before: triesOf(person) };
  const path = "/account/security/setup";
  await tryAll(browser, {
    ...form,
    action: "setup/actions.ts phoneAction",
    path,
    right: { country: "GB", number: `0${number.slice(3)}`, channel: "text" },
    fields: { country: none, number: none, channel: none },
  });
  const code = { right: { code: "123456" }, fields: { code: none } };
  await tryAll(browser, { ...form, ...code, action: "setup/actions.ts appAction", path });
  await browser.submit(path, "Send code", { country: "GB", number, channel: "text" });
  await tryAll(browser, {
    ...form,
    ...code,
    standing: accountOf(person),
    action: "setup/actions.ts codeAction",
    path: `${path}/code`,
  });
});

test("the rows of the settings, and the browsers that are signed in", async () => {
  const person = await makePerson({ methods: ["app", "text", "voice", "text"] });
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
  const [app = "", phone = "", landline, old] = person.methods.map(({ id }) => id);
  await db().method.update({ where: { id: old }, data: { retiresAt: new Date(now.getTime() + days(9)) } });
  const standing = accountOf(person);
  // An id in other letters or with something behind it is nobody's: the list it leads back to is up to date.
  const row = { standing, leadsBack: true, fields: { id: none }, path: "/account/security" } as const;
  await tryAll(browser, { ...row, action: "askFirstAction" });
  await tryAll(browser, { ...row, action: "moveUpAction" });
  await tryAll(browser, { ...row, action: "keepNumberAction" });
  await tryAll(browser, { ...row, action: "forgetDeviceAction" });
  await tryAll(browser, {
    ...row,
    action: "endSessionAction",
    path: "/account/sessions",
    button: /^Sign out Chrome/,
  });

  const page = `/account/security/methods/${landline}`;
  await tryAll(browser, { ...row, action: "removeAction", path: page });
  const named = { standing, right: { label: "My phone" } };
  await tryAll(browser, { ...row, ...named, action: "nameAction", path: `${page}/name`, idle: ["label"] });
  await tryAll(browser, {
    ...named,
    action: "nameAction",
    path: `/account/security/methods/${app}/name`,
    idle: ["id"], // above
    // A name may be in any letters, or none, and what nobody can see is taken out of it; where it is kept need not be said.
    fields: {
      label: ["NUL", "empty", "blank", "missing", "an object", ...letters],
      place: ["empty", "missing", "an object"],
    },
  });
  await tryAll(browser, {
    ...row,
    action: "sendTrialCodeAction",
    path: `/account/security/methods/${phone}/try`,
  });
  const trial = { path: `/account/security/methods/${app}/try`, action: "try/actions.ts tryAction" };
  await tryAll(browser, { ...row, ...trial, right: { code: "123456" }, idle: ["code"] });
  await tryAll(browser, {
    ...trial,
    standing,
    before: triesOf(person),
    right: { code: appCode(person) },
    idle: ["id"],
    fields: { code: none },
  });
  const both = { id: { in: [app, phone] } };
  await db().method.updateMany({ where: both, data: { disabledAt: now } });
  await tryAll(browser, {
    ...row,
    action: "sendEnablingCodeAction",
    path: `/account/security/methods/${phone}/enable`,
  });
  const enabling = {
    path: `/account/security/methods/${app}/enable`,
    action: "enable/actions.ts enableAction",
  };
  await tryAll(browser, { ...row, ...enabling, right: { code: "123456" }, idle: ["code"] });
  await tryAll(browser, {
    ...enabling,
    standing,
    before: triesOf(person),
    right: { code: appCode(person) },
    idle: ["id"],
    fields: { code: none },
  });
  await db().method.updateMany({ where: both, data: { disabledAt: null } });
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenMethodId: landline } });
  await tryAll(browser, { ...row, action: "proveAnotherAction", path: page });
});

test("a removal that leaves one way to get codes takes a tick and nothing like it", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  await tryAll(await browserOf(person), {
    action: "removeAction",
    path: `/account/security/methods/${person.methods[1]?.id}`,
    right: { understood: "on" },
    fields: { understood: none },
    idle: ["id"], // above
    standing: accountOf(person),
    leadsBack: true,
  });
});

test("recovery codes: that they are saved, and three characters of one", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const browser = await browserOf(person);
  const path = "/account/security/recovery-codes";
  await browser.submit(`${path}/try`, "Begin");
  await tryAll(browser, {
    action: "tryCodesAction",
    path: `${path}/try`,
    right: { code: "AAA" },
    fields: { code: none },
    standing: accountOf(person),
    before: triesOf(person),
  });
  await browser.submit(path, /^Make new recovery codes/);
  await tryAll(browser, {
    action: "savedAction",
    path,
    right: { saved: "on" },
    fields: { set: none, saved: none },
    standing: accountOf(person),
    leadsBack: true,
  });
});

test("a number that will change", async () => {
  const person = await makePerson({ methods: ["text", "app"] });
  const browser = await browserOf(person);
  const path = `/account/security/new-number/${person.methods[0]?.id}`;
  const number = freshNumber();
  const right = { country: "GB", number: `0${number.slice(3)}`, channel: "text" };
  const form = { action: "beginNewNumberAction", path, right, standing: accountOf(person) };
  await tryAll(browser, { ...form, fields: { country: none, number: none, channel: none }, idle: ["id"] });
  await tryAll(browser, {
    ...form,
    fields: { id: none },
    idle: Object.keys(right),
    leadsBack: true,
  });
  await browser.submit(path, "Send code", right);
  await tryAll(browser, {
    action: "confirmNewNumberAction",
    path: `${path}/code`,
    right: { code: "123456" },
    fields: { code: none },
    standing: accountOf(person),
    before: triesOf(person),
  });
});

test("a phone that was stolen, taken into use again, and put back by the link", async () => {
  const person = await makePerson({ methods: ["text", "app", "voice"] });
  const [phone, app, landline] = person.methods.map(({ id }) => id);
  const browser = await browserOf(person);
  const row = { standing: accountOf(person), leadsBack: true, fields: { id: none } } as const;
  const path = `/account/security/stolen/${phone}`;
  const proveWith = (id: string | undefined) =>
    db().session.updateMany({ where: { accountId: person.id }, data: { provenMethodId: id ?? null } });
  await proveWith(phone);
  await tryAll(browser, { ...row, action: "proveElseAction", path });
  await proveWith(landline);
  // A box with another name is no box of this page.
  await tryAll(browser, { ...row, action: "suspendAction", path, idle: [`also-${app}`, "boxes"] });
  await browser.submit(path, "Suspend it now");
  await tryAll(browser, {
    ...row,
    standing: accountOf(person),
    action: "restoreAction",
    path: `${path}/back`,
  });

  const { body } = await mailTo(person.email, /suspended/i);
  const link = /(\/put-back\/[A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "";
  const back = { path: link, standing: accountOf(person), before: triesOf(person) };
  const number = person.methods[0]?.kind === "phone" ? person.methods[0].number : "";
  await tryAll(newBrowser(), {
    ...back,
    action: "chooseForWayBackAction",
    button: /^(Text a code|Use this)/,
    fields: { id: none },
  });
  const there = await newBrowser().get(link);
  expect(there.status).toBe(200);
  await newBrowser().submit(link, /^(Text a code|Use this)/);
  await tryAll(newBrowser(), {
    ...back,
    action: "putBackAction",
    button: /^Put it back|^Take it/,
    right: { code: await codeSentTo(number).catch(() => appCode(person)), password },
    fields: { code: none, password: none },
  });
});

test("a recovery: begun, shown, and finished in its browser or by its link", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = newBrowser();
  const budget = passwordBudgetOf(person);
  const tries = triesOf(person);
  const form = {
    standing: accountOf(person),
    before: async () => {
      await budget();
      await tries();
    },
  };
  await tryAll(browser, {
    ...form,
    action: "recover/actions.ts beginAction",
    path: "/recover",
    right: { email: person.email, password },
    fields: { email: none, password: none },
  });
  await browser.submit("/recover", "Begin with my password", { email: person.email, password });
  const shown = { ...form, path: "/recover/proofs", standing: accountOf(person) };
  await tryAll(browser, {
    ...shown,
    action: "proveAction",
    right: { code: "AAAAA-BBBBB" },
    fields: { code: none },
  });
  await tryAll(browser, {
    ...shown,
    action: "oldNumberAction",
    right: { number: "+44 7400 123456" },
    fields: { number: none },
  });

  const begun = await newestRecovery(person);
  // As one that was begun on a known browser, without the password.
  await db().recoveryProof.deleteMany({ where: { recoveryId: begun?.id ?? "" } });
  await tryAll(browser, {
    ...shown,
    action: "provePasswordAction",
    right: { password },
    fields: { password: none },
  });
  await browser.submit("/recover/proofs", "Add my password", { password });
  await db().recoveryProof.create({
    data: { recoveryId: begun?.id ?? "", kind: "email", provenAt: new Date() },
  });
  await browser.submit("/recover/proofs", "Start the waiting time");
  await expect
    .poll(async () => (await newestRecovery(person))?.readyAt ?? null, { timeout: 20_000 })
    .not.toBeNull();
  await letPass(person, days(7) + seconds(5));
  // The link finishes with the password that it began with, and that is older than it.
  const passwordChangedAt = new Date(Date.now() - days(30));
  await db().account.update({ where: { id: person.id }, data: { passwordChangedAt } });
  const ready = { ...form, standing: accountOf(person) };
  await tryAll(browser, {
    ...ready,
    action: "recover/status/actions.ts finishAction",
    path: "/recover/status",
    right: { current: password, password: newPassword },
    fields: { current: none, password: none },
  });
  const byCode = "/recover/status?by=mail";
  await browser.submit(byCode, "Mail me a code");
  const code = (await mailTo(person.email, "Your code to finish")).body.split("\n", 1)[0] ?? "";
  await tryAll(browser, {
    ...ready,
    action: "recover/status/actions.ts finishAction",
    path: byCode,
    right: { code, password: newPassword },
    fields: { code: none, password: none },
  });
  const { body } = await mailTo(person.email, "Somebody is recovering your account");
  await tryAll(newBrowser(), {
    ...ready,
    action: "finishByLinkAction",
    path: /(\/recover\/[A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "",
    button: "Save and finish",
    right: { current: password, password: newPassword },
    fields: { current: none, password: none },
  });
});

test("a second address, and people who vouch for each other", async () => {
  const [person, friend] = [await makePerson({ methods: ["app"] }), await makePerson({ methods: ["app"] })];
  const longAgo = new Date(Date.now() - days(30));
  const named = (acceptedAt: Date | null, by: Person, whom: Person) =>
    db().recoveryContact.create({
      data: {
        id: randomUUID(),
        accountId: by.id,
        emailKey: whom.email,
        contactId: acceptedAt === null ? null : whom.id,
        createdAt: longAgo,
        acceptedAt,
      },
    });
  await named(longAgo, person, friend);
  await named(null, friend, person);
  const browser = await browserOf(person);
  const kept = { path: "/account/settings/recovery", standing: accountOf(person) };
  await tryAll(browser, {
    ...kept,
    action: "askSecondEmailAction",
    right: { email: `second-${person.email}` },
    fields: { email: none },
  });
  await tryAll(browser, {
    ...kept,
    action: "nameContactAction",
    right: { contact: `friend-${person.email}` },
    fields: { contact: none },
  });
  const row = { leadsBack: true, fields: { id: none } } as const;
  await tryAll(browser, { ...kept, ...row, action: "removeContactAction" });

  const asked = { path: "/account/contacts", standing: accountOf(friend), ...row };
  await tryAll(browser, { ...asked, action: "acceptAction" });
  await tryAll(browser, { ...asked, action: "declineAction" });

  const lost = newBrowser();
  await lost.submit("/recover", "Begin with my password", { email: person.email, password });
  await lost.submit("/recover/proofs", "Ask my recovery contacts");
  await tryAll(await browserOf(friend), {
    action: "giveCodeAction",
    path: "/account/contacts",
    fields: { case: none },
    standing: () => db().recoverySecret.count({ where: { recovery: { accountId: person.id } } }),
  });
});

test("what was not me: the browser of an event is signed out by its own button only", async () => {
  const person = await makePerson();
  const other = newBrowser();
  await other.submit("/sign-in", "Sign in", { email: person.email, password });
  const browser = await browserOf(person);
  const list = await browser.get("/account/activity");
  const path = /\/account\/activity\/[0-9a-f]{32}/.exec(list.body)?.[0] ?? "";
  await tryAll(browser, {
    action: "endSessionOfEventAction",
    path,
    fields: { event: none },
    standing: accountOf(person),
    leadsBack: true,
  });
});

test("an access pass, and the one way to get codes that is set up with it", async () => {
  const person = await makePerson({ methods: ["text"] });
  const pass = await makePass(person);
  const browser = newBrowser();
  const budget = passwordBudgetOf(person);
  const tries = triesOf(person);
  const form = {
    standing: accountOf(person),
    before: async () => {
      await budget();
      await tries();
    },
  };
  const right = { email: person.email, password, pass };
  await tryAll(browser, {
    ...form,
    action: "openPassAction",
    path: "/access-pass",
    right,
    fields: { email: none, password: none, pass: none },
  });
  const opened = await browser.submit("/access-pass", "Continue", right);
  expect(opened.headers.location).toBe("/access-pass/method");
  const number = freshNumber();
  const path = "/access-pass/method";
  await tryAll(browser, {
    ...form,
    action: "phoneByPassAction",
    path,
    right: { country: "GB", number: `0${number.slice(3)}`, channel: "text" },
    fields: { country: none, number: none, channel: none },
  });
  const code = { right: { code: "123456" }, fields: { code: none } };
  await tryAll(browser, { ...form, ...code, action: "appByPassAction", path });
  await browser.submit(path, "Send code", { country: "GB", number, channel: "text" });
  await tryAll(browser, {
    ...form,
    ...code,
    standing: accountOf(person),
    action: "codeByPassAction",
    path: "/access-pass/code",
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

// Actions that look at no field of a person's: a box that is judged above, or where to lead back to.
const tryNothing = [
  "setup/actions.ts finishAction", // the box "trust", above
  "endOthersAction", // whatever stands in its field, it ends all others, and leads back to a page of this account
];

test("every action of the build that reads a form is tried here, and every post", () => {
  const spec = fs.readFileSync("e2e/bad-input.spec.ts", "utf8");
  const tried = [...[...spec.matchAll(/\baction: "([^"]+)"/g)].map(([, name = ""]) => name), ...tryNothing];
  const reading = builtActions().flatMap(({ file, exported, name }) => {
    const source = fs.readFileSync(file, "utf8");
    const signature = new RegExp(`export async function ${exported}\\(([^)]*)\\)`).exec(source);
    return signature?.[1]?.includes(": FormData") ? [name] : [];
  });
  expect(reading.length).toBeGreaterThan(50);
  expect(builtPosts()).toContain("post /sign-in");
  expect(
    [...reading, ...builtPosts()].filter((name) => !tried.some((known) => name.endsWith(known))),
  ).toEqual([]);
});

const junk = [
  "%00",
  "%0d%0aX-Bad:%201",
  "%F0%9F%94%91",
  "..%2f..%2fetc",
  "__proto__",
  "[object Object]",
  "%E0%A4%A",
  "A".repeat(43),
];
const queries = [
  "",
  "?page=-1",
  "?show=%00&before=%00",
  "?show[]=x&show=y&before=9e99&before=1",
  "?before=99999999999999999999",
  "?__proto__[x]=1",
];
const cookieNames = [
  "session",
  "attempt",
  "devices",
  "asked-for",
  "signed-out",
  "recovery",
  "access-pass",
  "language",
  "line",
];

test("whatever stands in an address, a cookie or a header, no page of the build is an error or changes anything", async () => {
  test.setTimeout(180_000);
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const standing = accountOf(person);
  const before = plain(await standing());
  const signedIn = await browserOf(person);
  const faults: string[] = [];
  const look = async (browser: Browser, target: string, headers: Record<string, string> = {}) => {
    const answer = await browser.get(target, headers);
    if (answer.status >= 500)
      faults.push(`${target} ${JSON.stringify(headers).slice(0, 80)}: ${answer.status}`);
    const lacking = lackingHeaders(target.split("?", 1)[0] ?? "", answer.headers as Record<string, string>);
    // What is no HTTP is answered before anybody knows which page was meant.
    if (lacking.length > 0 && ![400, 431].includes(answer.status)) faults.push(`${target}: ${lacking}`);
  };
  for (const route of builtPages()) {
    const parameter = /\[[^\]]+\]/.exec(route)?.[0];
    const paths =
      parameter === undefined
        ? queries.map((query) => route + query)
        : junk.map((text) => route.replace(parameter, text.replaceAll(" ", "%20")));
    for (const path of paths) {
      await look(signedIn, path);
      await look(newBrowser(), path);
    }
  }
  for (const value of [
    "%",
    "%00",
    "\u00ff\u00fe",
    "a".repeat(4_000),
    "__proto__",
    '{"not":""}',
    "A".repeat(43),
  ]) {
    const cookie = cookieNames.map((name) => `latchkey.${name}=${value}`).join("; ");
    for (const path of [
      "/sign-in",
      "/sign-in/two-step",
      "/account",
      "/account/security",
      "/recover/proofs",
      "/access-pass/method",
      "/outbox",
    ]) {
      await look(newBrowser(), path, { cookie });
    }
  }
  const headers: Record<string, string>[] = [
    ...["garbage", "1.1.1.1,".repeat(300), "::ffff:999.1.1.1", "\u00ff"].map((text) => ({
      "x-forwarded-for": text,
    })),
    ...["de-".repeat(3_000), "\u00ff;q=x", "*;q=NaN,,;;q="].map((text) => ({ "accept-language": text })),
    ...["x".repeat(10_000), "", "\u00ff\u00fe", "Chrome/\t"].map((text) => ({ "user-agent": text })),
    ...["evil.example", "a b/../", "localhost:99999", "\u00ff"].map((host) => ({ host })),
    { origin: "null" },
    { referer: "\u00ff" },
    { range: "bytes=0-9" },
    { "if-none-match": "*" },
    { "if-modified-since": "never" },
    { accept: "application/json" },
    { authorization: "Bearer %" },
    { "accept-encoding": "\u00ff;q=,br;q=0" },
  ];
  for (const header of headers)
    for (const path of ["/sign-in", "/account", "/account/activity", "/sign-up"])
      await look(signedIn, path, header);
  expect(faults).toEqual([]);
  // Only the browser that is looked at may be signed out by another kind of browser that has its cookie.
  expect({ ...JSON.parse(plain(await standing())), sessions: 1 }).toEqual({
    ...JSON.parse(before),
    sessions: 1,
  });
});
