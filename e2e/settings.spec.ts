import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { codeSentTo, linkIn, mailTo } from "./fixtures/outbox";
import {
  aboutOf,
  appOf,
  countSessions,
  freshNumber,
  makePerson,
  methodsOf,
  password,
  signedIn,
} from "./fixtures/people";
import { asNational, codeOf, scan, secretIn } from "./fixtures/phones";
import { enterCode, enterPassword } from "./fixtures/steps";

const words = "twelve slow tramways 53";

test("another phone is added, and other browsers are signed out by it", async ({ page, anotherBrowser }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const other = await anotherBrowser();
  await signedIn(other, person);
  await signedIn(page, person);
  await page.goto("/account/security");
  await follow(page, "Add another method");
  await at(page, "Add another method");
  const number = freshNumber();
  await page.getByLabel("Country").selectOption({ label: "United Kingdom (+44)" });
  await page.getByLabel("Phone number").fill(asNational(number));
  await press(page, "Send code");
  await at(page, "Enter the code");
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(number));
  await press(page, "Verify code and continue");
  await at(page, "Advanced Security Settings");
  expect(await methodsOf(person)).toEqual(["app", "phone", "phone"]);
  await other.goto("/account");
  await at(other, "Sign in");
  await mailTo(person.email, "A way to get codes was added");
});

test("a second authenticator app can be added", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await signedIn(page, person);
  await page.goto("/account/security/add");
  await at(page, "Add another method");
  await press(page, "Show the QR code");
  await at(page, "Add another method");
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secretIn(await scan(page))));
  await press(page, "Verify code and continue");
  await at(page, "Advanced Security Settings");
  expect(await methodsOf(person)).toEqual(["app", "phone", "app"]);
});

test("removing says what is left; without a backup it wants a tick, and the last method stays", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text", "voice"], withRecoveryCodes: true });
  await signedIn(page, person);
  await page.goto("/account/security");
  await at(page, "Advanced Security Settings");
  await follow(page, `Remove ${aboutOf(person.methods[2])}`);
  await at(page, "Remove a method");
  await expect(page.getByText(/You will still have: the authenticator app/)).toBeVisible();
  await press(page, "Remove");
  await at(page, "Advanced Security Settings");
  await mailTo(person.email, "A way to get codes was removed");

  await follow(page, `Remove ${aboutOf(person.methods[1])}`);
  await at(page, "Remove a method");
  await press(page, "Remove");
  await at(page, "Remove a method", { isRefused: true });
  expect(await methodsOf(person)).toEqual(["app", "phone"]);
  await page.getByLabel("I understand that I will have no backup method").check();
  await page.getByRole("button", { name: "Remove", exact: true }).dblclick();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /Advanced Security Settings|Page not found/,
  );
  await page.goto("/account/security");
  await at(page, "Advanced Security Settings");
  await expect(page.getByText(/You have no backup method/)).toBeVisible();
  expect(await methodsOf(person)).toEqual(["app"]);

  await follow(page, `Remove ${aboutOf(person.methods[0])}`);
  await at(page, "Remove a method");
  await expect(page.getByText("This is your last method")).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove", exact: true })).toHaveCount(0);
});

test("another person's method is not there", async ({ page }) => {
  const [person, stranger] = [
    await makePerson({ methods: ["app", "text"] }),
    await makePerson({ methods: ["app", "text"] }),
  ];
  await signedIn(page, person);
  await page.goto(`/account/security/methods/${stranger.methods[0]?.id}`);
  await at(page, "Page not found");
});

test("the method that is asked first can be changed, and is asked first", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await signedIn(page, person);
  await page.goto("/account/security");
  await page.getByRole("button", { name: `Ask this first ${aboutOf(person.methods[1])}` }).dblclick();
  await at(page, "Advanced Security Settings");
  expect(await methodsOf(person)).toEqual(["phone", "app"]);
  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await at(other, "Two-Step Verification");
  await expect(other.getByText(/Texted at .* to the number ending/)).toBeVisible();
});

test("new recovery codes end the old ones and are shown until they are saved", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  await signedIn(page, person);
  await page.goto("/account/security");
  await follow(page, "Make new recovery codes");
  await at(page, "Recovery codes");
  await press(page, "Make new recovery codes");
  await at(page, "Recovery codes");
  const list = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(list).toHaveCount(10);
  const [fresh = ""] = await list.allTextContents();
  await page.getByLabel("I have saved these codes").check();
  await press(page, "Use these codes from now on");
  await at(page, "Advanced Security Settings");

  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await follow(other, "Try another way");
  await press(other, "Use a recovery code");
  await other.getByLabel("Recovery code").fill(person.recoveryCodes[1] ?? "");
  await press(other, "Sign in");
  await refusedAt(other, "Recovery code", "That is not one of your recovery codes");
  await other.getByLabel("Recovery code").fill(fresh);
  await press(other, "Sign in");
  await at(other, "Your Account");
});

