import { db } from "@/lib/db";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { linkIn, mailTo, messagesTo } from "./fixtures/outbox";
import { countSessions, makePerson, password, signedIn } from "./fixtures/people";
import { codeOf } from "./fixtures/phones";
import { enterCode, enterPassword } from "./fixtures/steps";

const words = "seven wooden compasses 19";

test("a link by mail gives a new password, ends all sessions and trust, and the second step is still asked", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const app = person.methods[0];
  const secret = app?.kind === "app" ? app.secret : "";
  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await enterCode(other, codeOf(secret), { isTrustAsked: true });
  await at(other, "Your Account");

  await page.goto("/sign-in");
  await follow(page, "Forgot your password?");
  await at(page, "Forgot your password?");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await at(page, "Check your e-mail");
  const link = linkIn(await mailTo(person.email, "Choose a new password"));
  await page.goto(link);
  await at(page, "Choose a new password");
  await page.getByLabel("New password").fill("password");
  await press(page, "Save new password");
  await at(page, "Choose a new password", { isRefused: true });
  await refusedAt(page, "New password", /on the lists that guessers try first|8 characters/);
  await page.getByLabel("New password").fill(words);
  await press(page, "Save new password");
  await at(page, "Your password is changed");
  expect(await countSessions(person)).toBe(0);
  await mailTo(person.email, "was changed by a link");

  await other.goto("/account");
  await at(other, "Sign in");
  await follow(page, "Sign in");
  await enterPassword(page, person.email, password);
  await at(page, "Sign in", { isRefused: true });
  await enterPassword(other, person.email, words);
  await at(other, "Two-Step Verification");
  await expect(
    other.getByText(/Your trust in this browser ended on \d.*, because the password was changed/),
  ).toBeVisible();
  await enterCode(other, codeOf(secret, 1));
  await at(other, "Your Account");
});

test("a link works once; an old, a replaced and a cut one say so", async ({ page }) => {
  const person = await makePerson();
  const ask = async () => {
    await page.goto("/forgot-password");
    await page.getByLabel("E-mail").fill(person.email);
    await press(page, "Send link");
    await at(page, "Check your e-mail");
  };
  await ask();
  const first = linkIn(await mailTo(person.email, "Choose a new password"));
  // The same again within half a minute is taken for a double click.
  await db().limit.deleteMany({ where: { key: { startsWith: "mail-request:" } } });
  await ask();
  await expect.poll(() => messagesTo(person.email).length, { timeout: 15_000 }).toBe(2);
  const second = linkIn(await mailTo(person.email, "Choose a new password"));
  await page.goto(first);
  await at(page, "This link has expired");
  await page.goto(second.slice(0, -3));
  await at(page, "This link is not complete");
  await page.goto(second);
  await page.getByLabel("New password").fill(words);
  await page.getByRole("button", { name: "Save new password" }).dblclick();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /Your password is changed|This link was used already/,
  );
  await page.goto(second);
  await at(page, "This link was used already");
  await enterPassword(page, person.email, words);
  await at(page, "Your Account");
});

test("a form left open past the life of its link changes nothing", async ({ page }) => {
  const person = await makePerson();
  await page.goto("/forgot-password");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await page.goto(linkIn(await mailTo(person.email, "Choose a new password")));
  await at(page, "Choose a new password");
  await db().mailLink.updateMany({ where: { emailKey: person.email }, data: { expiresAt: new Date() } });
  await page.getByLabel("New password").fill(words);
  await press(page, "Save new password");
  await at(page, "This link has expired");
  await enterPassword(page, person.email, password);
  await at(page, "Your Account");
});

test("an unknown address gets the same page, and no mail", async ({ page }) => {
  await page.goto("/forgot-password");
  await page.getByLabel("E-mail").fill("nobody-at-all@example.com");
  await press(page, "Send link");
  await at(page, "Check your e-mail");
  expect(messagesTo("nobody-at-all@example.com")).toHaveLength(0);
});

test("the reset signs nobody in", async ({ page }) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.goto("/forgot-password");
  await page.getByLabel("E-mail").fill(person.email);
  await press(page, "Send link");
  await page.goto(linkIn(await mailTo(person.email, "Choose a new password")));
  await page.getByLabel("New password").fill(words);
  await press(page, "Save new password");
  await at(page, "Your password is changed");
  await page.goto("/account");
  await at(page, "Sign in");
});
