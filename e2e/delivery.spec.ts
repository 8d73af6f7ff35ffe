/**
 * What a person sees of a code that does not arrive, with the outbox playing the carrier (docs/delivery.md): the number's
 * last two digits say what goes wrong. Every journey ends inside.
 */
import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { keyedHash } from "@/lib/kernel/secrets";
import { openMethodData } from "@/lib/methods";
import { at, expect, follow, press, test } from "./fixtures/journey";
import { codeSentTo, mailTo, messagesTo } from "./fixtures/outbox";
import { appCode, forgetBudget, freshNumber, makePerson, password, signedIn } from "./fixtures/people";
import { sharedSite, startSite } from "./fixtures/site";
import { enterCode, enterPassword } from "./fixtures/steps";

const unitedStates = "United States (+1)";
const slow = "+19075550101";
const landline = "+19075550102";
const unreachable = "+19075550103";
const silent = "+19075550105";

const line = (page: Page) => page.getByRole("status");
const newestCode = (number: string) => codeSentTo(number, messagesTo(number).length);

/** These numbers are everybody's: what was sent to them before is not what a journey is about. */
async function forget(number: string): Promise<void> {
  await db().message.deleteMany({ where: { recipient: keyedHash("phone lookup", ["message", number]) } });
  for (const budget of ["message-hour", "message-day"]) await forgetBudget(budget, number);
  await forgetPauses(number);
  await forgetBudget("message-prefix", number.slice(0, 8));
}

async function forgetPauses(number: string): Promise<void> {
  for (const purpose of ["sign-in", "proof", "enrolment", "sign-in-call", "enrolment-call"])
    await forgetBudget("message-pause", number, purpose);
}

test.beforeEach(async () => {
  for (const number of [slow, landline, unreachable, silent]) await forget(number);
});

async function toPhoneForm(page: Page, origin = ""): Promise<string> {
  const person = await makePerson({ isOn: false });
  await signedIn(page, person);
  await page.goto(`${origin}/account/security`);
  await press(page, "Get Started");
  await at(page, "Choose how to get codes");
  return person.id;
}

async function sendCode(page: Page, country: string, number: string): Promise<void> {
  await page.getByLabel("Country").selectOption({ label: country });
  await page.getByLabel("Phone number").fill(number);
  await page.getByRole("radio", { name: "Text message" }).check();
  await press(page, "Send code");
}

test("a landline at set-up is explained, called with the same code, and called from then on", async ({
  page,
}) => {
  const accountId = await toPhoneForm(page);
  await sendCode(page, unitedStates, "907 555 0102");
  await at(page, "Enter the code");
  await expect(line(page)).toHaveText(
    /^Texted at \d\d:\d\d:\d\d UTC to .*0102\. It could not be delivered: this looks like a landline\. We can call you\.$/,
  );
  await expect(page.getByText("Type code A")).toBeVisible();
  await press(page, "Call me with this code instead");
  await at(page, "Enter the code");
  await expect(line(page)).toHaveText(/^Called at \d\d:\d\d:\d\d UTC: .*0102\. The call was answered\.$/);
  expect(messagesTo(landline).at(-1)?.channel).toBe("voice");
  expect(messagesTo(landline).at(-1)?.body).toContain("letter A");
  await page.getByLabel("Code", { exact: true }).fill(await newestCode(landline));
  await press(page, "Verify code and continue");
  await at(page, "Add a backup method");
  const method = await db().method.findFirstOrThrow({ where: { accountId } });
  expect(openMethodData("Method", method)?.data).toEqual({ number: landline, channel: "voice" });
});

test("an unreachable phone at sign-in: the page says so by itself and offers what does work", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app"], number: unreachable });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const app = page.getByRole("button", { name: "Use the authenticator app" });
  await expect(line(page)).toContainText("the phone is switched off or out of reach", { timeout: 15_000 });
  await expect(page.getByRole("button", { name: "Call me with this code instead" })).toHaveCount(0);
  await page.reload();
  await at(page, "Two-Step Verification");
  await app.click();
  await at(page, "Two-Step Verification");
  await enterCode(page, appCode(person));
  await at(page, "Your Account");
});

