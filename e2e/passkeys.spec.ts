/** Passkeys and security keys, in the browser's own dialog, as far as a virtual authenticator plays it. */
import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import { at, expect, follow, press, test } from "./fixtures/journey";
import { mailTo } from "./fixtures/outbox";
import { appCode, countSessions, makePerson, methodsOf, type Person, signedIn } from "./fixtures/people";
import { enterCode, enterPassword } from "./fixtures/steps";
import { plainKey, platformPasskey, VirtualAuthenticator } from "./fixtures/virtual-authenticator";

const asking = "Add a passkey or security key";

async function addPasskey(page: Page, person: Person): Promise<void> {
  await signedIn(page, person);
  await page.goto("/account/security/add");
  await at(page, "Add another method");
  await press(page, asking);
  await at(page, asking);
  await press(page, "Create a passkey");
  await at(page, "Advanced Security Settings");
}

const forget = (page: Page): Promise<void> => page.context().clearCookies();

test("a passkey of this device is added, and then signs in with nothing else: by the button, and by the field “E-mail”", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const authenticator = await VirtualAuthenticator.plugInto(page, platformPasskey);
  await addPasskey(page, person);
  await expect(
    page.getByRole("heading", { level: 3, name: /^Passkey.*synced between your devices$/ }),
  ).toBeVisible();
  expect(await methodsOf(person)).toEqual(["app", "passkey"]);

  await forget(page);
  await authenticator.setAnswering(false);
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeVisible();
  await at(page, "Sign in");
  await expect(page.getByLabel("E-mail")).toHaveAttribute("autocomplete", "username webauthn");
  await authenticator.setAnswering(true);
  await press(page, "Sign in with a passkey");
  await at(page, "Your Account");
  await expect(page.getByText("Signed in with a passkey").first()).toBeVisible();

  // The virtual person picks what the field offers, as soon as it is offered.
  await forget(page);
  await page.goto("/sign-in");
  await at(page, "Your Account");
});

test("one passkey is the whole fresh proof; a device is not added twice; what is removed is forgotten by its device when nothing puts it back any more", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const authenticator = await VirtualAuthenticator.plugInto(page, platformPasskey);
  await addPasskey(page, person);

  await signedIn(page, person, { isProven: false });
  await page.goto("/account/security/add");
  await expect(page.getByRole("button", { name: "Use a passkey instead" })).toBeVisible();
  await at(page, "Sign in again");
  await press(page, "Use a passkey instead");
  await at(page, "Add another method");
  await press(page, asking);
  await press(page, "Create a passkey");
  await expect(page.getByText("That device or key has a passkey of this account already.")).toBeVisible();
  expect(await methodsOf(person)).toEqual(["app", "phone", "passkey"]);

  expect(await authenticator.credentials()).toHaveLength(1);
  await page.goto("/account/security");
  await page.getByRole("link", { name: /^Remove the passkey/ }).click();
  await at(page, "Remove a method");
  await expect(page.getByText("Show first that you have another method")).toBeVisible();
  await signedIn(page, person);
  await page.goto("/account/security");
  await page.getByRole("link", { name: /^Remove the passkey/ }).click();
  await at(page, "Remove a method");
  await press(page, "Remove");
  await at(page, "Advanced Security Settings");
  await page.goto("/account/settings"); // tells the device too
  await at(page, "Change Account Settings");
  expect(await authenticator.credentials()).toHaveLength(1);
  await db().removal.updateMany({ where: { accountId: person.id }, data: { expiresAt: new Date() } });
  await page.goto("/account/security");
  await expect.poll(() => authenticator.credentials()).toEqual([]);
});

test("a passkey that was removed elsewhere opens nothing, in words, and its device is told", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const authenticator = await VirtualAuthenticator.plugInto(page, platformPasskey);
  await addPasskey(page, person);
  await db().method.updateMany({
    where: { accountId: person.id, kind: "passkey" },
    data: { removedAt: new Date() },
  });
  await forget(page);
  await page.goto("/sign-in");
  await at(page, "Sign in", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText("That passkey opens no account here.");
  await expect.poll(() => authenticator.credentials()).toEqual([]);
});

test("a plain security key is the second step after the password, and there is nothing to use alone", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app"] });
  await VirtualAuthenticator.plugInto(page, plainKey);
  await addPasskey(page, person);
  await expect(
    page.getByRole("heading", { level: 3, name: /^Security key.*bound to one device$/ }),
  ).toBeVisible();

  await forget(page);
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await follow(page, "Try another way");
  await at(page, "Other ways to get a code");
  await press(page, "Use a passkey or security key");
  await expect(page.getByLabel("Don't require codes on this device")).toBeVisible();
  await at(page, "Two-Step Verification");
  await press(page, "Use a passkey or security key");
  await at(page, "Your Account");
  await expect(page.getByText("Signed in with your password and a passkey").first()).toBeVisible();

  // It keeps nothing itself, so the browser has nothing to offer without an address.
  await forget(page);
  await page.goto("/sign-in");
  await press(page, "Sign in with a passkey");
  await expect(page.getByText("The window of your browser was closed")).toBeVisible();
});

test("a passkey that did not check who is there is refused alone, in words, and so is one that signs wrongly (AT-087, AT-091)", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app"] });
  const authenticator = await VirtualAuthenticator.plugInto(page, { ...platformPasskey, isPlatform: false });
  await addPasskey(page, person);
  await forget(page);
  const before = await countSessions(person);
  await authenticator.setAnswering(false);
  for (const [lie, words] of [
    [{ isBadUV: true }, "That key did not check that it is you"],
    [{ isBogusSignature: true }, "That passkey opens no account here."],
  ] as const) {
    await page.goto("/sign-in");
    await authenticator.lie(lie);
    await authenticator.setAnswering(true);
    await press(page, "Sign in with a passkey");
    await expect(page.getByRole("alert")).toContainText(words);
    await authenticator.setAnswering(false);
  }
  expect(await countSessions(person)).toBe(before);
});

