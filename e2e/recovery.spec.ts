import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import { days, hours, seconds } from "@/lib/kernel/durations";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { linkIn, mailTo, messagesTo } from "./fixtures/outbox";
import { countSessions, makePerson, methodsOf, type Person, signedIn } from "./fixtures/people";
import { letPass, newestRecovery } from "./fixtures/recoveries";
import { enterPassword } from "./fixtures/steps";

const newPassword = "seven wooden compasses 19";
const longAgo = new Date(Date.now() - days(30));

const show = (page: Page) => at(page, "Show that it is you");

/** Types a code on the page of evidence. */
async function enter(page: Page, code: string): Promise<void> {
  await page.getByLabel("Code", { exact: true }).fill(code);
  await press(page, "Add this");
}

/** Shows the mailbox. */
async function showMail(page: Page, address: string): Promise<void> {
  const codes = () =>
    messagesTo(address).filter(({ subject }) => subject?.startsWith("Your code to recover"));
  const before = codes().length;
  await press(page, "Mail the codes");
  await show(page);
  await expect.poll(() => codes().length, { timeout: 20_000 }).toBeGreaterThan(before);
  await enter(page, codes().at(-1)?.body.split("\n", 1)[0] ?? "");
  await show(page);
}

/** The wait has begun, because a notice was handed over. */
async function waits(page: Page): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.reload();
        return page.locator("main").textContent();
      },
      { timeout: 30_000 },
    )
    .toContain("It can be finished from");
}

test("every way is lost: password and mailbox are shown, it waits a week in front of everybody, and then all is new", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  await enterPassword(page, person.email);
  await follow(page, "Try another way");
  await follow(page, "I can't use any of these");
  await at(page, "Get back into your account");
  await press(page, "Begin");
  await show(page);
  await press(page, "Start the waiting time");
  await at(page, "Show that it is you", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText("two different things");
  await enter(page, "AAAAA-BBBBB");
  await at(page, "Show that it is you", { isRefused: true });
  await refusedAt(page, "Code", "That code does not count");
  // What the account has is told to nobody: any number and any contact get the same answer.
  await page.getByLabel("Phone number").fill("+44 7400 123456");
  await press(page, "Text a code");
  await show(page);
  await expect(page.getByText("If the account had this number")).toBeVisible();
  await press(page, "Ask my recovery contacts");
  await show(page);
  await expect(page.getByText("Whoever you named was asked")).toBeVisible();
  await showMail(page, person.email);
  await expect(page.getByText("With this you would wait 7 days")).toBeVisible();

  await press(page, "Start the waiting time");
  await at(page, "Your recovery");
  await waits(page);
  await at(page, "Your recovery");
  // While there is time to keep one of the two, and again where neither is there.
  const nobody = "nobody can finish it, the support desk included";
  await expect(page.getByText(nobody)).toBeVisible();
  const told = await mailTo(person.email, "Somebody is recovering your account");
  expect(told.body).toContain("/recover/stop/");
  const phone = person.methods.find(({ kind }) => kind === "phone");
  const number = phone?.kind === "phone" ? phone.number : "";
  await expect.poll(() => messagesTo(number).at(-1)?.body).toContain("asked to recover your account");

  // Another browser with the link of the mail sees it, and waits like anybody.
  const other = await anotherBrowser();
  await other.goto(/https?:\/\/[^/]+(\/recover\/[A-Za-z0-9_-]{43})\b/.exec(told.body)?.[1] ?? "");
  await at(other, "Your recovery");
  await expect(other.getByLabel("New password")).toHaveCount(0);
  await expect(other.getByText(nobody)).toHaveCount(0);

  await letPass(person, days(1));
  await mailTo(person.email, "is being recovered");
  await letPass(person, days(6) + seconds(30));
  await mailTo(person.email, "can be finished");
  await page.goto("/recover/status");
  await at(page, "Your recovery");
  await expect(page.getByText("Neither the password nor a mailbox of the account any more?")).toBeVisible();
  // Others may use this browser too: it takes the password, or a code that is mailed now.
  await page.getByLabel("New password").fill(newPassword);
  await page.getByLabel("Password until now").fill("not this one 5");
  await press(page, "Save and finish");
  await refusedAt(page, "Password until now", "not the password that it was begun with");
  await follow(page, "I don't know it any more: mail me a code instead");
  await at(page, "Your recovery");
  await expect(page.getByLabel("Password until now")).toHaveCount(0);
  await press(page, "Mail me a code");
  await at(page, "Your recovery");
  await expect(page.getByText("A code is on its way")).toBeVisible();
  const { body } = await mailTo(person.email, "Your code to finish");
  await page.getByLabel("Code from the mail").fill("AAAAA-BBBBB");
  await page.getByLabel("New password").fill(newPassword);
  await press(page, "Save and finish");
  await refusedAt(page, "Code from the mail", "This code does not count");
  const code = body.split("\n", 1)[0] ?? "";
  await page.getByLabel("Code from the mail").fill(code);
  await page.getByLabel("New password").fill("short");
  await press(page, "Save and finish");
  await refusedAt(page, "New password", "at least 8 characters");
  await page.getByLabel("Code from the mail").fill(code);
  await page.getByLabel("New password").fill(newPassword);
  await press(page, "Save and finish");
  await at(page, "Your new password is saved");
  expect(await methodsOf(person)).toEqual([]);
  await mailTo(person.email, "was recovered");

  await enterPassword(page, person.email, newPassword);
  await at(page, "Set up Two-Step Verification first");
  for (const path of ["/account", "/account/settings", "/account/security", "/account/activity"]) {
    await page.goto(path);
    await at(page, "Set up Two-Step Verification first");
  }
  await follow(page, "Get Started");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/Sign in again|Choose how to get codes/);
});

