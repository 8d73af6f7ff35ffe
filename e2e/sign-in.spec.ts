import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { codeSentTo, mailTo, messagesTo, messageTo } from "./fixtures/outbox";
import { appCode, appOf, countSessions, makePerson, password, phoneOf } from "./fixtures/people";
import { codeOf, wrongCode } from "./fixtures/phones";
import { enterCode, enterPassword } from "./fixtures/steps";

test("the code is on its way when the page opens, and the page says where it is and why it is asked", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const { number } = phoneOf(person);
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  expect(messagesTo(number)).toHaveLength(1);
  await expect(
    page.getByText(new RegExp(`Texted at \\d\\d:\\d\\d.* to the number ending ${number.slice(-2)}`)),
  ).toBeVisible();
  await expect(page.locator("main")).not.toContainText(number.slice(-5));
  await expect(page.getByText("This browser has not signed in to your account before.")).toBeVisible();
  await expect(page.getByLabel("Don't require codes on this device")).not.toBeChecked();
  expect(await countSessions(person), "no session before the last proof").toBe(0);
  await page.goto("/account");
  await at(page, "Sign in");
  await page.goto("/sign-in/two-step");
  const code = await codeSentTo(number);
  await enterCode(page, `${code.slice(0, 3)}-${code.slice(3)}`);
  await at(page, "Your Account");
  expect(await countSessions(person)).toBe(1);
});

test("whoever begins in the field of a code hears there which code it is, on every way of a sign-in", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const field = page.locator("main").getByRole("textbox");
  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/Type code A\./);
  await follow(page, "Didn't receive the code?");
  await press(page, "Use a recovery code");
  await at(page, "Two-Step Verification");
  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/Type one of the recovery codes that you saved/);
});

test("where a second code comes too soon after the first, its page says that none was sent and when one can be", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["text"] });
  await enterPassword(page, person.email);
  await messageTo(phoneOf(person).number);
  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await at(other, "Two-Step Verification");
  await expect(
    other.getByText(
      /^We have not sent a code .*Try another way\. You can ask for a new code in \d+ seconds\.$/,
    ),
  ).toBeVisible();
  expect(messagesTo(phoneOf(person).number)).toHaveLength(1);
});

test("on a browser that does not require codes the next sign-in asks the password only, elsewhere both", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await enterCode(page, codeOf(appOf(person).secret), { isTrustAsked: true });
  await at(page, "Your Account");
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await at(page, "Your Account");

  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await at(other, "Two-Step Verification");
});

test("without the box the browser is known, and asked again with another reason", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "app"] });
  await enterPassword(page, person.email);
  await enterCode(page, await codeSentTo(phoneOf(person).number));
  await at(page, "Your Account");
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await expect(page.getByText("Codes are asked for on this device at every sign-in.")).toBeVisible();
});

test("another way: a call, the app, and back, all masked", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "voice", "text"], withRecoveryCodes: true });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const app = person.methods[0];
  await expect(page.getByText(`entry ending ${app?.kind === "app" ? app.tag : ""}`)).toBeVisible();
  await follow(page, "Try another way");
  await at(page, "Other ways to get a code");
  await expect(page.getByRole("listitem").filter({ has: page.getByRole("button") })).toHaveCount(4);
  await press(page, "Call me with a code");
  await at(page, "Two-Step Verification");
  const { number } = phoneOf(person);
  expect((await messageTo(number)).channel).toBe("voice");
  await follow(page, "Didn't receive the code?");
  await press(page, "Text a code");
  await at(page, "Two-Step Verification");
  expect((await messageTo(phoneOf(person, 1).number)).channel).toBe("text");
  await follow(page, "Didn't receive the code?");
  await follow(page, "Back to the code");
  await at(page, "Two-Step Verification");
  await enterCode(page, await codeSentTo(phoneOf(person, 1).number));
  await at(page, "Your Account");
});

test("somebody who can use none of the ways is told what is left", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await enterPassword(page, person.email);
  await follow(page, "Try another way");
  await at(page, "Other ways to get a code");
  await follow(page, "I can't use any of these");
  await at(page, "Get back into your account");
});

