import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import { type ActionName, actions as proofActions, type Task, taskOfPath, taskText } from "@/lib/proof";
import { type Arena, begin, cookie, expect, sessionsOf, test, withSession } from "../fixtures/arena";
import { type BuiltAction, builtActions, builtPages, builtPosts, builtRoutes } from "../fixtures/build";
import {
  type Answer,
  type Browser,
  filled,
  formsOf,
  formWith,
  locationOf,
  send,
  textOf,
} from "../fixtures/http";
import { scriptPolicyOf } from "../fixtures/journey";
import { freshNumber, makePerson, type Person, password } from "../fixtures/people";
import { startSite } from "../fixtures/site";
import { stateOf } from "../fixtures/state";

/** What a page or an action asks of whoever comes: nothing, a session, or a fresh proof. */
type Level = "public" | "session" | "proof";

// A page of the build that does not stand here fails the check: whoever adds one says what it asks for.
const pages: Readonly<Record<string, Level>> = {
  "/": "public",
  "/_global-error": "public",
  "/_not-found": "public",
  "/icon.svg": "public",
  "/outbox": "public", // the demonstration only; lib/outbox
  "/forgot-password": "public",
  "/language": "public", // the switch at the foot of every page; its own promises in languages.spec.ts
  "/forgot-password/check-your-mail": "public",
  "/recover": "public",
  "/recover/[token]": "public", // the token of a mail shows where a recovery stands; recovery.spec.ts has its promises
  "/recover/done": "public",
  "/recover/proofs": "public", // without the cookie of a recovery it leads to its beginning
  "/recover/status": "public",
  "/recover/stop/[token]": "public",
  "/recover/stopped": "public",
  "/confirm-second-email/[token]": "public",
  "/confirm-second-email/done": "public",
  "/account/contacts": "proof",
  "/account/recovery": "session",
  "/account/settings/recovery": "proof",
  "/reset-password/[token]": "public",
  "/reset-password/done": "public",
  "/sign-in": "public",
  "/sign-in/new-number": "public", // says what to do, and remembers where to go after a whole sign-in
  "/sign-in/stolen": "public",
  "/sign-in/two-step": "public",
  "/sign-in/two-step/other": "public",
  "/sign-up": "public",
  "/sign-up/check-your-mail": "public",
  "/sign-up/confirm/[token]": "public",
  "/sign-up/confirmed": "public",
  "/confirm-email/[token]": "public",
  "/confirm-email/done": "public",
  "/.well-known/passkey-endpoints": "public", // two addresses of ours, for password managers
  "/put-back/[token]": "public", // a link and a code of the removed method; its own promises in methods.spec.ts
  "/put-back/done": "public",
  "/access-pass": "public", // address, password and a pass of two agents; its own promises in desk.spec.ts
  "/access-pass/method": "public", // an opened pass: one method, and nothing of the account
  "/access-pass/code": "public",
  "/access-pass/done": "public",
  "/access-pass/over": "public",
  "/api/auth/[...nextauth]": "public",
  "/api/line/[which]": "public", // 404 for whoever has no attempt and sets nothing up; its own promise below
  "/api/delivery/[provider]": "public", // believes a provider's signature and nothing else (AT-118)
  "/account": "session",
  "/.well-known/change-password": "public", // leads to a page with its own guard
  "/.well-known/security.txt": "public",
  "/account/activity": "session",
  "/account/activity/[id]": "session",
  "/account/activity/download": "proof",
  "/account/activity/download/[format]": "session", // without a fresh proof it leads to the page above; see activity.spec.ts
  "/account/confirm": "session",
  "/account/confirm/two-step": "session",
  "/account/confirm/two-step/other": "session",
  "/account/required": "session",
  "/account/sessions": "session",
  "/account/settings/email/check-your-mail": "session",
  "/account/security": "proof",
  "/account/security/add": "proof",
  "/account/security/add/code": "proof",
  "/account/security/add/passkey": "proof",
  "/account/security/methods/[id]": "proof",
  "/account/security/methods/[id]/enable": "proof",
  "/account/security/methods/[id]/name": "proof",
  "/account/security/methods/[id]/try": "proof",
  "/account/security/new-number": "proof",
  "/account/security/new-number/[id]": "proof",
  "/account/security/new-number/[id]/code": "proof",
  "/account/security/stolen": "proof",
  "/account/security/stolen/[id]": "proof",
  "/account/security/stolen/[id]/back": "proof",
  "/account/security/stolen/[id]/next": "proof",
  "/account/security/recovery-codes": "proof",
  "/account/security/recovery-codes/download": "proof",
  "/account/security/recovery-codes/try": "proof",
  "/account/security/setup": "proof",
  "/account/security/setup/backup": "proof",
  "/account/security/setup/code": "proof",
  "/account/security/setup/done": "proof",
  "/account/security/setup/finish": "proof",
  "/account/security/turn-off": "proof",
  "/account/settings": "proof",
  "/account/settings/email": "proof",
  "/account/settings/name": "proof",
  "/account/settings/password": "proof",
};