test("a slow one: the line goes on by itself, the call is offered after 20 s, and goes on to Delivered", async ({
  page,
}) => {
  test.slow();
  const person = await makePerson({ methods: ["text", "app"], number: slow });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const call = page.getByRole("button", { name: "Call me with this code instead" });
  await expect(line(page)).toContainText("It is on its way.");
  await expect(call, "not offered yet").toBeHidden();
  await page.evaluate(() => document.body.setAttribute("data-not-reloaded", ""));
  await expect(line(page)).toContainText("Your carrier has it.", { timeout: 15_000 });
  await expect(call).toBeVisible({ timeout: 20_000 });
  await expect(line(page)).toHaveText(/^Texted at .* to the number ending 01\. Delivered\.$/, {
    timeout: 20_000,
  });
  await expect(page.locator("body[data-not-reloaded]")).toHaveCount(1);
  await enterCode(page, await newestCode(slow));
  await at(page, "Your Account");
});

test("a slow one without any script: Look again tells the same, and the offer is a form that works", async ({
  browser,
}) => {
  test.slow();
  const person = await makePerson({ methods: ["text", "app"], number: slow });
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await press(page, "Sign in");
  const call = page.getByRole("button", { name: "Call me with this code instead" });
  await expect(line(page)).toContainText("It is on its way.");
  await expect(call).toBeHidden();
  await expect(
    page.getByText(/^We texted a code to the number ending 01 at \d\d:\d\d UTC\. Type code A\./),
  ).toBeVisible();
  // Left alone, the page offers the call by its style sheet.
  const waits = await page.evaluate(() =>
    document.getAnimations().map((animation) => {
      const { delay } = animation.effect?.getTiming() ?? {};
      animation.finish();
      return delay;
    }),
  );
  expect(waits).toEqual([numbers.line.offerAfter]);
  await expect(call).toBeVisible();
  await page.reload();
  await expect(call).toBeHidden();
  await expect(async () => {
    await follow(page, "Look again");
    await expect(line(page)).toContainText("Your carrier has it.", { timeout: 500 });
  }).toPass({ intervals: [3000], timeout: 20_000 });
  await expect(async () => {
    await follow(page, "Look again");
    await expect(call).toBeVisible({ timeout: 500 });
  }).toPass({ intervals: [3000], timeout: 25_000 });
  await expect(line(page)).toContainText("That is longer than");
  await call.click();
  await expect(line(page)).toContainText("Called at");
  await page.getByRole("link", { name: "Didn't receive the code?" }).click();
  await press(page, "Use the authenticator app");
  await page.getByLabel("Code", { exact: true }).fill(appCode(person));
  await press(page, "Sign in");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your Account");
  await context.close();
});

test("a provider that is never heard of again does not stand in the way", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "app"], number: silent });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await expect(line(page)).toContainText("Your carrier has it.");
  await enterCode(page, await newestCode(silent));
  await at(page, "Your Account");
});

test("a country that is switched off is refused with words, and the app is still there", async ({ page }) => {
  const { DATABASE_URL = "", SECRET_KEYS = "" } = process.env;
  // In the shared folder: its worker takes whoever's message is due, and their tests look there.
  const { dataDir } = sharedSite();
  const site = await startSite({ dataDir, env: { DATABASE_URL, SECRET_KEYS, COUNTRIES_OFF: "FR" } });
  try {
    await toPhoneForm(page, site.baseUrl);
    await sendCode(page, "France (+33)", "06 12 34 56 78");
    await at(page, "Choose how to get codes", { isRefused: true });
    await expect(page.getByRole("alert")).toContainText("We send no codes to numbers of this country.");
    await expect(page.getByLabel("Phone number")).toHaveValue("06 12 34 56 78");
    await expect(page.getByRole("img", { name: /^QR code/ })).toBeVisible();
    expect(messagesTo("+33612345678")).toHaveLength(0);

    // Whoever set such a number up before is told at sign-in, and gets in by another way.
    const person = await makePerson({ methods: ["text", "app"], number: "+33612345679" });
    await page.context().clearCookies();
    await page.goto(`${site.baseUrl}/sign-in`);
    await page.getByLabel("E-mail").fill(person.email);
    await page.getByLabel("Password").fill(password);
    await press(page, "Sign in");
    await at(page, "Two-Step Verification");
    await expect(page.getByText("we send none to numbers of that country any more")).toBeVisible();
    await follow(page, "Try another way");
    await press(page, "Use the authenticator app");
    await enterCode(page, appCode(person));
    await at(page, "Your Account");
    expect(messagesTo("+33612345679")).toHaveLength(0);
  } finally {
    await site.stop();
  }
});