test("a recovery code lets in once, trusts no device and is told by mail", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const code = person.recoveryCodes[0] ?? "";
  const byRecovery = async (browser: typeof page) => {
    await enterPassword(browser, person.email);
    await follow(browser, "Try another way");
    await press(browser, "Use a recovery code");
    await at(browser, "Two-Step Verification");
    await expect(browser.getByLabel("Don't require codes on this device")).toHaveCount(0);
    await browser.getByLabel("Recovery code").fill(`${code.slice(0, 5).toLowerCase()}-${code.slice(5)}`);
    await press(browser, "Sign in");
  };
  await byRecovery(page);
  await at(page, "Your Account");
  await mailTo(person.email, "A recovery code was used");

  const other = await anotherBrowser();
  await byRecovery(other);
  await at(other, "Two-Step Verification", { isRefused: true });
  await refusedAt(other, "Recovery code", "That recovery code has been used already");
});

test("five wrong codes end the sign-in, and a new start is offered", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await enterPassword(page, person.email);
  let code = appCode(person);
  for (const message of ["4 tries", "3 tries", "2 tries", "1 try", "That was the last of five tries"]) {
    code = wrongCode(code);
    await enterCode(page, code);
    await at(page, "Two-Step Verification", { isRefused: true });
    await expect(page.getByRole("main")).toContainText(message);
  }
  await expect(page.getByLabel("Code", { exact: true })).toHaveCount(0);
  await page.goto("/sign-in/two-step");
  await expect(page.getByText("All five tries are used up")).toBeVisible();
  await follow(page, "Try another way");
  await at(page, "Other ways to get a code");
  await expect(page.getByText("All five tries are used up")).toBeVisible();
  await expect(page.getByRole("main").getByRole("button"), "no way that leads nowhere").toHaveCount(0);
  await follow(page, "Back to the code");
  await follow(page, "Start again");
  await at(page, "Sign in");
  await enterPassword(page, person.email);
  await enterCode(page, codeOf(appOf(person).secret, 1));
  await at(page, "Your Account");
});

test("while an account waits after wrong codes, its pages say until which day and offer only what still helps", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const stale = await anotherBrowser();
  await enterPassword(stale, person.email);
  await follow(stale, "Try another way");
  const until = new Date(Date.now() + 23 * 60 * 60 * 1000);
  await db().account.update({ where: { id: person.id }, data: { lockedUntil: until } });
  const day = `No code is looked at until ${until.getUTCDate()} `;
  await press(stale, "Text a code");
  await at(stale, "Other ways to get a code", { isRefused: true });
  await expect(stale.getByRole("alert")).toContainText(day);

  await enterPassword(page, person.email);
  await expect(page.getByText(day)).toBeVisible();
  await follow(page, "Try another way");
  await expect(page.getByText(day)).toBeVisible();
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  await follow(page, "I can't use any of these");
  await at(page, "Get back into your account");
  expect(messagesTo(phoneOf(person).number)).toHaveLength(0);
});

test("a wrong, a malformed, an expired and a used code are four different messages", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  await enterPassword(page, person.email);
  const code = await codeSentTo(phoneOf(person).number);
  const answered = async (answer: string, message: string) => {
    await enterCode(page, answer);
    await at(page, "Two-Step Verification", { isRefused: true });
    await refusedAt(page, "Code", message);
    await expect(page.getByLabel("Code", { exact: true })).toHaveValue("");
  };
  await enterCode(page, "");
  await refusedAt(page, "Code", "Enter the code");
  await answered("12345", "Enter the 6 digits of the code we sent");
  await answered(wrongCode(code), "That is not the code we sent");
  const attempt = await db().signInAttempt.findFirstOrThrow({ where: { accountId: person.id } });
  await db().code.updateMany({ where: { ownerId: attempt.id }, data: { expiresAt: new Date() } });
  await answered(code, "That code is too old");

  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await follow(other, "Didn't receive the code?");
  await press(other, "Use the authenticator app");
  const shown = codeOf(appOf(person).secret);
  await enterCode(other, shown);
  await at(other, "Your Account");
  await follow(page, "Didn't receive the code?");
  await press(page, "Use the authenticator app");
  await at(page, "Two-Step Verification");
  // A browser that is new to the account gets the one plain message, which covers it.
  await answered(shown, "one that was used already does not work again");
});

test("a wrong password and an unknown address get the same words, and nothing of the password", async ({
  page,
}) => {
  const person = await makePerson();
  const said: (string | null)[] = [];
  for (const email of [person.email, `no-${person.email}`]) {
    await enterPassword(page, email, "not the password 1");
    await at(page, "Sign in", { isRefused: true });
    await expect(page.getByLabel("E-mail")).toHaveValue(email);
    await expect(page.getByLabel("Password")).toHaveValue("");
    said.push(await page.getByRole("alert").textContent());
  }
  expect(said[0]).toBe(said[1]);
});