// The same for every server action of the build, by file and name.
const actions: Readonly<Record<string, Level>> = {
  "app/(signed-out)/forgot-password/actions.ts forgotPasswordAction": "public",
  "app/(signed-out)/reset-password/[token]/actions.ts resetPasswordAction": "public",
  "app/(signed-out)/reset-password/[token]/actions.ts recoverByLinkAction": "public",
  "app/(signed-out)/recover/actions.ts beginAction": "public",
  "app/(signed-out)/recover/actions.ts beginFromSignInAction": "public",
  "app/(signed-out)/recover/proofs/actions.ts askContactsAction": "public",
  "app/(signed-out)/recover/proofs/actions.ts mailCodesAction": "public",
  "app/(signed-out)/recover/proofs/actions.ts oldNumberAction": "public",
  "app/(signed-out)/recover/proofs/actions.ts proveAction": "public",
  "app/(signed-out)/recover/proofs/actions.ts provePasswordAction": "public",
  "app/(signed-out)/recover/proofs/actions.ts startAction": "public",
  "app/(signed-out)/recover/status/actions.ts finishAction": "public",
  "app/(signed-out)/recover/status/actions.ts finishByLinkAction": "public",
  "app/(signed-out)/recover/status/actions.ts goOnAction": "public",
  "app/(signed-out)/recover/status/actions.ts mailFinishCodeAction": "public",
  "app/(signed-out)/recover/status/actions.ts stopAction": "public",
  "app/(signed-out)/recover/status/actions.ts stopByLinkAction": "public",
  "app/(signed-out)/recover/status/actions.ts stopByStopLinkAction": "public",
  "app/confirm-second-email/[token]/actions.ts confirmSecondEmailAction": "public",
  "app/account/recovery/actions.ts stopOwnRecoveryAction": "session", // it only ever protects
  "app/account/contacts/actions.ts acceptAction": "proof",
  "app/account/contacts/actions.ts declineAction": "proof",
  "app/account/contacts/actions.ts giveCodeAction": "proof",
  "app/account/settings/recovery/actions.ts askSecondEmailAction": "proof",
  "app/account/settings/recovery/actions.ts nameContactAction": "proof",
  "app/account/settings/recovery/actions.ts removeContactAction": "proof",
  "app/account/settings/recovery/actions.ts removeSecondEmailAction": "proof",
  "app/(signed-out)/sign-in/actions.ts passkeySignInAction": "public",
  "app/(signed-out)/sign-in/new-number/actions.ts goToNewNumberAction": "public",
  "app/(signed-out)/sign-in/stolen/actions.ts goToStolenAction": "public",
  "app/(signed-out)/sign-in/two-step/actions.ts answerPasskeyAction": "public",
  "app/(signed-out)/sign-in/two-step/other/actions.ts chooseAction": "public",
  "app/(signed-out)/sign-up/actions.ts signUpAction": "public",
  "app/(signed-out)/sign-up/confirm/[token]/actions.ts confirmSignUpAction": "public",
  "app/confirm-email/[token]/actions.ts confirmEmailAction": "public",
  "app/account/actions.ts addPasskeyOfBrowserAction": "session", // its proof is the sign-in of a moment ago; see passkeys.spec.ts
  "app/account/activity/[id]/actions.ts endOthersAction": "proof",
  "app/account/activity/[id]/actions.ts endSessionOfEventAction": "proof",
  "app/put-back/[token]/actions.ts chooseForWayBackAction": "public",
  "app/access-pass/actions.ts openPassAction": "public",
  "app/access-pass/actions.ts appByPassAction": "public",
  "app/access-pass/actions.ts beginAppByPassAction": "public",
  "app/access-pass/actions.ts codeByPassAction": "public",
  "app/access-pass/actions.ts phoneByPassAction": "public",
  "app/access-pass/actions.ts resendByPassAction": "public",
  "app/put-back/[token]/actions.ts putBackAction": "public",
  "app/account/sign-out/actions.ts signOutAction": "public", // signed out already is signed out
  "app/account/confirm/actions.ts confirmAction": "session",
  "app/account/confirm/actions.ts confirmPasskeyAction": "session",
  "app/account/confirm/two-step/actions.ts confirmAnswerAction": "session",
  "app/account/confirm/two-step/actions.ts confirmPasskeyAnswerAction": "session",
  "app/account/confirm/two-step/other/actions.ts chooseForProofAction": "session",
  "app/account/security/actions.ts askFirstAction": "proof",
  "app/account/security/actions.ts forgetAllDevicesAction": "proof",
  "app/account/security/actions.ts forgetDeviceAction": "proof",
  "app/account/security/add/passkey/actions.ts beginPasskeyAction": "proof",
  "app/account/security/add/passkey/actions.ts makePasskeyAction": "proof",
  "app/account/security/actions.ts moveUpAction": "proof",
  "app/account/security/methods/[id]/actions.ts proveAnotherAction": "proof",
  "app/account/security/methods/[id]/actions.ts removeAction": "proof",
  "app/account/security/methods/[id]/enable/actions.ts enableAction": "proof",
  "app/account/security/methods/[id]/enable/actions.ts sendEnablingCodeAction": "proof",
  "app/account/security/methods/[id]/name/actions.ts nameAction": "proof",
  "app/account/security/methods/[id]/try/actions.ts sendTrialCodeAction": "proof",
  "app/account/security/methods/[id]/try/actions.ts tryAction": "proof",
  "app/account/security/recovery-codes/try/actions.ts beginTrialAction": "proof",
  "app/account/security/recovery-codes/try/actions.ts tryCodesAction": "proof",
  "app/account/security/recovery-codes/actions.ts makeNewCodesAction": "proof",
  "app/account/security/setup/actions.ts appAction": "proof",
  "app/account/security/setup/actions.ts beginAppAction": "proof",
  "app/account/security/setup/actions.ts codeAction": "proof",
  "app/account/security/setup/actions.ts finishAction": "proof",
  "app/account/security/setup/actions.ts phoneAction": "proof",
  "app/account/security/recovery-codes/actions.ts savedAction": "proof",
  "app/account/security/recovery-codes/actions.ts haveCodesAction": "proof",
  "app/account/security/setup/actions.ts callInsteadAction": "proof",
  "app/account/security/setup/actions.ts sendAnotherAction": "proof",
  "app/account/security/setup/actions.ts startAction": "proof",
  "app/account/security/turn-off/actions.ts turnOffAction": "proof",
  "app/account/security/actions.ts keepNumberAction": "proof",
  "app/account/security/new-number/[id]/actions.ts beginNewNumberAction": "proof",
  "app/account/security/new-number/[id]/actions.ts callNewNumberAction": "proof",
  "app/account/security/new-number/[id]/actions.ts confirmNewNumberAction": "proof",
  "app/account/security/new-number/[id]/actions.ts sendNewNumberAgainAction": "proof",
  "app/account/security/stolen/[id]/actions.ts proveElseAction": "proof",
  "app/account/security/stolen/[id]/actions.ts suspendAction": "proof",
  "app/account/security/stolen/[id]/back/actions.ts restoreAction": "proof",
  "app/account/sessions/actions.ts endOtherSessionsAction": "proof",
  "app/account/sessions/actions.ts endSessionAction": "proof",
  "app/account/settings/email/actions.ts changeEmailAction": "proof",
  "app/account/settings/name/actions.ts changeNameAction": "proof",
  "app/account/settings/password/actions.ts changePasswordAction": "proof",
};

