/** Your Account and Change Account Settings, as somebody meets them who was told where to look. */
import { db } from "@/lib/db";
import { at, expect, follow, press, test } from "./fixtures/journey";
import { makePerson, signedIn } from "./fixtures/people";
import { proveAgain } from "./fixtures/steps";

const rows = ["Name", "E-mail", "Password", "Advanced Security Settings", "Ways back in"];

test("every row of Change Account Settings has a button “Edit” of its own, which one press or the keyboard takes to its page", async ({
  page,
}) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.goto("/account");
  await follow(page, "Change Account Settings");
  await at(page, "Change Account Settings");
  const edits = page.getByRole("main").getByRole("button", { name: /^Edit/ });
  await expect(edits).toHaveCount(rows.length);
  for (const [place, row] of rows.entries())
    await expect(edits.nth(place)).toHaveAccessibleName(`Edit ${row}`);
  await press(page, "Edit Advanced Security Settings");
  await at(page, "Advanced Security Settings");
  await page.goBack();
  await page.getByRole("button", { name: "Edit Ways back in" }).focus();
  await page.keyboard.press("Enter");
  await at(page, "Ways back in");
});

test("an “Edit” that is pressed when the proof has run out leads to its page after the new one", async ({
  page,
}) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.goto("/account/settings");
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenAt: new Date(0) } });
  await press(page, "Edit Name");
  await proveAgain(page);
  await at(page, "Change your name");
  await page.getByLabel("Name").fill("Ann Other");
  await press(page, "Save");
  await at(page, "Change Account Settings");
  await expect(page.getByText("Ann Other").last()).toBeVisible();
});

test("with no method left Your Account says that Two-Step Verification is on and recovery codes are the only way in", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"], withRecoveryCodes: true });
  await db().method.updateMany({ where: { accountId: person.id }, data: { disabledAt: new Date() } });
  await signedIn(page, person);
  await page.goto("/account");
  await at(page, "Your Account");
  const cares = page.getByRole("region", { name: "Needs your attention" });
  await expect(cares.getByText("Only your 10 recovery codes let you in")).toBeVisible();
  await expect(page.getByText("Codes are required on every device.")).toBeVisible();
  await expect(page.getByText("Two-Step Verification is off")).toHaveCount(0);
  await page.goto("/account/security");
  await at(page, "Advanced Security Settings");
  await expect(page.getByText(/^None of your methods can be used, so only a recovery code/)).toBeVisible();

  await db().recoveryCode.updateMany({ where: { accountId: person.id }, data: { usedAt: new Date() } });
  await page.goto("/account/security");
  await expect(page.getByText(/no recovery code is left: once you are signed out/)).toBeVisible();
  await page.goto("/account");
  await expect(cares.getByText("Nothing is left that lets you in")).toBeVisible();
  await follow(page, "Set up a method");
  await at(page, "Add another method");
});