test("asked six times in ten seconds: one text, the page says when and how many more, and the first code works", async ({
  page,
}) => {
  const number = freshNumber();
  const person = await makePerson({ methods: ["text", "app"], number });
  await enterPassword(page, person.email);
  // Looked at only afterwards: all of it belongs into the half minute after the first text.
  await expect(line(page)).toBeVisible();
  await page.goto("/sign-in/two-step/other");
  await expect(page.getByText(/You can ask for a new code in \d+ seconds\./)).toBeVisible();
  await expect(page.getByText("4 more codes can be sent this hour.")).toBeVisible();
  for (let turn = 0; turn < 6; turn += 1) {
    await press(page, "Send a new code");
    await expect(page.getByRole("alert")).toContainText(
      "No more codes can be sent there for now. Wait until",
    );
  }
  expect(messagesTo(number)).toHaveLength(1);
  const seconds = page.locator("[data-countdown] span");
  const first = Number(await seconds.textContent());
  await expect.poll(async () => Number(await seconds.textContent())).toBeLessThan(first);
  await at(page, "Other ways to get a code", { isRefused: true });
  await follow(page, "Back to the code");
  await enterCode(page, await codeSentTo(number));
  await at(page, "Your Account");
});

test("a code that arrives after it expired is told apart, and a new one is a press away", async ({
  page,
}) => {
  const number = freshNumber();
  const person = await makePerson({ methods: ["text", "app"], number });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const { id } = await db().signInAttempt.findFirstOrThrow({ where: { accountId: person.id } });
  await db().code.updateMany({ where: { ownerId: id }, data: { expiresAt: new Date() } });
  await enterCode(page, await codeSentTo(number));
  await at(page, "Two-Step Verification", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText("That code is too old.");
  await forgetPauses(number);
  await follow(page, "Didn't receive the code?");
  await press(page, "Send a new code");
  await at(page, "Two-Step Verification");
  await expect(page.getByText("code B")).toBeVisible();
  await enterCode(page, await codeSentTo(number, 2));
  await at(page, "Your Account");
});

test("a phone that reads its texts for this site fills the code in, and the person sends it", async ({
  page,
}) => {
  const number = freshNumber();
  const person = await makePerson({ methods: ["text", "app"], number });
  await page.addInitScript(() => {
    Object.assign(window, { OTPCredential: class {}, asked: [] as unknown[] });
    navigator.credentials.get = async (options) => {
      (window as unknown as { asked: unknown[] }).asked.push((options as { otp?: unknown }).otp);
      return { code: await new Promise((resolve) => Object.assign(window, { textComes: resolve })) } as never;
    };
  });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const code = await codeSentTo(number);
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { asked: unknown[] }).asked))
    .toContainEqual({ transport: ["sms"] });
  await page.evaluate(
    (text) => (window as unknown as { textComes: (code: string) => void }).textComes(text),
    code,
  );
  await expect(page.getByLabel("Code", { exact: true })).toHaveValue(code);
  await at(page, "Two-Step Verification");
  await press(page, "Sign in");
  await at(page, "Your Account");
});

test("two codes that arrive in the other order are both good", async ({ page }) => {
  const number = freshNumber();
  const person = await makePerson({ methods: ["text", "app"], number });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  await forgetPauses(number);
  await follow(page, "Didn't receive the code?");
  await press(page, "Send a new code");
  await at(page, "Two-Step Verification");
  await expect(page.getByText("code B")).toBeVisible();
  await enterCode(page, await codeSentTo(number, 1));
  await at(page, "Your Account");
});

test("a number that failed three times is told of by mail and in the account", async ({ page }) => {
  test.slow();
  const person = await makePerson({ methods: ["text", "app"], number: unreachable });
  const failed = { accountId: person.id, channel: "text", purpose: "sign-in", state: "failed" };
  const now = new Date();
  for (let turn = 1; turn <= 3; turn += 1)
    await db().message.create({
      data: {
        ...failed,
        id: crypto.randomUUID(),
        recipient: keyedHash("phone lookup", ["message", unreachable]),
        reason: "unreachable",
        createdAt: new Date(now.getTime() - turn * 1000),
        failedAt: now,
        expiresAt: now,
      },
    });
  const mail = await mailTo(person.email, "do not reach your phone"); // looked for every half minute
  expect(mail.body).toContain("the number ending 03");
  await signedIn(page, person);
  await page.goto("/account");
  await at(page, "Your Account");
  await expect(page.getByText("Codes do not reach one of your phones")).toBeVisible();
  await follow(page, "See which phone it is");
  await at(page, "Advanced Security Settings");
  await expect(
    page
      .getByRole("list", { name: "Preferred method" })
      .getByRole("listitem")
      .filter({ hasText: "ending 03" }),
  ).toContainText("Codes do not reach this number");
});