// What each of them that needs a fresh proof needs it for (lib/proof/actions.ts).
const needs: Readonly<Record<string, ActionName>> = {
  "/account/security": "see-settings",
  "/account/security/add": "add-method",
  "/account/security/add/code": "add-method",
  "/account/security/methods/[id]": "remove-method",
  "/account/security/recovery-codes": "new-recovery-codes",
  "/account/security/recovery-codes/download": "new-recovery-codes",
  "/account/security/setup": "add-method",
  "/account/security/setup/backup": "add-method",
  "/account/security/setup/code": "add-method",
  "/account/security/setup/done": "see-settings",
  "/account/security/setup/finish": "add-method",
  "/account/security/new-number": "see-phones",
  "/account/security/new-number/[id]": "change-number",
  "/account/security/new-number/[id]/code": "change-number",
  "/account/security/stolen": "see-phones",
  "/account/security/stolen/[id]": "suspend-phone",
  "/account/security/stolen/[id]/back": "restore-phone",
  "/account/security/stolen/[id]/next": "see-phones",
  "app/account/security/actions.ts keepNumberAction": "change-number",
  "app/account/security/new-number/[id]/actions.ts beginNewNumberAction": "change-number",
  "app/account/security/new-number/[id]/actions.ts callNewNumberAction": "change-number",
  "app/account/security/new-number/[id]/actions.ts confirmNewNumberAction": "change-number",
  "app/account/security/new-number/[id]/actions.ts sendNewNumberAgainAction": "change-number",
  "app/account/security/stolen/[id]/actions.ts proveElseAction": "suspend-phone",
  "app/account/security/stolen/[id]/actions.ts suspendAction": "suspend-phone",
  "app/account/security/stolen/[id]/back/actions.ts restoreAction": "restore-phone",
  "/account/security/turn-off": "turn-off",
  "/account/settings": "see-settings",
  "/account/settings/email": "change-email",
  "/account/contacts": "vouch",
  "/account/settings/recovery": "ways-back",
  "app/account/contacts/actions.ts acceptAction": "vouch",
  "app/account/contacts/actions.ts declineAction": "vouch",
  "app/account/contacts/actions.ts giveCodeAction": "vouch",
  "app/account/settings/recovery/actions.ts askSecondEmailAction": "ways-back",
  "app/account/settings/recovery/actions.ts nameContactAction": "ways-back",
  "app/account/settings/recovery/actions.ts removeContactAction": "ways-back",
  "app/account/settings/recovery/actions.ts removeSecondEmailAction": "ways-back",
  "/account/settings/name": "change-name",
  "/account/settings/password": "change-password",
  "app/account/security/actions.ts askFirstAction": "order-methods",
  "app/account/security/actions.ts forgetAllDevicesAction": "forget-devices",
  "app/account/security/actions.ts forgetDeviceAction": "forget-devices",
  "app/account/security/methods/[id]/actions.ts removeAction": "remove-method",
  "app/account/security/recovery-codes/actions.ts haveCodesAction": "new-recovery-codes",
  "app/account/security/recovery-codes/actions.ts makeNewCodesAction": "new-recovery-codes",
  "app/account/security/recovery-codes/actions.ts savedAction": "new-recovery-codes",
  "app/account/security/setup/actions.ts appAction": "add-method",
  "app/account/security/setup/actions.ts beginAppAction": "add-method",
  "app/account/security/setup/actions.ts callInsteadAction": "add-method",
  "app/account/security/setup/actions.ts codeAction": "add-method",
  "app/account/security/setup/actions.ts finishAction": "add-method",
  "app/account/security/setup/actions.ts phoneAction": "add-method",
  "app/account/security/setup/actions.ts sendAnotherAction": "add-method",
  "app/account/security/setup/actions.ts startAction": "add-method",
  "app/account/security/turn-off/actions.ts turnOffAction": "turn-off",
  "app/account/sessions/actions.ts endOtherSessionsAction": "end-sessions",
  "app/account/sessions/actions.ts endSessionAction": "end-sessions",
  "app/account/settings/email/actions.ts changeEmailAction": "change-email",
  "app/account/settings/name/actions.ts changeNameAction": "change-name",
  "app/account/settings/password/actions.ts changePasswordAction": "change-password",
  "/account/activity/download": "see-settings",
  "/account/security/add/passkey": "add-method",
  "/account/security/methods/[id]/enable": "enable-method",
  "/account/security/methods/[id]/name": "see-settings",
  "/account/security/methods/[id]/try": "see-settings",
  "/account/security/recovery-codes/try": "see-settings",
  "app/account/activity/[id]/actions.ts endOthersAction": "end-sessions",
  "app/account/activity/[id]/actions.ts endSessionOfEventAction": "end-sessions",
  "app/account/security/add/passkey/actions.ts beginPasskeyAction": "add-method",
  "app/account/security/add/passkey/actions.ts makePasskeyAction": "add-method",
  "app/account/security/actions.ts moveUpAction": "order-methods",
  "app/account/security/methods/[id]/actions.ts proveAnotherAction": "remove-method",
  "app/account/security/methods/[id]/enable/actions.ts enableAction": "enable-method",
  "app/account/security/methods/[id]/enable/actions.ts sendEnablingCodeAction": "enable-method",
  "app/account/security/methods/[id]/name/actions.ts nameAction": "see-settings",
  "app/account/security/methods/[id]/try/actions.ts sendTrialCodeAction": "see-settings",
  "app/account/security/methods/[id]/try/actions.ts tryAction": "see-settings",
  "app/account/security/recovery-codes/try/actions.ts beginTrialAction": "see-settings",
  "app/account/security/recovery-codes/try/actions.ts tryCodesAction": "see-settings",
};

