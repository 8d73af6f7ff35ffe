import fs from "node:fs";
import path from "node:path";
import { db } from "@/lib/db";
import { hashToken } from "@/lib/kernel/secrets";
import { browserName } from "@/lib/kernel/visit";
import { placesDatabase } from "@/lib/places/test-database";
import { newFolder, removeFolders } from "./fixtures/folders";
import { at, expect, follow, press, test } from "./fixtures/journey";
import { mailTo } from "./fixtures/outbox";
import { appCode, makePerson, makeSession, type Person, password, signedIn } from "./fixtures/people";
import { sharedSite, startSite } from "./fixtures/site";
import { enterCode, enterPassword, proveAgain } from "./fixtures/steps";

test.afterEach(removeFolders);

const newPassword = "twelve slow tramways 53";

/** Takes the fresh proof of a person's sessions away, as ten minutes do. */
const letProofRunOut = (person: Person) =>
  db().session.updateMany({
    where: { accountId: person.id },
    data: { provenAt: new Date(Date.now() - 600_000) },
  });

test("a stranger's sign-in is seen, told, and ended from its own entry; then a new password, then the ways to get codes", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await signedIn(page, person);
  const stranger = await anotherBrowser();
  await enterPassword(stranger, person.email);
  await at(stranger, "Two-Step Verification");
  await enterCode(stranger, "000000");
  await at(stranger, "Two-Step Verification", { isRefused: true });
  await enterCode(stranger, appCode(person));
  await at(stranger, "Your Account");

  const mail = await mailTo(person.email, "Somebody has your password at Latchkey but not your code");
  expect(mail.body).toContain("code of the authenticator app was wrong");
  const news = await mailTo(person.email, "A new browser signed in to your account at Latchkey");
  expect(news.body).toMatch(/When: .+UTC\nFrom: (127\.0\.0\.1|::1), Chrome/);

  await page.goto("/account");
  await at(page, "Your Account");
  await follow(page, "See all recent activity");
  await at(page, "Recent activity");
  const entry = page.getByRole("listitem").filter({ hasText: "Signed in with your password and a code" });
  await expect(entry).toContainText("the account had not been used on this browser before");
  await expect(entry).toContainText(/127\.0\.0\.1|::1/);
  await entry.getByRole("link", { name: /^This wasn't me/ }).click();
  await at(page, "This wasn't me");
  await press(page, "Sign that browser out");
  await at(page, "This wasn't me");
  await expect(page.getByText("is signed out already")).toBeVisible();
  await stranger.goto("/account");
  await at(stranger, "Sign in");

  await follow(page, "Change your password");
  await at(page, "Change your password");
  await page.getByLabel("Current password", { exact: true }).fill(password);
  await page.getByLabel("New password", { exact: true }).fill(newPassword);
  await page.locator("form").filter({ hasText: "New password" }).getByRole("button").last().click();
  await page.goto("/account/activity?show=sign-in");
  await page.getByRole("link", { name: /^This wasn't me Signed in with your password and a code/ }).click();
  await at(page, "This wasn't me");
  await expect(page.getByText(/^You changed your password on/)).toBeVisible();
  await follow(page, "Check your ways to get codes");
  await at(page, "Advanced Security Settings");
  await press(page, "Sign out");
  await at(page, "Sign in");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
});

test("the log is read a page at a time, forwards and back to the newest, and by what is looked for", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const facts = { method: "app", reason: "new-browser" };
  await db().event.createMany({
    data: Array.from({ length: 60 }, (_, place) => ({
      accountId: person.id,
      at: new Date(Date.now() - (60 - place) * 3_600_000),
      kind: place === 3 ? "two-step-on" : place % 5 === 0 ? "wrong-password" : "signed-in",
      address: `192.0.2.${place}`,
      browser: place % 2 === 0 ? "Firefox · Linux" : "Chrome · Android",
      facts: place % 5 === 0 ? { purpose: "sign-in", count: 1 } : facts,
    })),
  });
  await signedIn(page, person);
  await page.goto("/account/activity");
  await at(page, "Recent activity");
  const rows = page.getByRole("main").getByRole("listitem");
  await expect(rows).toHaveCount(25);
  await expect(rows.first()).toContainText("192.0.2.59");
  await follow(page, "Older");
  await at(page, "Recent activity");
  await expect(rows.first()).toContainText("192.0.2.34");
  await follow(page, "Older");
  await expect(rows).toHaveCount(10);
  await expect(page.getByText("That is everything we keep")).toBeVisible();
  await follow(page, "Newest");
  await expect(rows.first()).toContainText("192.0.2.59");
  await page.getByLabel("Kind of activity").selectOption({ label: "Changes of protection" });
  await press(page, "Show");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("Two-Step Verification turned on");
  await page.getByLabel("Kind of activity").selectOption({ label: "Devices without codes" });
  await press(page, "Show");
  await at(page, "Recent activity");
  await expect(page.getByText("Nothing of this kind has happened yet.")).toBeVisible();
});

test("the log is taken away as a file, after a fresh proof", async ({ page }) => {
  const person = await makePerson();
  await db().event.create({
    data: {
      accountId: person.id,
      at: new Date(),
      kind: "signed-in",
      address: "192.0.2.1",
      browser: '=HYPERLINK("https://evil.example")',
      facts: { reason: "no-second-step" },
    },
  });
  await signedIn(page, person, { isProven: false });
  await page.goto("/account/activity");
  await follow(page, "Download your activity");
  await proveAgain(page);
  await at(page, "Download your activity");
  const download = page.waitForEvent("download");
  await follow(page, "Download as CSV");
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^latchkey-activity-\d{4}-\d\d-\d\d\.csv$/);
  const text = fs.readFileSync(await file.path(), "utf8");
  expect(text).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  expect(text).toContain('"No code was asked for because Two-Step Verification was off."');
  const json = await (await page.request.get("/account/activity/download/json")).json();
  expect(json.at(-1)).toMatchObject({ kind: "signed-in", address: "192.0.2.1" });

  await letProofRunOut(person);
  await page.goto("/account/activity/download/csv");
  await at(page, "Sign in again");
});

test("a form whose proof ran out comes back with what was typed, after signing in again", async ({
  page,
}) => {
  const person = await makePerson();
  await signedIn(page, person);
  await page.goto("/account/settings/name");
  await at(page, "Change your name");
  await page.getByLabel("Name").fill("Zoë O’Neil <b>");
  await letProofRunOut(person);
  await page.getByLabel("Name").press("Enter");
  await proveAgain(page);
  await at(page, "Change your name");
  await expect(page.getByLabel("Name")).toHaveValue("Zoë O’Neil <b>");
  await page.getByLabel("Name").press("Enter");
  await at(page, "Change Account Settings");
  expect((await db().account.findUniqueOrThrow({ where: { id: person.id } })).name).toBe("Zoë O’Neil <b>");
  // What was done is not offered again.
  await page.goto("/account/security/setup");
  await page.getByLabel("Country").selectOption({ label: "France (+33)" });
  await page.getByLabel("Phone number").fill("06 12 34 56 78");
  await letProofRunOut(person);
  await press(page, "Send code");
  await proveAgain(page);
  await at(page, "Choose how to get codes");
  await expect(page.getByLabel("Phone number")).toHaveValue("06 12 34 56 78");
  await expect(page.getByLabel("Country")).toHaveValue("FR");
  await page.goto("/account/settings/name");
  await expect(page.getByLabel("Name")).toHaveValue("Zoë O’Neil <b>");
  await page.goto("/account/settings/recovery");
  await page.getByRole("textbox", { name: "Second e-mail address" }).fill("zoe.o’neil@example.org");
  await letProofRunOut(person);
  await page.getByRole("textbox", { name: "Second e-mail address" }).press("Enter");
  await proveAgain(page);
  await at(page, "Ways back in");
  await expect(page.getByRole("textbox", { name: "Second e-mail address" })).toHaveValue(
    "zoe.o’neil@example.org",
  );
});

test("a method's name and place come back too, to the form of that method", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const [app, phone] = person.methods;
  await signedIn(page, person);
  await page.goto(`/account/security/methods/${app?.id}/name`);
  await page.getByLabel("Name").fill("Täglich 📱");
  await page.getByLabel("Where is it kept?").selectOption(phone?.id ?? "");
  await letProofRunOut(person);
  await press(page, "Save");
  await proveAgain(page);
  await at(page, "Two-Step Verification");
  await page.getByLabel("Code", { exact: true }).fill(appCode(person));
  await press(page, "Continue");
  await at(page, "Rename a method");
  await expect(page.getByLabel("Name")).toHaveValue("Täglich 📱");
  await expect(page.getByLabel("Where is it kept?")).toHaveValue(phone?.id ?? "");
  await page.goto(`/account/security/methods/${phone?.id}/name`);
  await expect(page.getByLabel("Name")).toHaveValue("");
});

