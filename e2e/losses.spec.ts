/**
 * The twelve bad days of docs/lockout.md: each is walked as its person would, and ends as its heading says. The names of
 * these tests are the headings there (scripts/losses.test.ts holds them together).
 */
import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import { days, seconds } from "@/lib/kernel/durations";
import { retireDue } from "@/lib/new-number";
import { removeOverdue } from "@/lib/stolen";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { codeSentTo, linkIn, mailTo, messagesTo } from "./fixtures/outbox";
import {
  aboutOf,
  appCode,
  appOf,
  countSessions,
  freshNumber,
  makePerson,
  methodsOf,
  numberOf,
  type Person,
  password,
  replayableCode,
  signedIn,
} from "./fixtures/people";
import { asNational, codeOf, scan, secretIn } from "./fixtures/phones";
import { letPass } from "./fixtures/recoveries";
import { enterCode, enterPassword } from "./fixtures/steps";

const account = "Your Account";
const settings = "Advanced Security Settings";
const newPassword = "seven wooden compasses 19";

/** The app is on the phone, as it is for most people. */
async function keepAppOnPhone(person: Person): Promise<void> {
  const [phone, app] = [
    person.methods.find(({ kind }) => kind === "phone"),
    person.methods.find(({ kind }) => kind === "app"),
  ];
  await db().method.update({ where: { id: app?.id ?? "" }, data: { livesOn: phone?.id ?? "" } });
}

/** "Sign in again", which comes before every change: the password first. */
async function givePassword(page: Page): Promise<void> {
  await at(page, "Sign in again");
  await page.getByLabel("Password").fill(password);
  await press(page, "Continue");
  await at(page, "Two-Step Verification");
}

/** "Sign in again" with a code that is texted, the app being lost: good for what its text says. */
async function proveByText(page: Page, number: string): Promise<void> {
  await db().limit.deleteMany(); // half a minute goes by between two codes
  const before = messagesTo(number).filter(({ purpose }) => purpose !== "alert").length;
  await givePassword(page);
  if (await page.getByText(/^Open your authenticator app/).isVisible()) {
    await follow(page, "Try another way");
    await press(page, "Text a code");
    await at(page, "Two-Step Verification");
  }
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(number, before + 1));
  await press(page, "Continue");
}

/** "Sign in again" with the app, on a browser that used it last: good for ten minutes. */
async function proveByApp(page: Page, person: Person): Promise<void> {
  await givePassword(page);
  await page.getByLabel("Code", { exact: true }).fill(await replayableCode(person));
  await press(page, "Continue");
}

