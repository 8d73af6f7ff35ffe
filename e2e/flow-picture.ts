/**
 * Draws docs/flow.png, the picture of the README, from the screens themselves: `npm run picture`. No test, so it is in no
 * run of `npm test`.
 */
import { writeFile } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
import { db } from "@/lib/db";
import { press } from "./fixtures/journey";
import { codeSentTo } from "./fixtures/outbox";
import { makePerson } from "./fixtures/people";
import { codeOf, scan, secretIn } from "./fixtures/phones";
import { enterPassword, proveAgain } from "./fixtures/steps";

const SCREEN = { width: 360, height: 720 }; // px
const SHOWN_WIDTH = 280; // px, of a screen in the picture
const COLUMNS = 4;
// Nobody's: kept for stories by those who give out numbers in Canada.
const NUMBER = { country: "Canada (+1)", typed: "613 555 0123", e164: "+16135550123" };

const phone = { viewport: SCREEN, isMobile: true, hasTouch: true, deviceScaleFactor: 1.5, locale: "en-GB" };
test.use(phone);

/** All screens side by side, on a page of its own whose pixels are not multiplied. */
async function compose(page: Page, screens: readonly Buffer[]): Promise<Buffer> {
  const images = screens.map((png) => `<img src="data:image/png;base64,${png.toString("base64")}">`).join("");
  const gap = 24; // px
  await page.setViewportSize({ width: COLUMNS * (SHOWN_WIDTH + 2 + gap) + gap, height: 100 });
  await page.setContent(`<style>
    body { margin: 0; padding: ${gap}px; background: #fff; display: grid; gap: ${gap}px; grid-template-columns: repeat(${COLUMNS}, max-content) }
    img { display: block; width: ${SHOWN_WIDTH}px; border: 1px solid #d5dadd; border-radius: 12px }
  </style>${images}`);
  return page.screenshot({ fullPage: true });
}

test("the documented flow in eight screens", async ({ page, browser: chromium }) => {
  const person = await makePerson();
  const email = "wren@example.com";
  await db().account.update({
    where: { id: person.id },
    data: { name: "Wren Hill", email, emailKey: email },
  });
  const screens: Buffer[] = [];
  const shoot = async (heading: string, of = page) => {
    await expect(of.getByRole("heading", { level: 1, name: heading, exact: true })).toBeVisible();
    screens.push(await of.screenshot());
  };

  await enterPassword(page, email);
  await shoot("Your Account");
  await page.getByRole("link", { name: "Change Account Settings" }).click();
  await proveAgain(page);
  await shoot("Change Account Settings");
  await press(page, "Edit Advanced Security Settings");
  await shoot("Advanced Security Settings");
  await press(page, "Get Started");
  await page.getByLabel("Country").selectOption({ label: NUMBER.country });
  await page.getByLabel("Phone number").fill(NUMBER.typed);
  await press(page, "Send code");
  await expect(page.getByText(/Delivered/)).toBeVisible();
  await shoot("Enter the code");
  const verify = async (code: string) => {
    await page.getByLabel("Code", { exact: true }).fill(code);
    await press(page, "Verify code and continue");
  };
  await verify(await codeSentTo(NUMBER.e164));
  await shoot("Add a backup method");
  await verify(codeOf(secretIn(await scan(page))));
  await shoot("Almost done");
  await press(page, "Got it. Turn on Two-Step Verification");
  await shoot("Two-Step Verification is on");

  const elsewhere = await chromium.newPage();
  await enterPassword(elsewhere, email);
  await shoot("Two-Step Verification", elsewhere);

  await writeFile("docs/flow.png", await compose(await chromium.newPage({ deviceScaleFactor: 1 }), screens));
});