test("where somebody is signed in tells the place, where an offline database knows it", async ({
  browser,
}) => {
  const folder = newFolder("places");
  const file = path.join(folder, "places.mmdb");
  fs.writeFileSync(file, placesDatabase({ "192.0.2.0/24": { city: "Utrecht", country: "Netherlands" } }));
  const { DATABASE_URL = "", SECRET_KEYS = "" } = process.env;
  // In the shared folder: its worker takes whoever's message is due, and their tests look there.
  const { dataDir } = sharedSite();
  const site = await startSite({ dataDir, env: { DATABASE_URL, SECRET_KEYS, GEO_DATABASE: file } });
  const person = await makePerson();
  const context = await browser.newContext({ baseURL: site.baseUrl });
  try {
    const page = await context.newPage();
    const here = browserName(await page.evaluate(() => navigator.userAgent));
    const value = await makeSession(person, { browser: here });
    await db().session.update({
      where: { tokenHash: hashToken(value) },
      data: { address: "192.0.2.7" },
    });
    await makeSession(person, { browser: "Safari · iOS" });
    await context.addCookies([{ name: "latchkey.session", value, url: site.baseUrl }]);
    await page.goto("/account/sessions");
    await at(page, "Where you are signed in");
    const mine = page.getByRole("row").filter({ hasText: "This browser" });
    await expect(page.getByRole("row").filter({ hasText: "Safari · iOS" })).toHaveCount(1);
    await expect(mine).toContainText("Utrecht, Netherlands, 192.0.2.7");
    await press(page, "Sign out everywhere else");
    await expect(page.getByText("You are signed in nowhere else.")).toBeVisible();
    await page.goto("/account/activity");
    await expect(page.getByRole("listitem").filter({ hasText: "Signed out everywhere else" })).toBeVisible();
  } finally {
    await context.close();
    await site.stop();
  }
});