/** "Sign in again" with another recovery code, where nothing else is left. */
async function proveByRecoveryCode(page: Page, code: string | undefined): Promise<void> {
  await givePassword(page);
  if (!(await page.getByLabel("Recovery code").isVisible())) {
    await follow(page, /^(Didn't receive the code\?|Try another way)$/);
    await press(page, "Use a recovery code");
  }
  await page.getByLabel("Recovery code").fill(code ?? "");
  await press(page, "Continue");
}

/** A number on "Add another method" or "My number will change", and the code that it gets. */
async function confirmNumber(page: Page, number: string): Promise<void> {
  await page.getByLabel("Country").selectOption("GB");
  await page.getByLabel("Phone number").fill(asNational(number));
  await press(page, "Send code");
  await at(page, "Enter the code");
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(number));
  await press(page, "Verify code and continue");
  await at(page, settings);
}

async function useRecoveryCode(page: Page, code: string | undefined): Promise<void> {
  await press(page, "Use a recovery code");
  await at(page, "Two-Step Verification");
  await page.getByLabel("Recovery code").fill(code ?? "");
  await press(page, "Sign in");
}

/** The page of the link in the mail for a forgotten password. */
async function askForReset(page: Page, person: Person): Promise<void> {
  await page.goto("/sign-in");
  await follow(page, "Forgot your password?");
  await at(page, "Forgot your password?");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await at(page, "Check your e-mail");
  await page.goto(linkIn(await mailTo(person.email, "Choose a new password")));
  await at(page, "Choose a new password");
}

/** A new password by that link. */
async function resetPassword(page: Page, person: Person): Promise<void> {
  await askForReset(page, person);
  await page.getByLabel("New password").fill(newPassword);
  await press(page, "Save new password");
  await at(page, "Your password is changed");
  await follow(page, "Sign in");
}

/** Types a code on "Show that it is you". */
async function addProof(page: Page, code: string): Promise<void> {
  await page.getByLabel("Code", { exact: true }).fill(code);
  await press(page, "Add this");
  await at(page, "Show that it is you");
  await expect(page.getByText("That counts.")).toBeVisible();
}

/** The waiting time begins with the first notice, and goes by. */
async function waitFor(page: Page, person: Person, said: string, wait: number): Promise<void> {
  await expect(page.getByText(`With this you would wait ${said}`)).toBeVisible();
  await press(page, "Start the waiting time");
  await at(page, "Your recovery");
  await expect
    .poll(
      async () => {
        await page.reload();
        return page.locator("main").textContent();
      },
      { timeout: 30_000 },
    )
    .toContain("It can be finished from");
  await mailTo(person.email, "Somebody is recovering your account");
  await letPass(person, days(1));
  await mailTo(person.email, "is being recovered");
  await expect(page.getByLabel("New password")).toHaveCount(0);
  await letPass(person, wait - days(1) + seconds(30));
}

/** A new password when the wait is over, and the set-up, which comes before anything else. */
async function finishRecovery(page: Page, person: Person, isPasswordKnown: boolean): Promise<void> {
  await page.goto("/recover/status");
  await at(page, "Your recovery");
  if (isPasswordKnown) await page.getByLabel("Password until now").fill(password);
  else {
    await press(page, "Mail me a code");
    await at(page, "Your recovery");
    const { body } = await mailTo(person.email, "Your code to finish");
    await page.getByLabel("Code from the mail").fill(body.split("\n", 1)[0] ?? "");
  }
  await page.getByLabel("New password").fill(newPassword);
  await press(page, "Save and finish");
  await at(page, "Your new password is saved");
  await mailTo(person.email, "was recovered");
  expect(await methodsOf(person)).toEqual([]);
  await enterPassword(page, person.email, newPassword);
  await at(page, "Set up Two-Step Verification first");
  await follow(page, "Get Started");
  await at(page, "Sign in again");
  await page.getByLabel("Password").fill(newPassword);
  await press(page, "Continue");
  await at(page, "Choose how to get codes");
}

test("1. The phone is gone: a recovery code, one press, a new phone", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  await keepAppOnPhone(person);
  await enterPassword(page, person.email);
  await follow(page, "Didn't receive the code?");
  await follow(page, "My phone was stolen or lost");
  await press(page, "Sign in another way");
  await useRecoveryCode(page, person.recoveryCodes[0]);
  await at(page, "My phone was stolen or lost");
  await expect(page.getByText("You will have recovery codes and nothing else")).toBeVisible();
  await press(page, "Suspend it now");
  await at(page, "What to do next");
  expect(await methodsOf(person)).toEqual(["phone", "app"]);
  await mailTo(person.email, "A phone of your account at Latchkey was suspended");

  const fresh = freshNumber();
  await follow(page, "Add another method");
  await proveByRecoveryCode(page, person.recoveryCodes[1]);
  await at(page, "Add another method");
  await confirmNumber(page, fresh);
  await page.context().clearCookies();
  await enterPassword(page, person.email);
  await enterCode(page, await codeSentTo(fresh, 2));
  await at(page, account);

  // Nobody found it: 30 days later it is gone by itself.
  await db().method.updateMany({
    where: { accountId: person.id, suspendedAt: { not: null } },
    data: { suspendedUntil: new Date() },
  });
  await removeOverdue(new Date());
  expect(await methodsOf(person)).toEqual(["phone"]);
});

