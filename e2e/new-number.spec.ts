/** The number changed, or will: the loudest loss of all, before it happens and at sign-in after it did. */
import { db } from "@/lib/db";
import { retireDue } from "@/lib/new-number";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { codeSentTo, linkIn, mailTo, messagesTo } from "./fixtures/outbox";
import { appCode, freshNumber, makePerson, methodsOf, numberOf, signedIn } from "./fixtures/people";
import { enterCode, enterPassword, proveAgain } from "./fixtures/steps";

const settings = "Advanced Security Settings";
const endOf = (number: string): string => number.slice(-2);

test("a number that will change: the new one is confirmed, the old one is the last backup, can be kept, and goes by itself", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const old = numberOf(person.methods[0]);
  const fresh = freshNumber();
  await signedIn(page, person);
  await page.goto("/account/security");
  await follow(page, `My number will change the text message to the number ending ${endOf(old)}`);
  await at(page, "My number will change");
  await page.getByLabel("Country").selectOption("GB");
  await page.getByLabel("Phone number").fill(old);
  await press(page, "Send code");
  await at(page, "My number will change", { isRefused: true });
  await refusedAt(page, "Phone number", /already/);
  await page.getByLabel("Phone number").fill(fresh);
  await press(page, "Send code");
  await at(page, "Enter the code");
  expect(await methodsOf(person)).toEqual(["phone", "app"]);
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(fresh));
  await press(page, "Verify code and continue");
  await at(page, settings);
  expect(await methodsOf(person)).toEqual(["phone", "app", "phone"]);
  await expect(page.getByText(/It is your last backup until/)).toBeVisible();
  await expect(
    page
      .getByRole("table")
      .getByText(/, until \d+ \w+ \d{4}/)
      .first(),
  ).toBeVisible();
  for (const number of [old, fresh])
    await expect
      .poll(() => messagesTo(number).some(({ body }) => body.includes("takes the place")))
      .toBe(true);
  const mail = await mailTo(person.email, "A phone number of your account");
  expect(linkIn(mail)).toContain("/put-back/");

  await press(page, `Keep this number the text message to the number ending ${endOf(old)}`);
  await at(page, settings);
  await expect(page.getByText(/It is your last backup until/)).toHaveCount(0);

  // Thirty days later, of one that was not kept.
  const where = { id: person.methods[0]?.id ?? "" };
  await db().method.update({ where, data: { retiresAt: new Date() } });
  await retireDue(new Date());
  await page.goto("/account/activity");
  await expect(
    page.getByText(`Old number ending ${endOf(old)} removed: its 30 days were over`).first(),
  ).toBeVisible();
  expect(await methodsOf(person)).toEqual(["phone", "app"]);

  // It was still needed, and is put back by its mail and a code of it.
  await page.context().clearCookies();
  await page.goto(linkIn(await mailTo(person.email, "Your old number was removed")));
  await at(page, "Put it back and sign everyone out");
  await press(page, "Text a code");
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(old));
  await press(page, "Put it back and sign everyone out");
  await at(page, "It is back");
  expect(await methodsOf(person)).toEqual(["phone", "app", "phone"]);
});

test("at sign-in “This number is no longer mine” leads over another way to the new number, and without one to recovery", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"] });
  await enterPassword(page, person.email);
  await follow(page, "Didn't receive the code?");
  await follow(page, "This number is no longer mine");
  await at(page, "This number is no longer mine");
  await expect(page.getByRole("link", { name: "I have no other way" })).toHaveAttribute("href", "/recover");
  await press(page, "Sign in another way");
  await press(page, "Use the authenticator app");
  await enterCode(page, appCode(person));
  await proveAgain(page);
  await db().method.updateMany({ where: { accountId: person.id, kind: "app" }, data: { counter: null } });
  await page.getByLabel("Code", { exact: true }).fill(appCode(person));
  await press(page, "Continue");
  await at(page, "My number will change");
});
