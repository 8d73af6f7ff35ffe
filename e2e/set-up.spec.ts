import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { codeSentTo, mailTo, messagesTo, messageTo } from "./fixtures/outbox";
import { forgetBudget, freshNumber, makePerson, methodsOf, type Person, signedIn } from "./fixtures/people";
import { asNational, codeOf, digits, freshLandline, scan, secretIn, wrongCode } from "./fixtures/phones";
import { enterPassword, proveAgain } from "./fixtures/steps";

const unitedKingdom = "United Kingdom (+44)";

type Number = { country?: string; typed: string; by?: "Text message" | "Voice call" };

async function sendCode(page: Page, { country = unitedKingdom, typed, by = "Text message" }: Number) {
  await page.getByLabel("Country").selectOption({ label: country });
  await page.getByLabel("Phone number").fill(typed);
  await page.getByRole("radio", { name: by }).check();
  await press(page, "Send code");
}

async function verify(page: Page, code: string): Promise<void> {
  await page.getByLabel("Code", { exact: true }).fill(code);
  await press(page, "Verify code and continue");
}

async function begin(page: Page, wanted: Parameters<typeof makePerson>[0] = {}): Promise<Person> {
  const person = await makePerson({ isOn: false, ...wanted });
  await signedIn(page, person);
  await page.goto("/account/security");
  await at(page, "Advanced Security Settings");
  await press(page, "Get Started");
  return person;
}

const isOn = async (person: Person): Promise<boolean> =>
  (await db().account.findUniqueOrThrow({ where: { id: person.id } })).twoStepOnAt !== null;

const triesLeft = async (person: Person): Promise<number | undefined> =>
  (await db().enrolment.findFirst({ where: { accountId: person.id, kind: "phone" } }))?.tries;

test("the documented flow, word by word: text message first, the app as backup", async ({
  page,
  anotherBrowser,
}) => {
  test.slow();
  const person = await makePerson();
  const number = freshNumber();
  await enterPassword(page, person.email);
  await at(page, "Your Account");
  await expect(page.getByRole("heading", { name: "Settings", exact: true })).toBeVisible();
  await follow(page, "Change Account Settings");
  await at(page, "Sign in again");
  await expect(page.getByLabel("E-mail")).toHaveValue(person.email);
  await expect(page.getByLabel("E-mail")).not.toBeEditable();
  await proveAgain(page);
  await at(page, "Change Account Settings");
  await press(page, "Edit Advanced Security Settings");
  await at(page, "Advanced Security Settings");
  await press(page, "Get Started");

  await at(page, "Choose how to get codes");
  await expect(page.getByText("Step 1 of 3")).toBeVisible();
  await sendCode(page, { typed: asNational(number) });
  await at(page, "Enter the code");
  const text = await messageTo(number);
  const code = await codeSentTo(number);
  expect(text.body.split("\n")).toEqual([
    `${code} is your Latchkey security code (A). We will never ask you for it.`,
    "",
    `@localhost #${code}`,
  ]);
  const field = page.getByLabel("Code", { exact: true });
  await expect(field).toHaveAttribute("autocomplete", "one-time-code");
  await expect(field).toHaveAttribute("inputmode", "numeric");
  await expect(field).toBeFocused();
  await verify(page, `${code.slice(0, 3)} ${code.slice(3)}`);

  await at(page, "Add a backup method");
  await expect(page.getByText("Step 2 of 3")).toBeVisible();
  await expect(page.getByText("So that you can still sign in when your first method is lost.")).toBeVisible();
  const entry = await scan(page);
  const escaped = person.email.replaceAll(".", "\\.");
  expect(decodeURIComponent(entry.href)).toMatch(
    new RegExp(`^otpauth://totp/Latchkey:\\(${escaped}\\) [A-Z2-7]{4}\\?`),
  );
  expect(entry.searchParams.get("issuer")).toBe("Latchkey");
  await verify(page, codeOf(secretIn(entry)));

  await at(page, "Almost done");
  await expect(page.getByText("Step 3 of 3")).toBeVisible();
  expect(await isOn(person), "not on before the last button").toBe(false);
  await expect(page.getByLabel("Don't require codes on this device")).not.toBeChecked();
  await press(page, "Got it. Turn on Two-Step Verification");

  await at(page, "Two-Step Verification is on");
  expect(await isOn(person)).toBe(true);
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const shown = await codes.allTextContents();
  await page.reload();
  await at(page, "Two-Step Verification is on");
  expect(await codes.allTextContents(), "a reload shows the same ones").toEqual(shown);
  await page.getByLabel("I have saved these codes").check();
  await press(page, "Continue");
  await at(page, "Advanced Security Settings");
  await expect(page.getByText(/10 of 10 recovery codes are left/)).toBeVisible();
  await page.goto("/account/security/setup/done");
  await at(page, "Advanced Security Settings");
  await mailTo(person.email, "Two-Step Verification is on");

  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await at(other, "Two-Step Verification");
});

