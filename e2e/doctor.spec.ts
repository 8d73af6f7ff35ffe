import fs from "node:fs";
import { db } from "@/lib/db";
import { randomBase32 } from "@/lib/kernel/secrets";
import { sealMethodData } from "@/lib/methods";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { codeSentTo, mailTo, messagesTo } from "./fixtures/outbox";
import { appOf, makePerson, numberOf, type Person, password, signedIn } from "./fixtures/people";
import { codeOf, scan, secretIn } from "./fixtures/phones";
import { enterCode, enterPassword, proveAgain } from "./fixtures/steps";

/** Another entry of somebody's app; removed on a day when one is given. */
async function addEntry(person: Person, removedAt?: Date) {
  const [id, data] = [crypto.randomUUID(), { secret: randomBase32(32), tag: randomBase32(4) }];
  await db().method.create({
    data: {
      id,
      accountId: person.id,
      kind: "app",
      data: sealMethodData("Method", { id, accountId: person.id }, data),
      position: 9,
      createdAt: new Date(removedAt === undefined ? Date.now() : removedAt.getTime() - 86_400_000),
      removedAt,
    },
  });
  return data;
}

/** An app's code may be given again: the test's own clock does not wait for the next one. */
const forgetUsedStep = (person: Person) =>
  db().method.updateMany({ where: { accountId: person.id, kind: "app" }, data: { counter: null } });

test("on a browser that has signed in before, a wrong code is explained: clock, other entry, replaced entry; a new browser gets one plain message", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const { secret, tag } = appOf(person);
  await enterPassword(page, person.email);
  await enterCode(page, codeOf(secret));
  await at(page, "Your Account");
  await press(page, "Sign out");
  await forgetUsedStep(person);

  const removedAt = new Date(Date.now() - 3 * 86_400_000);
  const [other, replaced] = [await addEntry(person), await addEntry(person, removedAt)];
  const day = removedAt.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const told = async (code: string, message: string) => {
    await enterCode(page, code);
    await at(page, "Two-Step Verification", { isRefused: true });
    await refusedAt(page, "Code", message);
  };
  await told(codeOf(secret, -6), "Your phone's clock is 3 minutes slow.");
  await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(
    /You have 4 tries left\./,
  );
  await told(codeOf(secret, 6), "Your phone's clock is 3 minutes fast.");
  await told(
    codeOf(other.secret),
    `That is the code of the entry ending ${other.tag}; open the entry ending ${tag}.`,
  );
  await told(codeOf(replaced.secret), `That is the entry you replaced on ${day}.`);
  await enterCode(page, codeOf(secret));
  await at(page, "Your Account");

  await forgetUsedStep(person);
  const fresh = await anotherBrowser();
  await enterPassword(fresh, person.email);
  for (const code of [codeOf(secret, -6), codeOf(other.secret, 1), codeOf(replaced.secret)]) {
    await enterCode(fresh, code);
    await at(fresh, "Two-Step Verification", { isRefused: true });
    await refusedAt(fresh, "Code", "That code does not work.");
    await expect(fresh.getByRole("alert")).not.toContainText(/clock is|entry ending|replaced/);
  }
});

test("a text's code typed for the app is told, at the sign-in and the other way round", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "app"] });
  const { secret, tag } = appOf(person);
  const number = numberOf(person.methods[0]);
  await enterPassword(page, person.email);
  await enterCode(page, await codeSentTo(number));
  await at(page, "Your Account");
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await enterCode(page, codeOf(secret));
  await refusedAt(
    page,
    "Code",
    `That is a code from your authenticator app, the entry ending ${tag}; this page wants the code that we sent.`,
  );
  await follow(page, "Didn't receive the code?");
  await press(page, "Use the authenticator app");
  await at(page, "Two-Step Verification");
  await enterCode(page, await codeSentTo(number, messagesTo(number).length));
  await refusedAt(page, "Code", "That is a code from a text; this page wants the app.");
});