const levelOf = (action: BuiltAction): Level => actions[action.name] ?? "public";

/** The path of a page that an action was built into. */
const hostOf = (action: BuiltAction): string => {
  return example(builtRoutes()[action.workers[0] ?? ""] ?? "/");
};
const example = (route: string): string =>
  route
    .replace("[token]", "A".repeat(43))
    .replace("[id]", randomUUID())
    .replace("[format]", "csv")
    .replace("[...nextauth]", "session");

/** Posts an action by its id, in the two ways that a form without script can. */
const callings = (id: string, values: Readonly<Record<string, string>>): [string, string][][] => [
  [[`$ACTION_ID_${id}`, ""], ...Object.entries(values)],
  [
    ["$ACTION_REF_1", ""],
    ["$ACTION_1:0", JSON.stringify({ id, bound: "$@1" })],
    ["$ACTION_1:1", '["$undefined"]'],
    ["$ACTION_KEY", "k0"],
    ...Object.entries(values),
  ],
];

/** Somebody with everything: two methods, recovery codes, a trusted device, two sessions. */
async function someone(arena: Arena): Promise<{ person: Person; fields: Record<string, string> }> {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const now = new Date();
  const device = randomUUID();
  await db().device.create({
    data: {
      id: device,
      accountId: person.id,
      tokenHash: hashToken(randomUUID()),
      browser: "Firefox · Linux",
      address: "192.0.2.1",
      createdAt: now,
      lastSeenAt: now,
      trustedAt: now,
      trustedUntil: new Date(now.getTime() + 86_400_000),
    },
  });
  await withSession(arena, person, false);
  return {
    person,
    fields: {
      id: person.methods[1]?.id ?? "",
      understood: "on",
      code: "000000",
      country: "GB",
      number: "07700900123",
      channel: "text",
      trust: "on",
      name: "Mallory",
      email: `${randomUUID()}@example.com`,
      current: password,
      password: "nine lanterns in fog 4",
      way: "recovery-codes",
      credential: "{}",
    },
  };
}

const turnedAway = (got: Answer): boolean =>
  got.status >= 300 &&
  got.status < 400 &&
  ["/sign-in", "/account/confirm"].includes(got.headers.location ?? "");

test("every page and every action of the build stands in the table of what it asks for (AT-066, AT-123)", () => {
  expect(builtPages().sort()).toEqual(Object.keys(pages).sort());
  expect(
    builtActions()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(actions).sort());
  // What is taken without the framework is for everybody, and each is a step of a sign-in.
  expect(builtPosts()).toEqual(["post /sign-in", "post /sign-in/two-step"]);
});

test("without a session every page of an account leads to the sign-in, and says nothing (AT-066, AT-124)", async ({
  arena,
}) => {
  for (const [route, level] of Object.entries(pages)) {
    if (level === "public") continue;
    const got = await arena.browser().get(example(route));
    expect(locationOf(got), route).toBe("/sign-in");
    expect(got.body, route).toBe("");
  }
});

test("without a fresh proof every page that shows or changes protection asks for one (AT-066)", async ({
  arena,
}) => {
  const { person } = await someone(arena);
  const browser = await withSession(arena, person, false);
  for (const [route, level] of Object.entries(pages)) {
    if (level !== "proof") continue;
    const got = await browser.get(example(route));
    expect(got.body, route).toBe("");
    // Whoever has one phone only is led on to its page, which asks.
    const isLedOn = /^\/account\/security\/(stolen|new-number)\/[0-9a-f-]{36}$/.test(locationOf(got) ?? "");
    const asking = isLedOn ? await browser.get(locationOf(got) ?? "") : got;
    expect(locationOf(asking), route).toBe("/account/confirm");
    expect(asking.body, route).toBe("");
  }
});

test("a page and an action that need a fresh proof stand in the table of what they need it for (AT-066)", () => {
  const level = { ...pages, ...actions };
  expect(Object.keys(needs).sort()).toEqual(
    Object.keys(level)
      .filter((name) => level[name] === "proof")
      .sort(),
  );
});

// A proof for one of these is good for one method alone.
const hasSubject: readonly ActionName[] = [
  "enable-method",
  "remove-method",
  "change-number",
  "suspend-phone",
  "restore-phone",
];

/** A session whose last proof, by a code that was sent, is good for one task. */
async function provenFor(arena: Arena, person: Person, task: Task): Promise<Browser> {
  const browser = await withSession(arena, person, true);
  const tokenHash = hashToken(browser.cookies.get(cookie.session) ?? "");
  await db().session.update({ where: { tokenHash }, data: { provenFor: taskText(task) } });
  return browser;
}

test("a proof by a code that was sent for one thing opens no page and runs no action of another grave one; nothing changes (AT-038, AT-066)", async ({
  arena,
}) => {
  test.slow();
  const { person, fields } = await someone(arena);
  const browsers: [Task, Browser][] = [];
  for (const task of [
    { name: "see-settings" },
    { name: "change-password" },
    { name: "remove-method", subject: randomUUID() },
    { name: "suspend-phone", subject: randomUUID() },
    { name: "enable-method", subject: randomUUID() },
  ] satisfies Task[])
    browsers.push([task, await provenFor(arena, person, task)]);
  const before = await stateOf(person);
  const isOther = (task: Task, name: ActionName) =>
    proofActions[name].isGrave && (task.name !== name || hasSubject.includes(name));
  for (const route of Object.keys(pages).filter((name) => needs[name] !== undefined))
    for (const [task, browser] of browsers) {
      const got = await browser.get(example(route));
      const isTurnedAway = locationOf(got) === "/account/confirm";
      expect([route, task.name, isTurnedAway]).toEqual([
        route,
        task.name,
        isOther(task, needs[route] ?? "see-settings"),
      ]);
    }
  for (const action of builtActions()) {
    const name = needs[action.name];
    if (name === undefined || !proofActions[name].isGrave) continue;
    for (const [task, browser] of browsers)
      for (const form of callings(action.id, fields)) {
        if (!isOther(task, name)) continue;
        const got = await browser.twin().post(hostOf(action), form);
        expect(locationOf(got), `${action.name} ${task.name}`).toBe("/account/confirm");
      }
  }
  expect(await stateOf(person)).toBe(before);
});