test("the app first by its typed key, then a landline that is called", async ({ page }) => {
  const person = await begin(page);
  const landline = freshLandline();
  await at(page, "Choose how to get codes");
  const scanned = secretIn(await scan(page));
  await page.getByText("Can't scan it?").click();
  const key = page.locator(".key-text");
  await expect(key).toHaveText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
  const typed = ((await key.textContent()) ?? "").replaceAll(" ", "");
  expect(typed).toBe(scanned);
  await verify(page, codeOf(typed));
  await at(page, "Add a backup method");
  await expect(page.getByRole("img", { name: /^QR code/ }), "the same app is no backup").toHaveCount(0);
  await sendCode(page, { typed: landline, by: "Voice call" });
  await at(page, "Enter the code");
  const { channel, body } = await messageTo(landline);
  expect(channel).toBe("voice");
  const code = await codeSentTo(landline);
  expect(body.split([...code].join(", ")), "said twice").toHaveLength(3);
  await verify(page, code);
  await at(page, "Almost done");
  await page.getByLabel("Don't require codes on this device").check();
  await press(page, "Got it. Turn on Two-Step Verification");
  await at(page, "Two-Step Verification is on");
  expect(await methodsOf(person)).toEqual(["app", "phone"]);
  await follow(page, "Advanced Security Settings");
  await at(page, "Advanced Security Settings");
  await expect(page.getByText("This device", { exact: true })).toBeVisible();

  await press(page, "Sign out");
  await at(page, "Sign in");
  await enterPassword(page, person.email);
  await at(page, "Your Account");
});

test("a call first; the same number is refused as the backup, by text as well", async ({ page }) => {
  const person = await begin(page);
  const number = freshNumber();
  await sendCode(page, { typed: asNational(number), by: "Voice call" });
  await at(page, "Enter the code");
  await verify(page, await codeSentTo(number));
  await at(page, "Add a backup method");
  await sendCode(page, { typed: number });
  await at(page, "Add a backup method", { isRefused: true });
  await refusedAt(page, "Phone number", "This number is one of your methods already");
  await expect(page.getByLabel("Phone number")).toHaveValue(number);
  expect(messagesTo(number)).toHaveLength(1);
  const second = freshNumber();
  await sendCode(page, { typed: asNational(second) });
  await at(page, "Enter the code");
  await verify(page, await codeSentTo(second));
  await at(page, "Almost done");
  expect(await isOn(person)).toBe(false);
});

test("leaving in the middle changes nothing, and coming back goes on where it stood, with the same QR code", async ({
  page,
  anotherBrowser,
}) => {
  const person = await begin(page);
  await at(page, "Choose how to get codes");
  const secret = secretIn(await scan(page));
  await page.reload();
  expect(secretIn(await scan(page))).toBe(secret);
  await follow(page, "Your Account");
  await at(page, "Your Account");
  await page.goto("/account/security");
  await press(page, "Get Started");
  expect(secretIn(await scan(page))).toBe(secret);
  await verify(page, codeOf(secret));
  await at(page, "Add a backup method");

  await page.goto("/account/security");
  await at(page, "Advanced Security Settings");
  await press(page, "Get Started");
  await at(page, "Add a backup method");
  const number = freshNumber();
  await sendCode(page, { typed: number });
  await at(page, "Enter the code");
  await page.goto("/account/security");
  await press(page, "Get Started");
  await at(page, "Enter the code");
  await follow(page, "Change the number");
  await at(page, "Add a backup method");

  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await at(other, "Your Account");
});

