/** One account with everything: a phone, two apps, a passkey in this device, a security key and recovery codes. */
import type { Page } from "@playwright/test";
import { generateSync } from "otplib";
import { db } from "@/lib/db";
import { at, expect, follow, press, test } from "./fixtures/journey";
import { codeSentTo, linkIn, mailTo, messagesTo } from "./fixtures/outbox";
import { type MadeMethod, makePerson, methodsOf, signedIn } from "./fixtures/people";
import { enterCode, enterPassword } from "./fixtures/steps";
import { plainKey, platformPasskey, VirtualAuthenticator } from "./fixtures/virtual-authenticator";

const settings = "Advanced Security Settings";
const back = "Put it back and sign everyone out";

async function addPasskey(page: Page): Promise<void> {
  await page.goto("/account/security/add");
  await press(page, "Add a passkey or security key");
  await press(page, "Create a passkey");
  await at(page, settings);
}

test("with a phone, two apps, a passkey, a security key and codes, each signs in, each can be removed and put back, and each alert says enough", async ({
  page,
  browser,
}) => {
  test.slow();
  const person = await makePerson({ methods: ["app", "app", "text"], withRecoveryCodes: true });
  const [first, second, phone] = person.methods;
  const number = phone?.kind === "phone" ? phone.number : "";
  const codeOf = async (method: MadeMethod | undefined): Promise<string> => {
    if (method?.kind !== "app") throw new Error("no app");
    await db().method.update({ where: { id: method.id }, data: { counter: null } });
    return generateSync({ secret: method.secret });
  };
  const device = await VirtualAuthenticator.plugInto(page, platformPasskey);
  const key = await VirtualAuthenticator.plugInto(page, plainKey);
  const only = async (answering: VirtualAuthenticator | undefined): Promise<void> => {
    for (const each of [device, key]) await each.setAnswering(each === answering);
  };
  await signedIn(page, person);
  await only(device);
  await addPasskey(page);
  await only(key);
  await addPasskey(page);
  expect(await methodsOf(person)).toEqual(["app", "app", "phone", "passkey", "passkey"]);

  // Every way in.
  let texts = 0;
  const ways: { readonly way?: string | RegExp; readonly said: RegExp; enter(): Promise<void> }[] = [
    {
      said: /password and a code of the authenticator app/,
      enter: async () => enterCode(page, await codeOf(first)),
    },
    {
      way: second?.kind === "app" ? new RegExp(`ending ${second.tag}`) : "",
      said: /password and a code of the authenticator app/,
      enter: async () => enterCode(page, await codeOf(second)),
    },
    {
      way: /text message/i,
      said: /password and a code sent to a phone/,
      enter: async () => {
        texts += 1;
        await enterCode(page, await codeSentTo(number, texts));
      },
    },
    {
      way: /passkey/i,
      said: /password and a passkey/,
      enter: async () => {
        await only(device);
        await press(page, "Use a passkey or security key");
      },
    },
    {
      way: /passkey/i,
      said: /password and a passkey/,
      enter: async () => {
        await only(key);
        await press(page, "Use a passkey or security key");
      },
    },
    {
      way: /recovery code/i,
      said: /password and a recovery code/,
      enter: async () => {
        await page.getByLabel("Recovery code").fill(person.recoveryCodes[0] ?? "");
        await press(page, "Sign in");
      },
    },
  ];
  for (const { way, said, enter } of ways) {
    await page.context().clearCookies();
    await only(undefined);
    await enterPassword(page, person.email);
    await at(page, "Two-Step Verification");
    if (way !== undefined) {
      await follow(page, "Try another way");
      await page.getByRole("listitem").filter({ hasText: way }).getByRole("button").first().click();
    }
    await enter();
    await at(page, "Your Account");
    await expect(page.getByText(said).first()).toBeVisible();
  }
  await page.context().clearCookies();
  await only(undefined); // the field "E-mail" would take what answers by itself
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeVisible();
  await only(device);
  await press(page, "Sign in with a passkey");
  await at(page, "Your Account");

  // A browser that is trusted asks the password alone, and codes need no JavaScript at all.
  const plain = await browser.newPage({ javaScriptEnabled: false });
  await enterPassword(plain, person.email);
  await enterCode(plain, await codeOf(first), { isTrustAsked: true });
  await at(plain, "Your Account");
  await press(plain, "Sign out");
  await enterPassword(plain, person.email);
  await at(plain, "Your Account");
  await plain.close();

  // Every one is removed, and put back by the link of its own mail.
  const removals: { readonly about: RegExp; readonly kind: string; prove(): Promise<void> }[] = [
    { about: /^Remove the passkey/, kind: "passkey", prove: () => only(device) },
    { about: /^Remove the security key/, kind: "passkey", prove: () => only(key) },
    ...[first, second].map((app) => ({
      about: app?.kind === "app" ? new RegExp(`^Remove .*ending ${app.tag}`) : /^$/,
      kind: "app",
      prove: async () => page.getByLabel("Code", { exact: true }).fill(await codeOf(app)),
    })),
    {
      about: /^Remove the text message/,
      kind: "phone",
      prove: async () => {
        await press(page, "Text a code");
        texts += 1;
        await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(number, texts));
      },
    },
  ];
  const removed = () =>
    messagesTo(person.email).filter(({ subject }) => subject?.includes("A way to get codes was removed"));
  for (const [place, { about, kind, prove }] of removals.entries()) {
    await only(undefined);
    await signedIn(page, person);
    await page.goto("/account/security");
    await page.getByRole("link", { name: about }).click();
    await at(page, "Remove a method");
    const understood = page.getByLabel(/^I understand/);
    if (await understood.isVisible()) await understood.check();
    await press(page, "Remove");
    await at(page, settings);
    expect((await methodsOf(person)).length).toBe(4);
    await expect.poll(() => removed().length, { timeout: 15_000 }).toBe(place + 1);
    await page.goto(linkIn(removed().at(-1) ?? (await mailTo(person.email, "removed"))));
    await at(page, back);
    expect((await methodsOf(person)).length).toBe(4); // a link leads to a page and does nothing by itself
    await prove();
    await press(page, back);
    await at(page, "It is back");
    expect((await methodsOf(person)).filter((each) => each === kind).length).toBeGreaterThan(0);
    expect((await methodsOf(person)).length).toBe(5);
  }

  // All at once: turned off, and on again with all that it had by the security key.
  await only(undefined);
  await signedIn(page, person);
  await page.goto("/account/security/turn-off");
  await press(page, "Turn off Two-Step Verification");
  await at(page, settings);
  expect(await methodsOf(person)).toEqual([]);
  await page.goto(linkIn(await mailTo(person.email, "Two-Step Verification was turned off")));
  await at(page, back);
  await page
    .getByRole("listitem")
    .filter({ hasText: /security key/i })
    .getByRole("button")
    .click();
  await at(page, back);
  await only(key);
  await press(page, back);
  await at(page, "It is back");
  expect((await methodsOf(person)).length).toBe(5);

  // What its owner was told of all this.
  await mailTo(person.email, "Two-Step Verification was put back");
  const alerts = messagesTo(person.email).filter(({ purpose }) => purpose === "alert");
  for (const { subject, body } of alerts) {
    expect(body, subject).toMatch(/^(When|Last try): .+ UTC$/m);
    expect(body, subject).toMatch(/^From: (127\.0\.0\.1|::1), Chrome · Linux$/m);
    expect(body, subject).toMatch(/\/(forgot-password|put-back|account)/);
  }
  const told = alerts.map(({ subject = "" }) => subject);
  for (const subject of [
    "A way to get codes was added",
    "new browser",
    "recovery code",
    "A way to get codes was removed",
    "A way to get codes was put back",
  ])
    expect(
      told.some((each) => each.toLowerCase().includes(subject.toLowerCase())),
      `${subject}: ${told.join(" | ")}`,
    ).toBe(true);
  // The graver ones by text too, at the phone that was theirs before the change.
  await expect
    .poll(
      () => messagesTo(number).filter(({ body }) => body.includes("was removed from your account")).length,
    )
    .toBeGreaterThan(0);
});
