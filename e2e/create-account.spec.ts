import { randomBytes } from "node:crypto";
import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { linkIn, mailTo, messagesTo } from "./fixtures/outbox";
import { makePerson } from "./fixtures/people";
import { enterPassword } from "./fixtures/steps";

const secret = "nine patient lighthouses 41";
const freshAddress = () => `new${randomBytes(6).toString("hex")}@example.com`;

async function askForAccount(page: Page, email: string): Promise<void> {
  await page.goto("/sign-up");
  await at(page, "Create your account");
  await page.getByLabel("Name").fill("Ann Onymous");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(secret);
  await press(page, "Create account");
}

test("a new person signs up, confirms the mail, signs in and out", async ({ page }) => {
  const email = freshAddress();
  await page.goto("/");
  await at(page, "Sign in");
  await follow(page, "Create your account");
  await askForAccount(page, email);
  await at(page, "Check your e-mail");

  const link = linkIn(await mailTo(email, "Confirm your e-mail address"));
  await page.goto(link);
  await at(page, "Confirm your e-mail address");
  expect(await db().account.count({ where: { email } }), "opening the link makes nothing").toBe(0);
  await press(page, "Confirm e-mail address");
  await at(page, "Your e-mail address is confirmed");

  await follow(page, "Sign in");
  await enterPassword(page, email, secret);
  await at(page, "Your Account");
  await expect(page.getByText(`Signed in as ${email}`)).toBeVisible();
  await press(page, "Sign out");
  await at(page, "Sign in");
  await page.goto("/account");
  await at(page, "Sign in");
});

test("a link opened in another browser asks for the password that was chosen, so nobody opens an account with a stranger's (AT-096)", async ({
  page,
  anotherBrowser,
}) => {
  const email = freshAddress();
  await askForAccount(page, email);
  await at(page, "Check your e-mail");
  const link = linkIn(await mailTo(email, "Confirm your e-mail address"));

  const other = await anotherBrowser();
  await other.goto(link);
  await at(other, "Confirm your e-mail address");
  await press(other, "Confirm e-mail address");
  await at(other, "Confirm your e-mail address", { isRefused: true });
  await refusedAt(other, "Password", "Enter the password that you chose");
  await other.getByLabel("Password").fill("somebody else's guess 1");
  await press(other, "Confirm e-mail address");
  await refusedAt(other, "Password", "This is not the password that was chosen");
  await expect(other.getByLabel("Password")).toHaveValue("");
  await other.getByLabel("Password").fill(secret);
  await press(other, "Confirm e-mail address");
  await at(other, "Your e-mail address is confirmed");
});

test("a link that was used, has expired, is cut or was never ours says which and leads on", async ({
  page,
}) => {
  const email = freshAddress();
  await askForAccount(page, email);
  const link = linkIn(await mailTo(email, "Confirm your e-mail address"));

  await page.goto(link.slice(0, -5));
  await at(page, "This link is not complete");
  await page.goto(link.slice(0, -10) + randomBytes(8).toString("base64url").slice(0, 10));
  await at(page, "This link does not work");

  await db().mailLink.updateMany({ where: { emailKey: email }, data: { expiresAt: new Date() } });
  await page.goto(link);
  await at(page, "This link has expired");
  await db().mailLink.updateMany({
    where: { emailKey: email },
    data: { expiresAt: new Date(Date.now() + 60_000) },
  });

  await page.goto(link);
  await press(page, "Confirm e-mail address");
  await at(page, "Your e-mail address is confirmed");
  await page.goto(link);
  await at(page, "This link was used already");
  await follow(page, "Sign in");
  await at(page, "Sign in");
});

test("an address that has an account gets the same page, and its owner a mail instead of a link", async ({
  page,
}) => {
  const person = await makePerson();
  await askForAccount(page, person.email);
  await at(page, "Check your e-mail");
  const mail = await mailTo(person.email, "You already have an account");
  expect(mail.body).not.toContain("/confirm/");
});

test("a double click on Create account sends one mail and leads on", async ({ page }) => {
  const email = freshAddress();
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill("Ann Onymous");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Create account" }).dblclick();
  await at(page, "Check your e-mail");
  const link = linkIn(await mailTo(email, "Confirm your e-mail address"));
  await page.goto(link);
  await page.getByRole("button", { name: "Confirm e-mail address" }).dblclick();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /Your e-mail address is confirmed|This link was used already/,
  );
  await enterPassword(page, email, secret);
  await at(page, "Your Account");
  expect(await db().account.count({ where: { email } })).toBe(1);
  // Long after the second click: whatever it had caused would be there.
  const asked = messagesTo(email).filter(({ purpose }) => purpose !== "alert");
  expect(asked.map(({ subject }) => subject)).toEqual(["Confirm your e-mail address for Latchkey"]);
});

test("a refused form keeps what was typed, never the password", async ({ page }) => {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill("Ann Onymous");
  await page.getByLabel("E-mail").fill("ann at example");
  await page.getByLabel("Password").fill("short");
  await press(page, "Create account");
  await at(page, "Create your account", { isRefused: true });
  await refusedAt(page, "E-mail", "Enter one e-mail address");
  await refusedAt(page, "Password", "Enter at least 8 characters");
  await expect(page.getByLabel("Name")).toHaveValue("Ann Onymous");
  await expect(page.getByLabel("E-mail")).toHaveValue("ann at example");
  await expect(page.getByLabel("Password")).toHaveValue("");
});