test("2. The number changed: in by another way, and the new number takes its place", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const [old, fresh] = [numberOf(person.methods[0]), freshNumber()];
  await enterPassword(page, person.email);
  await follow(page, "Didn't receive the code?");
  await follow(page, "This number is no longer mine");
  await at(page, "This number is no longer mine");
  await press(page, "Sign in another way");
  await press(page, "Use the authenticator app");
  await enterCode(page, appCode(person));
  await proveByApp(page, person);
  await at(page, "My number will change");
  await confirmNumber(page, fresh);
  await expect(page.getByText(/It is your last backup until/)).toBeVisible();
  await mailTo(person.email, "A phone number of your account");

  // It is somebody else's now, so it goes at once; otherwise it goes by itself after 30 days.
  await page.context().clearCookies();
  await enterPassword(page, person.email);
  await enterCode(page, await codeSentTo(fresh, 2));
  await at(page, account);
  await db().method.update({ where: { id: person.methods[0]?.id ?? "" }, data: { retiresAt: new Date() } });
  await retireDue(new Date());
  await page.goto("/account/activity");
  await expect(
    page.getByText(`Old number ending ${old.slice(-2)} removed: its 30 days were over`, { exact: true }),
  ).toBeVisible();
  expect(await methodsOf(person)).toEqual(["phone", "app"]);
});

test("3. The app was reinstalled and is empty: a text lets you in, and a new entry replaces the old one", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const [app, phone] = person.methods;
  const number = numberOf(phone);
  await enterPassword(page, person.email);
  await follow(page, "Try another way");
  await at(page, "Other ways to get a code");
  await press(page, "Text a code");
  await at(page, "Two-Step Verification");
  await enterCode(page, await codeSentTo(number));
  await at(page, account);
  await page.goto("/account/security");
  await proveByText(page, number);
  await at(page, settings);
  await follow(page, "Add another method");
  await proveByText(page, number);
  await at(page, "Add another method");
  await press(page, "Show the QR code");
  await at(page, "Add another method");
  const secret = secretIn(await scan(page));
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await press(page, "Verify code and continue");
  await at(page, settings);
  await follow(page, `Remove ${aboutOf(app)}`);
  await proveByText(page, number);
  await at(page, "Remove a method");
  await press(page, "Remove");
  await at(page, settings);
  expect(await methodsOf(person)).toEqual(["phone", "app"]);
});

test("4. The laptop is gone: it is signed out, and asks for a code again", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const laptop = await anotherBrowser();
  await enterPassword(laptop, person.email);
  await enterCode(laptop, appCode(person), { isTrustAsked: true });
  await at(laptop, account);

  await enterPassword(page, person.email);
  await enterCode(page, await replayableCode(person));
  await at(page, account);
  await follow(page, "See every browser");
  await at(page, "Where you are signed in");
  await press(page, "Sign out everywhere else");
  await proveByApp(page, person);
  await at(page, "Where you are signed in");
  await press(page, "Sign out everywhere else");
  await expect(page.getByText("You are signed in nowhere else.")).toBeVisible();
  await page.goto("/account/security");
  await page.getByRole("button", { name: /^Forget / }).click();
  await at(page, settings);
  await mailTo(person.email, "A device asks for codes again");

  await laptop.goto("/account");
  await at(laptop, "Sign in");
  await enterPassword(laptop, person.email);
  await at(laptop, "Two-Step Verification");
  await expect(laptop.getByText(/Your trust in this browser ended on/)).toBeVisible();

  // What the laptop's browser had saved is worth nothing after this.
  await page.goto("/account/settings");
  await press(page, "Edit Password");
  await page.getByLabel("Current password").fill(password);
  await page.getByLabel("New password").fill(newPassword);
  await press(page, "Save");
  await at(page, "Change Account Settings");
  await enterPassword(laptop, person.email);
  await at(laptop, "Sign in", { isRefused: true });
});

test("5. Phone and laptop are gone: a new SIM card with the old number, and everything else is ended", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await keepAppOnPhone(person);
  const number = numberOf(person.methods[1]);
  const laptop = await anotherBrowser();
  await enterPassword(laptop, person.email);
  await enterCode(laptop, appCode(person), { isTrustAsked: true });
  await at(laptop, account);

  await enterPassword(page, person.email);
  await follow(page, "Try another way");
  await press(page, "Text a code");
  await enterCode(page, await codeSentTo(number));
  await at(page, account);
  await page.goto("/account/security");
  await proveByText(page, number);
  await follow(page, `Remove ${aboutOf(person.methods[0])}`);
  await proveByText(page, number);
  await at(page, "Remove a method");
  await page.getByLabel("I understand that I will have no backup method").check();
  await press(page, "Remove");
  await at(page, settings);
  expect(await methodsOf(person)).toEqual(["phone"]);

  // That ended the laptop's session and its trust too.
  await laptop.goto("/account");
  await at(laptop, "Sign in");
  await enterPassword(laptop, person.email);
  await at(laptop, "Two-Step Verification");
});