test("whoever proves what a page asks for is let in by it: nobody is asked for ever (AT-066)", async ({
  arena,
}) => {
  const { person } = await someone(arena);
  for (const route of Object.keys(pages).filter((name) => needs[name] !== undefined)) {
    const path = example(route);
    const browser = await provenFor(arena, person, taskOfPath(path));
    expect(locationOf(await browser.get(path)), route).not.toBe("/account/confirm");
  }
});

test("a fresh proof ends ten minutes after it was given, however busy its session is (AT-066)", async ({
  arena,
}) => {
  const { person } = await someone(arena);
  const browser = await withSession(arena, person, true);
  const tokenHash = hashToken(browser.cookies.get(cookie.session) ?? "");
  const provenAgo = (minutes: number) =>
    db().session.update({
      where: { tokenHash },
      data: { provenAt: new Date(Date.now() - minutes * 60_000) },
    });
  await provenAgo(9.9);
  expect((await browser.get("/account/settings")).status).toBe(200);
  await provenAgo(10);
  expect(locationOf(await browser.get("/account/settings"))).toBe("/account/confirm");
});

test("tricks with the framework's own headers open no page, and the door's headers are there (AT-120, AT-122, AT-124)", async ({
  arena,
}) => {
  const { person } = await someone(arena);
  const middleware = "middleware";
  const tricks: Record<string, string>[] = [
    ...[middleware, "src/middleware", "proxy", "pages/_middleware"].map((name) => ({
      "x-middleware-subrequest": Array.from({ length: 5 }, () => name).join(":"),
    })),
    { "x-middleware-subrequest": middleware, "x-middleware-subrequest-id": "1" },
    { "x-middleware-next": "1" },
    { "x-middleware-rewrite": "/account" },
    {
      "x-middleware-override-headers": "x-latchkey-address",
      "x-middleware-request-x-latchkey-address": "1.2.3.4",
    },
    { "x-nextjs-data": "1" },
    { "x-invoke-path": "/account", "x-invoke-status": "200", "x-invoke-output": "/account" },
    { "x-matched-path": "/account" },
    { "x-now-route-matches": "1=account" },
    { "x-original-url": "/account", "x-rewrite-url": "/account" },
    { purpose: "prefetch" },
    { "next-router-prefetch": "1" },
    { "next-router-prefetch": "2", rsc: "1", "next-router-segment-prefetch": "/account/__PAGE__" },
    { rsc: "1" },
    {
      rsc: "1",
      "next-router-state-tree": encodeURIComponent('["",{"children":["account",{}]},null,null,true]'),
    },
    { accept: "text/x-component" },
    { "x-prerender-revalidate": "1" },
    { "x-http-method-override": "POST" },
  ];
  const paths = ["/account", "/account/settings", "/account/security", "/account/security/recovery-codes"];
  const half = await withSession(arena, person, false);
  for (const headers of tricks)
    for (const path of paths) {
      const anonymous = await arena.browser().get(path, headers);
      expect(locationOf(anonymous), `${JSON.stringify(headers)} ${path}`).toBe("/sign-in");
      expect(anonymous.body).toBe("");
      expect(anonymous.headers["content-security-policy"]).toMatch(scriptPolicyOf(path));
      if (path === "/account") continue;
      expect(locationOf(await half.get(path, headers)), `${JSON.stringify(headers)} ${path}`).toBe(
        "/account/confirm",
      );
    }
  // The answers to a client router are never given, to nobody.
  for (const target of [
    "/account?_rsc=abc",
    "/account.rsc",
    "/account.RSC",
    "/account%2ersc",
    "/account.%72sc",
    "/account/.rsc",
    "/account.prefetch.rsc",
    "/sign-in.rsc",
    "/account.segments/_tree.segment.rsc",
    "/_next/data/x/account.json",
  ]) {
    const got = await half.get(target, { rsc: "1" });
    expect(got.headers["content-type"] ?? "", target).not.toContain("text/x-component");
    expect(got.body, target).not.toMatch(/^\d+:["[{I]/m);
  }
});

test("every action called by its id, from a page of its own or another, refuses whoever has no session, no proof or only half a sign-in; nothing changes (AT-066, AT-123)", async ({
  arena,
}) => {
  test.slow();
  const { person, fields } = await someone(arena);
  const half = arena.browser();
  await begin(half, person); // the password, and no more
  await db().limit.deleteMany();
  const unproven = await withSession(arena, person, false);
  const before = await stateOf(person);
  for (const action of builtActions()) {
    const level = levelOf(action);
    if (level === "public") continue;
    const hosts = [hostOf(action), "/sign-in"];
    for (const form of callings(action.id, fields)) {
      for (const host of hosts) {
        for (const browser of [arena.browser(), half.twin()]) {
          const got = await browser.post(host, form);
          expect(
            [303, 307, 404, 409].includes(got.status) || got.status === 200,
            `${action.name} ${host} ${got.status}`,
          ).toBe(true);
          if (got.status === 303)
            expect(turnedAway(got), `${action.name} ${got.headers.location}`).toBe(true);
          expect(browser.cookies.has(cookie.session)).toBe(false);
        }
      }
      if (level !== "proof") continue;
      const got = await unproven.twin().post(hostOf(action), form);
      expect(turnedAway(got), `${action.name} ${got.status} ${got.headers.location}`).toBe(true);
    }
  }
  expect(await stateOf(person)).toBe(before);
});

test("an action called with the wrong arguments by somebody who may call it changes nothing that is not theirs, and brings nothing down (AT-123)", async ({
  arena,
}) => {
  test.slow();
  const mine = await someone(arena);
  const victim = await someone(arena);
  const before = await stateOf(victim.person);
  // A redirect, or a page with a refusal: never the page of a fault.
  const any = [200, 303, 307];
  const bound: [values: unknown[], statuses: number[]][] = [
    [[null], any],
    [[{}, {}], any],
    [[victim.person.id, "x"], any],
    [["$undefined", { id: victim.person.id }], any],
    [[{ toString: "x", valueOf: "x" }], any], // an object that String() throws at
    // A function of the server, and a map, that nobody sent: the call does not begin.
    [["$F1"], [400]],
    [["$Q1"], [400]],
  ];
  for (const action of builtActions()) {
    const browser = await withSession(arena, mine.person, true);
    for (const [values, statuses] of bound) {
      const got = await browser.post(hostOf(action), [
        ["$ACTION_REF_1", ""],
        ["$ACTION_1:0", JSON.stringify({ id: action.id, bound: "$@1" })],
        ["$ACTION_1:1", JSON.stringify(values)],
        ["accountId", victim.person.id],
      ]);
      const what = `${action.name} ${JSON.stringify(values)} ${got.status}`;
      expect(statuses, what).toContain(got.status);
      if (got.status === 400) expect(textOf(got.body), what).toContain("We couldn't understand that request");
      expect(got.body, what).not.toMatch(/\bat async\b|node_modules|Error:/);
    }
  }
  expect(await stateOf(victim.person)).toBe(before);
  expect(arena.output()).not.toContain("nobody caught it");
  expect((await arena.browser().get("/api/health")).status).toBe(200);
});

test("a page does not run an action that it does not belong to, nor one that does not exist, also for somebody signed in and proven (AT-123)", async ({
  arena,
}) => {
  test.slow();
  const { person, fields } = await someone(arena);
  const browser = await withSession(arena, person, true);
  const before = await stateOf(person);
  const hosts = ["/account/settings/name", "/account", "/sign-in", "/outbox"];
  for (const action of builtActions()) {
    const own = action.workers.map((worker) => builtRoutes()[worker]);
    for (const host of hosts.filter((each) => !own.includes(each)))
      for (const form of callings(action.id, fields)) {
        const got = await browser.twin().post(host, form);
        expect(got.status, `${action.name} at ${host}`).toBe(409);
      }
  }
  for (const id of ["0".repeat(42), "x", "../actions", "constructor", "__proto__"]) {
    const got = await browser.twin().post("/account/settings/name", [
      [`$ACTION_ID_${id}`, ""],
      ["name", "Mallory"],
    ]);
    expect([400, 404, 409, 500], `${id} ${got.status}`).toContain(got.status);
  }
  expect(await stateOf(person)).toBe(before);
  // The same fields, where the action belongs.
  await browser.submit("/account/settings/name", "Save", { name: "Mallory" });
  expect(await stateOf(person)).not.toBe(before);
});

test("the header by which a client router calls actions is refused at the door (AT-123)", async ({
  arena,
}) => {
  const { person, fields } = await someone(arena);
  const browser = await withSession(arena, person, true);
  const before = await stateOf(person);
  for (const action of builtActions()) {
    const got = await browser.post(hostOf(action), Object.entries(fields), {
      headers: { "next-action": action.id },
    });
    expect(got.status, action.name).toBe(400);
  }
  expect(await stateOf(person)).toBe(before);
});

test("ids of another account in forms are nobody's: methods, devices, sessions (AT-071)", async ({
  arena,
}) => {
  const { person } = await someone(arena);
  const victim = await someone(arena);
  const before = await stateOf(victim.person);
  const browser = await withSession(arena, person, true);
  const theirs = {
    method: victim.person.methods[0]?.id ?? "",
    device: (await db().device.findFirstOrThrow({ where: { accountId: victim.person.id } })).id,
    session: (await db().session.findFirstOrThrow({ where: { accountId: victim.person.id } })).id,
  };
  for (const id of [theirs.method, randomUUID(), "not-an-id"]) {
    const got = await browser.follow(await browser.get(`/account/security/methods/${id}`));
    expect(got.status, id).toBe(404);
  }

  const own = person.methods[0]?.id ?? "";
  const removal = await browser.get(`/account/security/methods/${own}`);
  const form = formsOf(removal.body).find(({ names }) => names.includes("id"));
  for (const id of [theirs.method, "1", "", "{}", `${own}'`])
    await browser.post(removal.path, filled(form ?? formWith(removal, /./), { id, understood: "on" }));

  const security = await browser.get("/account/security");
  for (const each of formsOf(security.body).filter(
    ({ names, buttons }) => names.includes("id") || buttons.some(({ name }) => name === "id"),
  ))
    for (const id of Object.values(theirs)) await browser.post("/account/security", filled(each, { id }));

  const sessions = await browser.get("/account/sessions");
  const end = formsOf(sessions.body).find(({ buttons }) => buttons.some(({ name }) => name === "id"));
  const refused = await browser.post(
    "/account/sessions",
    filled(end ?? formWith(sessions, /./), { id: theirs.session }),
  );
  expect(refused.status).toBe(200);
  expect(refused.body).toContain("error-summary");

  expect(await stateOf(victim.person)).toBe(before);
  expect(await db().method.count({ where: { accountId: person.id, removedAt: null } })).toBe(2);
});

test("the secret of an app is the server's alone, and the set-up of one session is nobody else's (AT-070)", async ({
  arena,
}) => {
  const person = await makePerson();
  const mine = await withSession(arena, person, true);
  await mine.submit("/account/security", "Get Started");
  const page = await mine.get("/account/security/setup");
  const hidden = formsOf(page.body).flatMap(({ fields }) => fields);
  const secret = /secret=([A-Z2-7]{32})/.exec(page.body)?.[1] ?? "";
  expect(
    hidden.filter(([name, value]) => value.includes(secret) || /secret|tag|account|purpose/i.test(name)),
  ).toEqual([]);
  // A reload shows the same one; another session of the same account sees none of it and ends it by starting anew.
  expect((await mine.get("/account/security/setup")).body).toContain(secret);
  const other = await withSession(arena, person, true);
  expect((await other.get("/account/security/setup")).body).not.toContain(secret);
  const { generateSync } = await import("otplib");
  const form = formsOf(page.body).find(({ names }) => names.includes("code"));
  const own = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
  const posted = await mine.post(page.path, [
    ...filled(form ?? formWith(page, /./), { code: generateSync({ secret: own }) }),
    ["secret", own],
    ["data", JSON.stringify({ secret: own, tag: "AAAA" })],
  ]);
  expect(posted.status).toBe(200);
  const stolen = await other.post(
    page.path,
    filled(form ?? formWith(page, /./), { code: generateSync({ secret }) }),
  );
  expect(await db().method.count({ where: { accountId: person.id } })).toBe(0);
  expect(textOf(stolen.body)).not.toContain(secret);
});

test("the line of a code tells nothing to whoever has not begun what it is about (AT-004, AT-071, AT-111)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const pending = arena.browser();
  await begin(pending, person);
  const own = await pending.get("/api/line/sign-in", { accept: "application/json" });
  expect(own.status).toBe(200);
  const number =
    person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : []))[0] ?? "";
  for (const secret of [number.slice(-3), person.email, person.name, person.id])
    expect(own.body).not.toContain(secret);
  const attempt = pending.cookies.get(cookie.attempt) ?? "";
  const signedIn = await withSession(arena, person, true);
  signedIn.cookies.set(cookie.attempt, attempt);
  const guessing = arena.browser();
  guessing.cookies.set(cookie.attempt, "A".repeat(43));
  const swapped = arena.browser();
  swapped.cookies.set(cookie.attempt, signedIn.cookies.get(cookie.session) ?? "");
  for (const [browser, which] of [
    [arena.browser(), "sign-in"],
    [arena.browser(), "proof"],
    [arena.browser(), "enrolment"],
    [pending, "proof"],
    [pending, "enrolment"],
    [guessing, "sign-in"],
    [swapped, "sign-in"],
    [signedIn, "proof"], // an attempt of a sign-in proves no session
    [signedIn, "enrolment"],
    [pending, "x"],
    [pending, "__proto__"],
  ] as const) {
    const got = await browser.get(`/api/line/${which}`);
    expect(got.status, which).toBe(404);
    expect(got.body, which).toBe("{}");
    expect(got.headers["cache-control"]).toBe("no-store");
  }
});