test("for 48 hours after it address, password and numbers stay as they are, and it says until when", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await db().account.update({
    where: { id: person.id },
    data: { recoveredAt: new Date(Date.now() - hours(1)) },
  });
  await signedIn(page, person);
  await page.goto("/account/settings/email");
  await page.getByLabel("E-mail").fill(`${randomUUID()}@example.com`);
  await press(page, "Send link");
  await at(page, "Change your e-mail address", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText(/recovered a short while ago.* until \d/);
  await page.goto("/account/security/add");
  await page.getByLabel("Country").selectOption("GB");
  await page.getByLabel("Phone number").fill("07400 123456");
  await page.getByLabel("Text message").check();
  await press(page, "Send code");
  await refusedAt(page, "Phone number", "Numbers stay as they are until");
});

test("its owner sees it on every page and stops it; the link of the mail does the same with a button", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const start = async (thief: Page): Promise<void> => {
    await thief.goto("/recover");
    await thief.getByLabel("E-mail").fill(person.email);
    await thief.getByLabel("Password").fill("eleven quiet ferries 88");
    await press(thief, "Begin with my password");
    await show(thief);
    await showMail(thief, person.email);
    await press(thief, "Start the waiting time");
    await at(thief, "Your recovery");
  };
  const thief = await anotherBrowser();
  await start(thief);
  await signedIn(page, person);
  await page.goto("/account");
  await at(page, "Your Account");
  await expect(page.getByText("Somebody is recovering this account")).toBeVisible();
  await follow(page, "See it and stop it");
  await at(page, "Somebody is recovering this account");
  await press(page, "Stop this, it isn't me");
  await at(page, "The recovery is stopped");
  await thief.goto("/recover/status");
  await expect(thief.getByText("It was stopped, and changed nothing")).toBeVisible();
  await mailTo(person.email, "is over");

  await db().limit.deleteMany();
  await start(thief);
  await expect
    .poll(
      () => messagesTo(person.email).filter(({ subject }) => subject?.startsWith("Somebody is rec")).length,
    )
    .toBe(2);
  const { body } = await mailTo(person.email, "Somebody is recovering your account");
  const stop = /https?:\/\/[^/]+(\/recover\/stop\/[A-Za-z0-9_-]{43})\b/.exec(body)?.[1] ?? "";
  await page.goto(stop);
  await at(page, "Stop this recovery?");
  expect((await newestRecovery(person))?.endedAt).toBeNull();
  await press(page, "Stop this, it isn't me");
  await at(page, "The recovery is stopped");
  expect((await newestRecovery(person))?.endedBecause).toBe("stopped");
  await page.goto(stop);
  await at(page, "There is nothing to stop");
});