test("during set-up a wrong clock is explained, and the right code still makes the method", async ({
  page,
}) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.goto("/account/security");
  await press(page, "Get Started");
  await at(page, "Choose how to get codes");
  const secret = secretIn(await scan(page));
  const code = page.getByLabel("Code", { exact: true });
  await code.fill(codeOf(secret, -8));
  await press(page, "Verify code and continue");
  await at(page, "Choose how to get codes", { isRefused: true });
  await refusedAt(page, "Code", "Your phone's clock is 4 minutes slow.");
  // The picture is the same one after the refusal, and after a reload.
  expect(secretIn(await scan(page))).toBe(secret);
  await page.goto("/account/security/setup");
  expect(secretIn(await scan(page))).toBe(secret);
  await code.fill(codeOf(secret));
  await press(page, "Verify code and continue");
  await at(page, "Add a backup method");
});

test("a fresh proof by text says what its code does, leads to exactly that, and is good for nothing else that is grave", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "voice"], withRecoveryCodes: true });
  const [first, second] = person.methods;
  await signedIn(page, person, { isProven: false });
  await page.goto(`/account/security/methods/${second?.id}`);
  await at(page, "Sign in again");
  const ending = numberOf(second).slice(-2);
  await expect(page.getByText(`You are about to remove the phone ending`)).toHaveCount(0);
  await expect(page.getByText("You are about to remove a way to get codes")).toBeVisible();
  await proveAgain(page);
  await at(page, "Two-Step Verification");
  await expect(page.getByText(`You are about to remove the phone ending ${ending}`)).toBeVisible();
  const code = await codeSentTo(numberOf(first));
  expect(messagesTo(numberOf(first)).at(-1)?.body).toContain(
    `${code} REMOVES the phone ending ${ending} from your Latchkey account (A). We will never ask you for it.`,
  );
  await page.getByLabel("Code", { exact: true }).fill(code);
  await press(page, "Continue");
  await at(page, "Remove a method");
  await page.goto("/account/security");
  await at(page, "Advanced Security Settings");
  await follow(page, "Turn off Two-Step Verification");
  await at(page, "Sign in again");
  await expect(page.getByText("You are about to turn off Two-Step Verification")).toBeVisible();
  await page.goto(`/account/security/methods/${second?.id}`);
  await at(page, "Remove a method");
  await page.getByLabel("I understand that I will have no backup method").check();
  await press(page, "Remove");
  await at(page, "Advanced Security Settings");
});

test("a proof that runs out while a form is filled in brings its owner back to it, with what they typed", async ({
  page,
}) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.goto("/account/settings/name");
  await page.getByLabel("Name").fill("Robin O’Second");
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenAt: null } });
  await press(page, "Save");
  await proveAgain(page);
  await at(page, "Change your name");
  await expect(page.getByText("You were asked to sign in again in between.")).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("Robin O’Second");
  await press(page, "Save");
  await at(page, "Change Account Settings");
  await expect(page.getByRole("definition").filter({ hasText: "Robin O’Second" })).toBeVisible();

  // A password is never kept.
  await page.goto("/account/settings/password");
  await page.getByLabel("Current password").fill(password);
  await page.getByLabel("New password").fill("nine lanterns in fog 4");
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenAt: null } });
  await press(page, "Save");
  await proveAgain(page);
  await at(page, "Change your password");
  for (const label of ["Current password", "New password"])
    await expect(page.getByLabel(label)).toHaveValue("");
});