test("6. The mailbox is lost: a new address, from a browser that still gets in", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const fresh = `moved-${person.email}`;
  await enterPassword(page, person.email);
  await enterCode(page, appCode(person));
  await at(page, account);
  await follow(page, "Change Account Settings");
  await proveByApp(page, person);
  await at(page, "Change Account Settings");
  await press(page, "Edit E-mail");
  await at(page, "Change your e-mail address");
  await page.getByLabel("E-mail").fill(fresh);
  await press(page, "Send link");
  await at(page, "Check your e-mail");
  await page.goto(linkIn(await mailTo(fresh, "Confirm your new e-mail address")));
  await at(page, "Confirm your new e-mail address");
  await press(page, "Confirm new e-mail address");
  await at(page, "Your e-mail address is changed");
  await page.context().clearCookies();
  await enterPassword(page, fresh);
  await enterCode(page, await replayableCode(person));
  await at(page, account);
  // Whoever has the old mailbox now reads that it changed, and gets no link any more.
  await mailTo(person.email, "Your e-mail address at Latchkey was changed");
  await page.goto("/forgot-password");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await at(page, "Check your e-mail");
  expect(messagesTo(person.email).some(({ subject }) => subject?.startsWith("Choose a new password"))).toBe(
    false,
  );
});

test("7. The password is forgotten: a link by mail, then a code as always", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await resetPassword(page, person);
  await at(page, "Sign in");
  expect(await countSessions(person)).toBe(0);
  await enterPassword(page, person.email, newPassword);
  await at(page, "Two-Step Verification");
  await enterCode(page, appCode(person));
  await at(page, account);
  await mailTo(person.email, "was changed by a link");
});

test("8. Everything but the mailbox is gone: the mailbox, somebody who knows you, and a week in which everybody is told", async ({
  page,
  anotherBrowser,
}) => {
  const [person, friend] = await Promise.all([
    makePerson({ methods: ["text", "app"], withRecoveryCodes: true }),
    makePerson({ methods: ["app"] }), // whoever vouches has a second step of their own
  ]);
  const monthAgo = new Date(Date.now() - days(30));
  await db().recoveryContact.create({
    data: {
      id: randomUUID(),
      accountId: person.id,
      emailKey: friend.email,
      contactId: friend.id,
      createdAt: monthAgo,
      acceptedAt: monthAgo,
    },
  });
  await askForReset(page, person);
  await press(page, "Recover my account instead");
  await at(page, "Show that it is you");
  await press(page, "Ask my recovery contacts");
  await at(page, "Show that it is you");

  const helper = await anotherBrowser();
  await signedIn(helper, friend);
  await helper.goto(
    new URL(/https?:\/\/\S+/.exec((await mailTo(friend.email, "asks for your help")).body)?.[0] ?? "")
      .pathname,
  );
  await at(helper, "People who count on you");
  await helper.getByRole("button", { name: /^They read out this number/ }).click();
  await at(helper, "People who count on you");
  await addProof(page, (await helper.locator(".key-text").textContent()) ?? "");
  await waitFor(page, person, "7 days", days(7));
  await expect
    .poll(() => messagesTo(numberOf(person.methods[0])).some(({ body }) => body.includes("recover")))
    .toBe(true);
  await finishRecovery(page, person, false);
});

test("9. The codes are lost and the number changed: the password, the computer that needs no code, and three days", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text"], withRecoveryCodes: true });
  await enterPassword(page, person.email);
  await enterCode(page, await codeSentTo(numberOf(person.methods[0])), { isTrustAsked: true });
  await at(page, account);
  const weeksAgo = new Date(Date.now() - days(20));
  await db().device.updateMany({
    where: { accountId: person.id },
    data: { createdAt: weeksAgo, trustedAt: weeksAgo, secondStepAt: weeksAgo },
  });
  await db().account.update({ where: { id: person.id }, data: { twoStepOnAt: weeksAgo } });
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await at(page, account); // for reading, the password is enough here
  await follow(page, "Change Account Settings");
  await at(page, "Sign in again");
  await page.getByLabel("Password").fill(password);
  await press(page, "Continue");
  await at(page, "Two-Step Verification");
  await follow(page, "Didn't receive the code?");
  await follow(page, "I can't use any of these");
  await at(page, "Get back into your account");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await press(page, "Begin with my password");
  await at(page, "Show that it is you");
  await press(page, "Mail the codes");
  await at(page, "Show that it is you");
  await addProof(page, (await mailTo(person.email, "Your code to recover")).body.split("\n", 1)[0] ?? "");
  await waitFor(page, person, "72 hours", days(3));
  await finishRecovery(page, person, true);
});