test("a sign-in returns to the page that was asked for", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await page.goto("/account/activity");
  await at(page, "Sign in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await press(page, "Sign in");
  await at(page, "Two-Step Verification");
  await enterCode(page, codeOf(appOf(person).secret));
  await at(page, "Recent activity");
});

test("a fresh proof asks the second step as well, a trusted device or not, and returns to the page asked for", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  await enterPassword(page, person.email);
  await enterCode(page, await codeSentTo(phoneOf(person).number), { isTrustAsked: true });
  await at(page, "Your Account");
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenAt: null } });
  await page.goto("/account/settings/name");
  await at(page, "Sign in again");
  await page.getByLabel("Password").fill("not the password 1");
  await press(page, "Continue");
  await at(page, "Sign in again", { isRefused: true });
  await refusedAt(page, "Password", "The password is not right");
  await page.getByLabel("Password").fill(password);
  await press(page, "Continue");
  await at(page, "Two-Step Verification");
  await expect(page.getByText(/You are about to change your name/)).toBeVisible();
  await expect(page.getByLabel("Don't require codes on this device")).toHaveCount(0);
  await page.getByLabel("Code", { exact: true }).fill(codeOf(appOf(person).secret));
  await press(page, "Continue");
  await at(page, "Change your name");
});

test("a double click on Sign in has one effect: one code sent, one session, and the person is in", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const { number } = phoneOf(person);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).dblclick();
  await at(page, "Two-Step Verification");
  expect(messagesTo(number)).toHaveLength(1);
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(number));
  await page.getByRole("button", { name: "Sign in", exact: true }).dblclick();
  await at(page, "Your Account");
  expect(await countSessions(person)).toBe(1);
});

test("a double click on Sign in without a second step signs in once", async ({ page }) => {
  const person = await makePerson();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).dblclick();
  await at(page, "Your Account");
  await page.goto("/account/settings");
  await at(page, "Sign in again");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Continue" }).dblclick();
  await at(page, "Change Account Settings");
  await page.goto("/account");
  await at(page, "Your Account");
  await page.getByRole("button", { name: "Sign out" }).dblclick();
  await at(page, "Sign in");
  expect(await countSessions(person)).toBe(0);
});

test("signing out says so on the sign-in page, once: neither a reload, nor another page, nor a link says it again", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson();
  const signedOut = (tab: Page) => tab.getByRole("status").filter({ hasText: /^You are signed out\.$/ });
  await page.goto("/sign-in");
  await expect(page.getByRole("status")).toHaveCount(0);
  await enterPassword(page, person.email);
  await at(page, "Your Account");
  await press(page, "Sign out");
  await at(page, "Sign in");
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(signedOut(page)).toBeVisible();
  await follow(page, "Forgot your password?");
  await at(page, "Forgot your password?");
  await expect(signedOut(page)).toHaveCount(0);
  await page.goBack();
  await page.goto("/sign-in");
  await at(page, "Sign in");
  await expect(signedOut(page)).toHaveCount(0);

  await enterPassword(page, person.email);
  await at(page, "Your Account");
  await press(page, "Sign out");
  await expect(signedOut(page)).toBeVisible();
  await page.reload();
  await at(page, "Sign in");
  await expect(signedOut(page)).toHaveCount(0);

  const stranger = await anotherBrowser();
  await stranger.goto("/sign-in");
  await expect(stranger.getByRole("status")).toHaveCount(0);
});

test("the back button, a second tab and a form left open past its life lead on, never to an error", async ({
  page,
  context,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const tab = await context.newPage();
  await tab.goto("/sign-in/two-step");
  await at(tab, "Two-Step Verification");
  await enterCode(page, codeOf(appOf(person).secret));
  await at(page, "Your Account");
  await enterCode(tab, codeOf(appOf(person).secret));
  await at(tab, "This sign-in is over");
  await follow(tab, "Go to Your Account");
  await at(tab, "Your Account");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /Two-Step Verification|This sign-in is over/,
  );
  await page.goto("/sign-in/two-step/other");
  await at(page, "This sign-in is over");

  await press(tab, "Sign out");
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await db().signInAttempt.updateMany({
    where: { accountId: person.id },
    data: { expiresAt: new Date(Date.now() - 1) },
  });
  await enterCode(page, codeOf(appOf(person).secret, 1));
  await at(page, "This sign-in is over");
  await follow(page, "Sign in again");
  await at(page, "Sign in");
});