test("recovery codes can be copied, downloaded and printed, and count when the box is ticked", async ({
  page,
  context,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  await signedIn(page, person);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/account/security/recovery-codes");
  await at(page, "Recovery codes");
  await expect(page.getByText("10 of your 10 recovery codes are left, made on")).toBeVisible();
  await press(page, "Make new recovery codes");
  await at(page, "Recovery codes");
  await expect(page.getByText("These ten do not count yet.")).toBeVisible();
  const codes = await page
    .getByRole("list", { name: "Recovery codes" })
    .getByRole("listitem")
    .allTextContents();
  expect(codes).toHaveLength(10);

  await press(page, "Copy");
  await expect(page.getByText("Copied. Paste them where you keep your passwords.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join("\n"));

  const [download] = await Promise.all([page.waitForEvent("download"), follow(page, "Download")]);
  expect(download.suggestedFilename()).toBe(`Latchkey-recovery-codes-${person.email}.txt`);
  const text = fs.readFileSync(await download.path(), "utf8");
  expect(text).toContain(`Account: ${person.email}\n`);
  for (const code of codes) expect(text).toContain(`${code}\n`);

  await page.evaluate(() => {
    window.print = () => document.body.setAttribute("data-printed", "");
  });
  await press(page, "Print");
  await expect(page.locator("body[data-printed]")).toHaveCount(1);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("list", { name: "Recovery codes" })).toBeVisible();
  for (const shown of [
    page.getByRole("heading", { level: 1 }),
    page.getByRole("button"),
    page.getByRole("checkbox"),
  ])
    await expect(shown).toHaveCount(0);
  if (process.env.SCREENSHOTS)
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/print-recovery-codes.png` });
  await page.emulateMedia({ media: "screen" });

  await press(page, "Use these codes from now on");
  await at(page, "Recovery codes", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText("Save the codes first, then tick the box.");
  const stored = () =>
    db().recoveryCode.findMany({ where: { accountId: person.id }, orderBy: { number: "asc" } });
  const before = await stored();
  // Without the module two buttons are not there, and all else is.
  const html = await (await page.request.get("/account/security/recovery-codes")).text();
  for (const name of ["data-codes-copy", "data-codes-print"])
    expect(html.match(new RegExp(`<button[^>]*${name}=[^>]*>`))?.[0]).toContain("hidden");
  expect(await stored()).toEqual(before);

  await page.getByLabel("I have saved these codes").check();
  await press(page, "Use these codes from now on");
  await at(page, "Advanced Security Settings");
  expect((await stored()).map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
  await mailTo(person.email, "New recovery codes were made");
  await page.goto("/account/security/recovery-codes/download");
  await at(page, "Recovery codes");
});

test("codes of the set-up that nobody said they saved are asked about until somebody does", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  await db().recoveryCode.updateMany({ where: { accountId: person.id }, data: { unsavedSince: new Date() } });
  await signedIn(page, person);
  await page.goto("/account");
  await expect(page.getByText("Did you save your recovery codes?")).toBeVisible();
  await follow(page, "See to your recovery codes");
  await at(page, "Recovery codes");
  await press(page, "I have saved them");
  await at(page, "Recovery codes");
  await expect(page.getByText("Did you save your recovery codes?")).toHaveCount(0);
  await page.goto("/account");
  await expect(page.getByText("Did you save your recovery codes?")).toHaveCount(0);
});

test("a second app and a changed address make entries of their own names", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await signedIn(page, person);
  const names: string[] = [];
  for (const email of [person.email, `moved-${person.email}`]) {
    await db().account.update({ where: { id: person.id }, data: { email } });
    await page.goto("/account/security/add");
    await press(page, "Show the QR code");
    await at(page, "Add another method");
    const entry = await scan(page);
    const name = decodeURIComponent(entry.pathname.split("/").at(-1) ?? "");
    expect(name).toMatch(new RegExp(`^Latchkey:\\(${email.replaceAll(".", "\\.")}\\) [A-Z2-7]{4}$`));
    names.push(name.slice(-4));
    await page.getByLabel("Code", { exact: true }).fill(codeOf(secretIn(entry)));
    await press(page, "Verify code and continue");
    await at(page, "Advanced Security Settings");
  }
  expect(new Set([...names, appOf(person).tag]).size).toBe(3);
});