test("a phone that is not confirmed gets no code of a sign-in and replaces nothing (AT-074)", async ({
  arena,
}) => {
  const { person } = await someone(arena);
  const browser = await withSession(arena, person, true);
  const unconfirmed = freshNumber();
  await browser.submit("/account/security/add", "Send code", {
    country: "GB",
    number: unconfirmed,
    channel: "text",
  });
  expect(await db().enrolment.count({ where: { accountId: person.id } })).toBe(1);
  await db().limit.deleteMany();
  const signing = arena.browser();
  await begin(signing, person);
  const ways = await signing.get("/sign-in/two-step/other");
  expect(textOf(ways.body)).not.toContain(`ending ${unconfirmed.slice(-2)}`);
  expect(await db().method.count({ where: { accountId: person.id, removedAt: null } })).toBe(2);
});

test("next-auth's own addresses give nobody a session and tell nothing (AT-130, AT-104)", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = arena.browser();
  const csrf = await browser.get("/api/auth/csrf");
  const csrfToken = /"csrfToken":"([^"]+)"/.exec(csrf.body)?.[1] ?? "";
  const bodies: [string, string][][] = [
    [["ticket", "A".repeat(43)]],
    [["ticket", ""]],
    [["ticket[]", "x"]],
    [["userId", person.id]],
    [
      ["id", person.id],
      ["email", person.email],
    ],
    [
      ["email", person.email],
      ["password", password],
    ],
    [
      ["accountId", person.id],
      ["sessionToken", "A".repeat(43)],
    ],
    [["user", JSON.stringify({ id: person.id })]],
  ];
  for (const target of ["/api/auth/callback/credentials", "/api/auth/signin/credentials", "/api/auth/signin"])
    for (const fields of bodies) {
      const got = await browser.post(
        target,
        [
          ...fields,
          ["csrfToken", csrfToken],
          ["callbackUrl", "https://evil.example/"],
          ["redirect", "false"],
        ],
        {
          enctype: "application/x-www-form-urlencoded",
        },
      );
      expect(got.status, `${target} ${got.body}`).toBeLessThan(500);
      expect(got.headers.location ?? "").not.toContain("evil.example");
      expect(browser.cookies.has(cookie.session), target).toBe(false);
    }
  const update = await browser.raw("/api/auth/session", {
    method: "POST",
    body: JSON.stringify({ csrfToken, data: { sessionToken: "A".repeat(43), user: { id: person.id } } }),
    headers: { "content-type": "application/json", origin: arena.origin },
  });
  expect(update.status).toBeLessThan(500);
  expect(browser.cookies.has(cookie.session)).toBe(false);
  expect(await sessionsOf(person)).toBe(0);
  const own = await withSession(arena, person, false);
  const told = JSON.parse((await own.get("/api/auth/session")).body) as Record<string, unknown>;
  expect(Object.keys(told).sort()).toEqual(["expires", "user"]);
  expect(told.user).toEqual({ name: "Robin Example" });
  for (const name of [
    "providers",
    "error",
    "signout",
    "verify-request",
    "signin",
    "callback/credentials",
    "webauthn-options/x",
    "..%2f",
    "x",
  ]) {
    const got = await own.get(`/api/auth/${name}`);
    expect(got.status, `${name} ${got.body}`).toBeLessThan(500);
    expect(got.body).not.toContain(person.email);
  }
  expect(await db().session.count({ where: { accountId: person.id } })).toBe(1);
});

