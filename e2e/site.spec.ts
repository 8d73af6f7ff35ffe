import fs from "node:fs";
import path from "node:path";
import { numberForReading } from "@/lib/methods";
import { at, expect, lackingHeaders, moduleBytes, test } from "./fixtures/journey";
import { mailTo, messageTo } from "./fixtures/outbox";
import { makePerson } from "./fixtures/people";
import { enterPassword } from "./fixtures/steps";

test("the outbox shows the phone and the mailbox, newest first, and its links lead on", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "voice"] });
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
  const phone = person.methods[0];
  const number = phone?.kind === "phone" ? phone.number : "";
  await messageTo(number);
  await page.goto("/forgot-password");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await mailTo(person.email, "Choose a new password");
  await page.goto("/outbox");
  await at(page, "Outbox");
  await expect(page.getByRole("region", { name: "Mailbox" }).getByText(person.email).first()).toBeVisible();
  await expect(
    page.getByRole("region", { name: "Phone" }).getByText(numberForReading(number)).first(),
  ).toBeVisible();
  await page
    .getByRole("listitem")
    .filter({ hasText: person.email })
    .getByRole("link", { name: /reset-password/ })
    .first()
    .click();
  await at(page, "Choose a new password");
});

test("an address that leads nowhere says so and leads on", async ({ page }) => {
  const answer = await page.goto("/nowhere/at/all");
  expect(answer?.status()).toBe(404);
  await at(page, "Page not found");
  await page.getByRole("link", { name: "Go to Your Account" }).click();
  await at(page, "Sign in");
});

test("what is no page of the site is refused with a page of the site's", async ({ page }) => {
  const answer = await page.goto(`/sign-in?${"a".repeat(3000)}`);
  expect(answer?.status()).toBe(414);
  await at(page, "That address is too long");
});

test("health is answered as JSON, with the headers of every answer", async ({ request }) => {
  for (const address of ["/api/health", "/api/health/live"]) {
    const answer = await request.get(address);
    expect(answer.status()).toBe(200);
    expect(await answer.json()).toEqual({ status: "ok" });
    expect(lackingHeaders(address, answer.headers())).toEqual([]);
  }
});

test("the whole keyboard way through the sign-in needs no pointer", async ({ page }) => {
  const person = await makePerson();
  await page.goto("/sign-in");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.keyboard.type(person.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("eleven quiet ferries 88");
  await page.keyboard.press("Enter");
  await at(page, "Your Account");
});

test.describe("with JavaScript switched off", () => {
  test.use({ javaScriptEnabled: false });
  test("signing in works, because no page has any", async ({ page }) => {
    const person = await makePerson();
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(person.email);
    await page.getByLabel("Password").fill("eleven quiet ferries 88");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your Account");
  });
});

test("a module of ours weighs on the wire what every journey counts it as, and loads no other", async ({
  page,
}) => {
  const folder = "public/enhance";
  const framing = 32; // bytes of a body that comes in pieces
  for (const file of fs.readdirSync(folder)) {
    const built = fs.readFileSync(path.join(folder, file));
    const response = await page.goto(`/enhance/${file}`);
    const sizes = await response?.request().sizes();
    expect(sizes?.responseBodySize, file).toBeGreaterThan(0);
    expect(sizes?.responseBodySize, file).toBeLessThanOrEqual(moduleBytes(file) + framing);
    expect(await response?.text(), file).toBe(built.toString());
    expect(built.toString(), file).not.toMatch(/\bimport\s*[("'{*]|\bfrom\s*["']|createElement\(["']script/);
  }
});