test("a trusted device is listed and can be forgotten; requiring codes on all devices asks each again, with the reason", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await enterPassword(page, person.email);
  await enterCode(page, codeOf(appOf(person).secret), { isTrustAsked: true });
  await at(page, "Your Account");
  await expect(
    page
      .getByText("On one device your password alone is enough.")
      .or(page.getByText("On 1 device your password alone is enough.")),
  ).toBeVisible();

  const desk = await anotherBrowser();
  await signedIn(desk, person);
  await desk.goto("/account/security");
  await at(desk, "Advanced Security Settings");
  await expect(desk.getByRole("button", { name: /^Forget / })).toHaveCount(1);
  await press(desk, "Require codes on all devices");
  await at(desk, "Advanced Security Settings");
  await expect(desk.getByText("Codes are required on all devices.")).toBeVisible();

  await page.goto("/account");
  await at(page, "Your Account"); // nobody is signed out by it
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await expect(
    page.getByText(/Your trust in this browser ended on \d.*codes were required again on all devices/),
  ).toBeVisible();
  await db().method.updateMany({ where: { accountId: person.id }, data: { counter: null } });
  await enterCode(page, codeOf(appOf(person).secret), { isTrustAsked: true });
  await at(page, "Your Account");

  await desk.goto("/account/security");
  await desk.getByRole("button", { name: /^Forget / }).click();
  await at(desk, "Advanced Security Settings");
  await mailTo(person.email, "A device asks for codes again");
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
});

test("of many trusted devices the newest stand in the settings, and all behind one link", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const now = Date.now();
  await db().device.createMany({
    data: Array.from({ length: 8 }, (_, place) => ({
      id: randomUUID(),
      accountId: person.id,
      tokenHash: randomUUID(),
      browser: `Browser ${place}`,
      address: "192.0.2.1",
      createdAt: new Date(now),
      lastSeenAt: new Date(now),
      trustedAt: new Date(now - place * 60_000),
      trustedUntil: new Date(now + 86_400_000),
    })),
  });
  await signedIn(page, person);
  await page.goto("/account/security");
  const forget = page.getByRole("button", { name: /^Forget Browser/ });
  await expect(forget).toHaveCount(5);
  await expect(page.getByRole("button", { name: "Forget Browser 0" })).toBeVisible();
  await follow(page, "See all 8 devices");
  await expect(forget).toHaveCount(8);
  await press(page, "Forget Browser 7");
  await expect(page.getByRole("link", { name: "See all 7 devices" })).toBeVisible();
});

test("Two-Step Verification can be turned off, and is told by mail", async ({ page, anotherBrowser }) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  await signedIn(page, person);
  await page.goto("/account/security");
  await follow(page, "Turn off Two-Step Verification");
  await at(page, "Turn off Two-Step Verification");
  await page.getByRole("button", { name: "Turn off Two-Step Verification" }).dblclick();
  await at(page, "Advanced Security Settings");
  await expect(page.getByRole("button", { name: "Get Started" })).toBeVisible();
  expect(await methodsOf(person)).toEqual([]);
  await mailTo(person.email, "Two-Step Verification was turned off");
  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await at(other, "Your Account");
});

test("every change asks for a fresh proof first", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await signedIn(page, person, { isProven: false });
  for (const address of [
    "/account/settings",
    "/account/settings/name",
    "/account/settings/email",
    "/account/settings/password",
    "/account/security",
    "/account/security/add",
    "/account/security/recovery-codes",
    "/account/security/turn-off",
  ]) {
    await page.goto(address);
    await at(page, "Sign in again");
  }
});