test("the session of somebody else's browser is not taken over by a forged update (AT-132)", async ({
  arena,
}) => {
  const person = await makePerson();
  const browser = await withSession(arena, person, false);
  const csrf = await browser.get("/api/auth/csrf");
  const csrfToken = /"csrfToken":"([^"]+)"/.exec(csrf.body)?.[1] ?? "";
  await browser.raw("/api/auth/session", {
    method: "POST",
    body: JSON.stringify({ csrfToken, data: { sessionToken: "A".repeat(43), name: "Admin" } }),
    headers: { "content-type": "application/json", origin: arena.origin },
  });
  expect(textOf((await browser.get("/account")).body)).toContain("Your Account");
  // Ended in the database is over at the next request, whatever the cookie says.
  await db().session.deleteMany({ where: { accountId: person.id } });
  expect(locationOf(await browser.get("/account"))).toBe("/sign-in");
  expect((await browser.get("/api/auth/session")).body).toBe("null");
});

test("addresses that look like files or hide in encodings are not pages of an account (AT-112)", async ({
  arena,
}) => {
  const { person } = await someone(arena);
  const browser = await withSession(arena, person, true);
  for (const target of [
    "/account/security/x.css",
    "/account/security.css",
    "/account/security;x.css",
    "/account/security%2fx.css",
    "/account/security/%2e%2e/x.js",
    "/account/.css",
    "/account%00.css",
    "/account/settings/name.js",
  ]) {
    const got = await browser.get(target);
    expect([400, 404, 308], target).toContain(got.status);
    expect(got.body).not.toContain(person.email);
    expect(got.headers["cache-control"], target).toBe("no-store");
  }
});