test("10. Abroad without roaming: the app works without a network, and so does a recovery code", async ({
  page,
  anotherBrowser,
}) => {
  const [careful, careless] = await Promise.all([
    makePerson({ methods: ["text", "app"] }),
    makePerson({ methods: ["text"], withRecoveryCodes: true }),
  ]);
  await enterPassword(page, careful.email);
  await follow(page, "Didn't receive the code?");
  await at(page, "Other ways to get a code");
  await press(page, "Use the authenticator app");
  await enterCode(page, appCode(careful));
  await at(page, account);

  const hotel = await anotherBrowser();
  await enterPassword(hotel, careless.email);
  await follow(hotel, "Didn't receive the code?");
  await useRecoveryCode(hotel, careless.recoveryCodes[3]);
  await at(hotel, account);
  await hotel.goto("/account/security/add");
  await proveByRecoveryCode(hotel, careless.recoveryCodes[4]);
  await at(hotel, "Add another method");
  await press(hotel, "Show the QR code");
  await hotel.getByLabel("Code", { exact: true }).fill(codeOf(secretIn(await scan(hotel))));
  await press(hotel, "Verify code and continue");
  await at(hotel, settings);
  expect(await methodsOf(careless)).toEqual(["phone", "app"]);
});

test("11. The phone's clock is wrong: it is named where the browser is known, and a text helps anywhere else", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const secret = appOf(person).secret;
  await enterPassword(page, person.email);
  await enterCode(page, codeOf(secret));
  await at(page, account);
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await enterCode(page, codeOf(secret, -10));
  await at(page, "Two-Step Verification", { isRefused: true });
  await refusedAt(page, "Code", "Your phone's clock is 5 minutes slow.");
  // The clock is set: the same page takes the code that the app shows then.
  await db().method.updateMany({ where: { accountId: person.id, kind: "app" }, data: { counter: null } });
  await enterCode(page, codeOf(secret));
  await at(page, account);

  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await enterCode(other, codeOf(secret, -10));
  await refusedAt(other, "Code", "check that your phone sets its clock by itself");
  await follow(other, "Try another way");
  await press(other, "Text a code");
  await enterCode(other, await codeSentTo(numberOf(person.methods[1])));
  await at(other, account);
});

test("12. Somebody died and the family asks: no", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  await resetPassword(page, person);
  await enterPassword(page, person.email, newPassword);
  await follow(page, "Didn't receive the code?");
  await at(page, "Other ways to get a code");
  await follow(page, "I can't use any of these");
  await at(page, "Get back into your account");
  expect(await countSessions(person)).toBe(0);
  // The phone that may lie on somebody's table was told.
  await expect
    .poll(() => messagesTo(numberOf(person.methods[0])).some(({ purpose }) => purpose === "alert"))
    .toBe(true);

  // With the mailbox alone a recovery does not start either.
  await db().limit.deleteMany({ where: { key: { startsWith: "mail-request:" } } });
  const sent = () =>
    messagesTo(person.email).filter(({ subject }) => subject?.startsWith("Choose a new password"));
  const before = sent().length;
  await page.context().clearCookies();
  await page.goto("/recover");
  await follow(page, "I don't know my password either");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await expect.poll(() => sent().length, { timeout: 15_000 }).toBeGreaterThan(before);
  await page.goto(linkIn(await mailTo(person.email, "Choose a new password")));
  await press(page, "Recover my account instead");
  await at(page, "Show that it is you");
  await press(page, "Start the waiting time");
  await at(page, "Show that it is you", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText("It takes two different things");
  expect(await methodsOf(person)).toEqual(["phone", "app"]);
});