test("without the password the link of a mail begins it; that mailbox counts once, a second one no more than the first", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const second = `second-${person.email}`;
  await db().account.update({
    where: { id: person.id },
    data: { secondEmail: second, secondEmailSince: longAgo },
  });
  await page.goto("/forgot-password");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await page.goto(linkIn(await mailTo(person.email, "Choose a new password")));
  await at(page, "Choose a new password");
  await press(page, "Recover my account instead");
  await show(page);
  await showMail(page, second);
  expect(messagesTo(person.email).some(({ subject }) => subject?.startsWith("Your code to recover"))).toBe(
    false,
  );
  await press(page, "Start the waiting time");
  await at(page, "Show that it is you", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText("two mailboxes count as one");
});

/** A friend with a page of their own. */
async function befriended(page: Page, person: Person, friend: Person, helper: Page): Promise<void> {
  await signedIn(page, person);
  await page.goto("/account/settings/recovery");
  await at(page, "Ways back in");
  await page.getByLabel("E-mail address of the person").fill(friend.email);
  await press(page, "Ask this person");
  await at(page, "Ways back in");
  await expect(page.getByText("has not accepted yet")).toBeVisible();
  await mailTo(friend.email, "would like you as a recovery contact");
  await signedIn(helper, friend);
  await helper.goto("/account/contacts");
  await at(helper, "People who count on you");
  await helper.getByRole("button", { name: /^Accept/ }).click();
  await expect(helper.getByText("You accepted on")).toBeVisible();
}

test("a second address and a contact are kept for that day; the contact is shown a code after a button, and it counts", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const friend = await makePerson({ methods: ["app"] });
  const helper = await anotherBrowser();
  await befriended(page, person, friend, helper);
  const second = `second-${person.email}`;
  const address = page.getByRole("textbox", { name: "Second e-mail address" });
  await expect(address, "their own, unlike a contact's").toHaveAttribute("autocomplete", "email");
  await address.fill(second);
  await press(page, "Send link");
  await at(page, "Ways back in");
  await page.goto(linkIn(await mailTo(second, "Confirm this address")));
  await at(page, "Confirm your second e-mail address");
  await press(page, "Confirm second e-mail address");
  await at(page, "Your second e-mail address is confirmed");
  await mailTo(person.email, "has a second e-mail address");
  await page.goto("/account/settings/recovery");
  await expect(page.getByText(second, { exact: false }).first()).toBeVisible();

  await page.context().clearCookies();
  await enterPassword(page, person.email);
  await page.goto("/recover");
  await press(page, "Begin");
  // An acceptance of today is none that counts: whoever came in yesterday could have named themselves.
  await press(page, "Ask my recovery contacts");
  await show(page);
  await helper.goto("/account/contacts");
  await expect(helper.getByText("asks for a code now")).toHaveCount(0);
  await db().recoveryContact.updateMany({
    where: { accountId: person.id },
    data: { acceptedAt: longAgo },
  });
  await press(page, "Ask my recovery contacts");
  await show(page);
  await mailTo(friend.email, "asks for your help");
  await helper.reload();
  await at(helper, "People who count on you");
  await helper.getByRole("button", { name: /^They read out this number/ }).click();
  await at(helper, "People who count on you");
  const code = (await helper.locator(".key-text").textContent()) ?? "";
  await enter(page, code);
  await show(page);
  await expect(page.getByText("A recovery contact who knows you")).toBeVisible();
  await expect(page.getByText("With this you would wait 72 hours")).toBeVisible();
  expect(await countSessions(person)).toBeGreaterThan(0);
});