test("a request that is no request is answered in our own way (AT-126)", async ({ arena }) => {
  for (const target of [
    "http://169.254.169.254/latest/",
    "//evil.example/account",
    "/\\evil.example",
    "*",
    "/_next/image?url=http%3A%2F%2F127.0.0.1&w=64&q=75",
    "/_next/webpack-hmr",
  ]) {
    const got = await send(arena.a.baseUrl, target, {
      headers: { upgrade: "websocket", connection: "keep-alive" },
    });
    expect([400, 404], target).toContain(got.status);
    expect(got.headers["content-security-policy"], target).toContain("script-src 'none'");
  }
});

// What somebody without a second step may open where the site requires one: the way to it, and the way out.
const onTheWay = ["/account/required", "/account/confirm", "/account/security/setup"];

test("where the site requires Two-Step Verification, only its set-up opens for whoever has none, and nobody turns it off (AT-010)", async ({
  arena,
}) => {
  const { DATABASE_URL = "", SECRET_KEYS = "" } = process.env;
  const site = await startSite({
    dataDir: arena.dataDir,
    env: { DATABASE_URL, SECRET_KEYS, SITE_URL: arena.origin, REQUIRE_TWO_STEP: "everyone" },
  });
  try {
    const person = await makePerson();
    const browser = arena.browser().twin(site.baseUrl);
    await begin(browser, person);
    expect(await sessionsOf(person)).toBe(1);
    const opened: string[] = [];
    for (const [route, level] of Object.entries(pages)) {
      if (level === "public") continue;
      // Also as a prefetch, as data, and as if it came from the set-up.
      for (const headers of [
        {},
        { rsc: "1", "next-router-prefetch": "1" },
        { referer: `${arena.origin}/account/security/setup` },
      ]) {
        const got = await browser.get(example(route), headers);
        if (got.status === 200) opened.push(route);
        else if (level === "session" || locationOf(got) !== "/account/confirm")
          expect(locationOf(got), route).toBe("/account/required");
      }
    }
    expect([...new Set(opened)].sort()).toEqual(["/account/confirm", "/account/required"]);

    // With a fresh proof the set-up opens, and still nothing else.
    await db().session.updateMany({ where: { accountId: person.id }, data: { provenAt: new Date() } });
    for (const [route, level] of Object.entries(pages)) {
      if (level !== "proof" || onTheWay.some((path) => route.startsWith(path)) || route.includes("/add"))
        continue;
      expect(locationOf(await browser.get(example(route))), route).toBe("/account/required");
    }
    const before = await stateOf(person);
    for (const action of builtActions()) {
      if (levelOf(action) === "public" || hostOf(action).includes("/setup")) continue;
      if (/confirm|setup|add\//.test(action.name)) continue;
      for (const fields of callings(action.id, { name: "Mallory", id: randomUUID() }))
        expect(locationOf(await browser.post(hostOf(action), fields)), action.name).toBe("/account/required");
    }
    expect(await stateOf(person)).toBe(before);
    expect((await browser.get("/account/security/setup")).status).toBe(200);

    // Whoever has it goes on as ever, is told why a code is asked, and cannot turn it off.
    const owner = await makePerson({ methods: ["app", "text"] });
    const theirs = (await withSession(arena, owner, true)).twin(site.baseUrl);
    const settings = await theirs.get("/account/security");
    expect(settings.status).toBe(200);
    expect(textOf(settings.body)).toContain("requires it of everyone, so it cannot be turned off");
    expect(locationOf(await theirs.get("/account/security/turn-off"))).toBe("/account/security");
    const off = builtActions().find(({ name }) => name.endsWith(" turnOffAction"));
    for (const fields of callings(off?.id ?? "", {})) await theirs.post("/account/security/turn-off", fields);
    expect((await db().account.findUniqueOrThrow({ where: { id: owner.id } })).twoStepOnAt).not.toBeNull();
  } finally {
    await site.stop();
  }
});