test("at 320 px no word of a setting is broken for the button beside it, in English and in German", async ({
  page,
}) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.setViewportSize({ width: 320, height: 800 });
  await page.goto("/account/settings");
  await at(page, "Change Account Settings");
  const brokenWords = () =>
    page.locator(".summary-changeable").evaluateAll((values) =>
      values.flatMap((value) => {
        const texts = document.createTreeWalker(value, NodeFilter.SHOW_TEXT);
        const broken: string[] = [];
        for (let text = texts.nextNode(); text !== null; text = texts.nextNode())
          for (const { 0: word, index } of (text.textContent ?? "").matchAll(/\S+/g)) {
            const range = document.createRange();
            range.setStart(text, index);
            range.setEnd(text, index + word.length);
            // An address may be longer than the page is wide.
            if (range.getClientRects().length > 1 && !word.includes("@")) broken.push(word);
          }
        return broken;
      }),
    );
  expect(await brokenWords()).toEqual([]);
  await press(page, "Deutsch");
  await at(page, "Kontoeinstellungen ändern");
  expect(await brokenWords()).toEqual([]);
});

test("the name can be changed", async ({ page }) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.goto("/account/settings");
  await at(page, "Change Account Settings");
  await press(page, "Edit Name");
  await at(page, "Change your name");
  await page.getByLabel("Name").fill("");
  await press(page, "Save");
  await at(page, "Change your name", { isRefused: true });
  await refusedAt(page, "Name", "Enter your name");
  await page.getByLabel("Name").fill("فاطمة 王 O’Neill <b>");
  await press(page, "Save");
  await at(page, "Change Account Settings");
  await expect(page.getByRole("definition").filter({ hasText: "فاطمة 王 O’Neill <b>" })).toBeVisible();
});

test("a new e-mail address must be confirmed, both are told, and it signs in from then on", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson();
  const fresh = `moved-${person.email}`;
  await signedIn(page, person);
  await page.goto("/account/settings");
  await press(page, "Edit E-mail");
  await at(page, "Change your e-mail address");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await at(page, "Change your e-mail address", { isRefused: true });
  await page.getByLabel("E-mail").fill(fresh);
  await press(page, "Send link");
  await at(page, "Check your e-mail");
  await mailTo(person.email, "A new e-mail address was asked for");
  await follow(page, "Go to Change Account Settings");
  await expect(page.getByText(`Waiting for confirmation: ${fresh}`)).toBeVisible();

  const link = linkIn(await mailTo(fresh, "Confirm your new e-mail address"));
  const other = await anotherBrowser();
  await other.goto(link);
  await at(other, "Confirm your new e-mail address");
  await other.getByRole("button", { name: "Confirm new e-mail address" }).dblclick();
  await expect(other.getByRole("heading", { level: 1 })).toHaveText(
    /Your e-mail address is changed|This link was used already/,
  );
  await mailTo(person.email, "Your e-mail address at Latchkey was changed");
  await mailTo(fresh, "Your e-mail address at Latchkey was changed");
  await other.goto(link);
  await at(other, "This link was used already");
  await enterPassword(other, person.email);
  await at(other, "Sign in", { isRefused: true });
  await enterPassword(other, fresh);
  await at(other, "Your Account");
});

test("a new password signs out other browsers and ends their trust", async ({ page, anotherBrowser }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await enterCode(other, codeOf(appOf(person).secret), { isTrustAsked: true });
  await at(other, "Your Account");

  await signedIn(page, person);
  await page.goto("/account/settings");
  await press(page, "Edit Password");
  await at(page, "Change your password");
  await page.getByLabel("Current password").fill("not the password 1");
  await page.getByLabel("New password").fill(words);
  await press(page, "Save");
  await at(page, "Change your password", { isRefused: true });
  await refusedAt(page, "Current password", "This is not your current password");
  await page.getByLabel("Current password").fill(password);
  await page.getByLabel("New password").fill(words);
  await page.getByRole("button", { name: "Save" }).dblclick();
  await at(page, "Change Account Settings");
  await mailTo(person.email, "Your password at Latchkey was changed");
  expect(await countSessions(person)).toBe(1);

  await other.goto("/account");
  await at(other, "Sign in");
  await enterPassword(other, person.email, words);
  await at(other, "Two-Step Verification");
  await expect(
    other.getByText(/Your trust in this browser ended on \d.*, because the password was changed/),
  ).toBeVisible();
});

test("another browser can be signed out from here", async ({ page, anotherBrowser }) => {
  const person = await makePerson();
  await signedIn(page, person);
  const other = await anotherBrowser();
  await signedIn(other, person);
  await page.goto("/account");
  await at(page, "Your Account");
  await follow(page, "See every browser");
  await at(page, "Where you are signed in");
  await page.getByRole("button", { name: /^Sign out Chrome/ }).click();
  await at(page, "Where you are signed in");
  await expect(page.getByText("You are signed in nowhere else.")).toBeVisible();
  await other.goto("/account");
  await at(other, "Sign in");
});