test("no step can be skipped by its address", async ({ page }) => {
  await begin(page);
  for (const step of ["code", "backup", "finish", "done"]) {
    await page.goto(`/account/security/setup/${step}`);
    await at(page, "Choose how to get codes");
  }
});

test("a reload of any step, and a form sent twice, do nothing twice", async ({ page }) => {
  test.slow();
  const person = await begin(page);
  const number = freshNumber();
  await page.getByLabel("Country").selectOption({ label: unitedKingdom });
  await page.getByLabel("Phone number").fill(number);
  await page.getByRole("button", { name: "Send code" }).dblclick();
  await at(page, "Enter the code");
  await page.reload();
  await at(page, "Enter the code");
  const code = await codeSentTo(number);
  expect(messagesTo(number), "one message for two clicks").toHaveLength(1);

  const tries = (await triesLeft(person)) ?? 0;
  await verify(page, wrongCode(code));
  await at(page, "Enter the code", { isRefused: true });
  await page.reload(); // sends the form again
  await at(page, "Enter the code", { isRefused: true });
  expect(await triesLeft(person)).toBe(tries - 1);

  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByRole("button", { name: "Verify code and continue" }).dblclick();
  await at(page, "Add a backup method");
  await page.reload();
  await at(page, "Add a backup method");
  expect(await methodsOf(person)).toEqual(["phone"]);

  const secret = secretIn(await scan(page));
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await page.getByRole("button", { name: "Verify code and continue" }).dblclick();
  await at(page, "Almost done");
  expect(await methodsOf(person)).toEqual(["phone", "app"]);
  await page.reload();
  await at(page, "Almost done");

  await page.getByLabel("Don't require codes on this device").check();
  await page.getByRole("button", { name: "Got it. Turn on Two-Step Verification" }).dblclick();
  await at(page, "Two-Step Verification is on");
  await expect(page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem")).toHaveCount(10);
  expect(await db().recoveryCode.count({ where: { accountId: person.id } })).toBe(10);
  expect(await db().event.count({ where: { accountId: person.id, kind: "two-step-on" } })).toBe(1);
  await page.goto("/account/security");
  await at(page, "Advanced Security Settings");
  await press(page, "Sign out");
  await enterPassword(page, person.email);
  await at(page, "Your Account");
});

test("a wrong, a malformed, an expired and a used code are four different messages", async ({ page }) => {
  const person = await begin(page);
  const number = freshNumber();
  await sendCode(page, { typed: number });
  const code = await codeSentTo(number);
  const enrolment = { accountId: person.id, kind: "phone" };
  const { id: ownerId } = await db().enrolment.findFirstOrThrow({ where: enrolment });
  const answered = async (answer: string, message: string) => {
    await verify(page, answer);
    await at(page, "Enter the code", { isRefused: true });
    await refusedAt(page, "Code", message);
    await expect(page.getByLabel("Code", { exact: true })).toHaveValue("");
  };
  await answered("48 12", "Enter the 6 digits of the code we sent");
  await answered("none", "Enter the 6 digits of the code we sent");
  await answered(wrongCode(code), "That is not the code we sent");
  await db().code.updateMany({ where: { ownerId }, data: { expiresAt: new Date() } });
  await answered(code, "That code is too old");
  await db().code.updateMany({ where: { ownerId }, data: { usedAt: new Date() } });
  await db().enrolment.updateMany({ where: enrolment, data: { lastAnswer: null } });
  await answered(code, "That code has been used already");
});

test("a new code is lettered and leaves the first one good", async ({ page }) => {
  await begin(page);
  const number = freshNumber();
  await sendCode(page, { typed: number });
  await at(page, "Enter the code");
  await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(/Type code A\./);
  const first = await codeSentTo(number);
  await press(page, "Send a new code");
  await at(page, "Enter the code", { isRefused: true });
  await expect(page.getByRole("alert")).toContainText("We cannot send a code there yet. Try again at");
  await forgetBudget("message-pause", number, "enrolment"); // half a minute is not what this is about
  await press(page, "Send a new code");
  await at(page, "Enter the code");
  expect((await messageTo(number, 2)).body).toContain("(B)");
  await verify(page, first);
  await at(page, "Add a backup method");
});

test("too many wrong codes end that number's try, with a way on", async ({ page }) => {
  await begin(page);
  const number = freshNumber();
  await sendCode(page, { typed: number });
  let code = await codeSentTo(number);
  for (let turn = 0; turn < 5; turn += 1) {
    code = wrongCode(code);
    await verify(page, code);
    await at(page, "Enter the code", { isRefused: true });
  }
  await expect(page.getByLabel("Code", { exact: true })).toHaveCount(0);
  await follow(page, "Change the number");
  await at(page, "Choose how to get codes");
});

test("numbers of every country are taken as people write them", async ({ page }) => {
  test.slow();
  await begin(page);
  const [a, b, c, d, e, f] = [digits(2), digits(2), digits(6), digits(2), digits(7), digits(2)];
  const numbers: (Number & { is: string })[] = [
    { country: "Canada (+1)", typed: `(416) 555-01${a}`, is: `+141655501${a}` },
    { country: "Canada (+1)", typed: `1 613.555.02${b}`, is: `+161355502${b}` },
    { country: "Canada (+1)", typed: `+49 1512 3${c}`, is: `+4915123${c}` },
    { country: "United States (+1)", typed: `0033 6 12 34 56 ${d}`, is: `+336123456${d}` },
    {
      country: "Egypt (+20)",
      typed: `٠١٠٠${[...e].map((n) => String.fromCodePoint(0x660 + Number(n))).join("")}`,
      is: `+20100${e}`,
    },
    { country: unitedKingdom, typed: `tel:+44 (77) 123-456${f}`, is: `+4477123456${f}` },
  ];
  for (const { is, ...number } of numbers) {
    await sendCode(page, number);
    await at(page, "Enter the code");
    expect((await messageTo(is)).channel).toBe("text");
    await follow(page, "Change the number");
    await at(page, "Choose how to get codes");
  }
});

test("a number that cannot get a code is refused with its reason, and comes back filled in", async ({
  page,
}) => {
  const person = await begin(page);
  await sendCode(page, { typed: "020 7946 0958" });
  await at(page, "Choose how to get codes", { isRefused: true });
  const landline = "This is a landline, which cannot get text messages";
  await expect(page.getByRole("alert")).toContainText(landline);
  // It can be put right at the channel as well.
  await expect(page.getByRole("group", { name: "How to send codes" })).toHaveAccessibleDescription(
    new RegExp(landline),
  );
  const refused: (Number & { message: string })[] = [
    { typed: "", message: "Enter a phone number" },
    { typed: "my phone", message: "Enter a phone number with digits only" },
    { typed: "0771 2", message: "This number is too short" },
    { typed: "0771 234 5678 9012", message: "This number is too long" },
    { country: "Canada (+1)", typed: "555 555 0199", message: "There is no such number in that country" },
    { typed: "0909 879 0123", message: "We cannot send codes to premium-rate" },
  ];
  for (const { message, ...number } of refused) {
    await sendCode(page, number);
    await at(page, "Choose how to get codes", { isRefused: true });
    await refusedAt(page, "Phone number", message);
    await expect(page.getByLabel("Phone number")).toHaveValue(number.typed);
  }
  expect(await db().message.count({ where: { accountId: person.id } })).toBe(0);
});