test("two accounts on one authenticator: each second step takes its own passkey", async ({ page }) => {
  const authenticator = await VirtualAuthenticator.plugInto(page, { ...platformPasskey, isSynced: false });
  const people = [await makePerson({ methods: ["app"] }), await makePerson({ methods: ["app"] })];
  for (const person of people) await addPasskey(page, person);
  expect(await authenticator.credentials()).toHaveLength(2);
  for (const person of people) {
    await forget(page);
    const before = await countSessions(person);
    await authenticator.setAnswering(false);
    await enterPassword(page, person.email);
    await at(page, "Two-Step Verification");
    await authenticator.setAnswering(true);
    await page.goto("/sign-in/two-step/other");
    await press(page, "Use a passkey or security key");
    await at(page, "Two-Step Verification");
    await press(page, "Use a passkey or security key");
    await at(page, "Your Account");
    expect(await countSessions(person)).toBe(before + 1);
  }
});

test("a passkey is the backup of a set-up, step 2 of 3, and says to keep it on another device", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app"], isOn: false });
  await VirtualAuthenticator.plugInto(page, plainKey);
  await signedIn(page, person);
  await page.goto("/account/security/setup");
  await at(page, "Add a backup method");
  await expect(page.getByText("Keep it on another device than your first method")).toBeVisible();
  await press(page, asking);
  await at(page, asking);
  await expect(page.getByText("Step 2 of 3")).toBeVisible();
  await press(page, "Create a passkey");
  await at(page, "Almost done");
  await expect(page.getByRole("listitem").filter({ hasText: "security key" })).toBeVisible();
  await press(page, "Got it. Turn on Two-Step Verification");
  await at(page, "Two-Step Verification is on");
  expect(await methodsOf(person)).toEqual(["app", "passkey"]);
});

test("after a sign-in with password and code a browser that makes a passkey by itself adds it, and every other one offers a link", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await enterPassword(page, person.email);
  await enterCode(page, appCode(person));
  await at(page, "Your Account");
  // This browser has no password manager that could: nothing was asked, nothing happened.
  await expect(page.getByRole("link", { name: "Add a passkey" })).toBeVisible();
  expect(await methodsOf(person)).toEqual(["app", "phone"]);

  // One that can, as far as a page sees it.
  await forget(page);
  await db().method.updateMany({ where: { accountId: person.id }, data: { counter: null } });
  await VirtualAuthenticator.plugInto(page, platformPasskey);
  await page.addInitScript(() => {
    Object.assign(PublicKeyCredential, { getClientCapabilities: async () => ({ conditionalCreate: true }) });
    const create = navigator.credentials.create.bind(navigator.credentials);
    navigator.credentials.create = (asked) => {
      if ((asked as { mediation?: string }).mediation !== "conditional") throw new Error("a dialog");
      return create({ publicKey: asked?.publicKey });
    };
  });
  await enterPassword(page, person.email);
  await enterCode(page, appCode(person));
  await expect.poll(() => methodsOf(person)).toEqual(["app", "phone", "passkey"]);
  await at(page, "Your Account");
  await expect(page.getByText(/^Passkey.* added$/).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Add a passkey" })).toHaveCount(0);
  const told = await mailTo(person.email, "A way to get codes was added");
  expect(told.body).toContain("made it by itself");
});

test("a cancelled dialog changes nothing, says so, and can be opened again", async ({ page }) => {
  const person = await makePerson({ methods: ["app"] });
  const authenticator = await VirtualAuthenticator.plugInto(page, platformPasskey);
  await signedIn(page, person);
  await page.goto("/account/security/add");
  await press(page, asking);
  await authenticator.setWilling(false);
  await press(page, "Create a passkey");
  await expect(page.getByText("The window of your browser was closed")).toBeVisible();
  expect(await methodsOf(person)).toEqual(["app"]);
  await authenticator.setWilling(true);
  await press(page, "Create a passkey");
  await at(page, "Advanced Security Settings");
  expect(await methodsOf(person)).toEqual(["app", "passkey"]);
});

test("a browser that knows no passkeys says why they are not there, and everything else works", async ({
  page,
}) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, "PublicKeyCredential");
  });
  const person = await makePerson({ methods: ["app"] });
  await signedIn(page, person);
  await page.goto("/account/security/add");
  await expect(page.getByText("This browser cannot use passkeys or security keys")).toBeVisible();
  await expect(page.getByRole("button", { name: asking })).toHaveCount(0);
  await at(page, "Add another method");
  await page.goto("/sign-in");
  await at(page, "Sign in");
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toHaveCount(0);
});

test("a browser without JavaScript is told that passkeys need it", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const person = await makePerson({ methods: ["app"] });
  await signedIn(page, person);
  await page.goto("/account/security/add");
  await expect(page.getByText("Passkeys need JavaScript")).toBeVisible();
  await expect(page.getByRole("button", { name: asking })).toHaveCount(0);
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toHaveCount(0);
  await context.close();
});

test("password managers find where passkeys are added and managed", async ({ request, baseURL }) => {
  const found = await request.get("/.well-known/passkey-endpoints");
  expect(found.status()).toBe(200);
  expect(await found.json()).toEqual({
    enroll: `${baseURL}/account/security/add`,
    manage: `${baseURL}/account/security`,
  });
});
