import { db } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { codeSentTo, linkIn, mailTo, messageTo } from "./fixtures/outbox";
import {
  aboutOf,
  countSessions,
  makePerson,
  methodsOf,
  numberOf,
  password,
  replayableCode,
  signedIn,
} from "./fixtures/people";
import { wrongCode } from "./fixtures/phones";
import { enterCode, enterPassword } from "./fixtures/steps";

const settings = "Advanced Security Settings";

const longAgo = new Date(Date.now() - numbers.methods.remindAfter);

test("a method gets a name, whatever is written in it, and says where it is kept", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const [app, phone] = person.methods;
  await signedIn(page, person);
  await page.goto("/account/security");
  await follow(page, `Rename ${aboutOf(phone)}`);
  await at(page, "Rename a method");
  await page.getByLabel("Name").fill("x".repeat(500));
  await press(page, "Save");
  await at(page, "Rename a method", { isRefused: true });
  await refusedAt(page, "Name (optional)", "This name is too long");
  const name = "<b>فون</b> 👨‍👩‍👧 \u202egnp.exe";
  await page.getByLabel("Name").fill(name);
  await press(page, "Save");
  await at(page, settings);
  const shown = page.locator("main h3[dir=auto]").first();
  await expect(shown).toHaveText("<b>فون</b> 👨‍👩‍👧 gnp.exe");

  await follow(page, `Rename ${aboutOf(app)}`);
  await at(page, "Rename a method");
  await page.getByLabel("Where is it kept?").selectOption({
    label: `On the phone with the number ending ${numberOf(phone).slice(-2)}`,
  });
  await press(page, "Save");
  await at(page, settings);
  await expect(page.getByText(`on the phone ending ${numberOf(phone).slice(-2)}`)).toBeVisible();
  // Both are lost with that phone, and there are no recovery codes.
  await expect(page.getByText("Nothing: you are out")).toBeVisible();
});

test("the order can be changed, and the last used method is asked first on its browser", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text", "voice"] });
  const [app, text, voice] = person.methods;
  await signedIn(page, person);
  await page.goto("/account/security");
  await page.getByRole("button", { name: `Move up ${aboutOf(voice)}` }).click();
  await at(page, settings);
  const names = page.getByRole("list", { name: "Backup methods" }).getByRole("heading");
  await expect(names).toHaveText([/^Voice call/, /^Text message/]);
  await page.getByRole("button", { name: `Move up ${aboutOf(text)}` }).click();
  await expect(names).toHaveText([/^Text message/, /^Voice call/]);

  const desk = await anotherBrowser();
  await enterPassword(desk, person.email);
  await follow(desk, "Try another way");
  await press(desk, "Text a code");
  await at(desk, "Two-Step Verification");
  await enterCode(desk, await codeSentTo(numberOf(text)));
  await at(desk, "Your Account");
  await press(desk, "Sign out");
  await db().limit.deleteMany();
  await enterPassword(desk, person.email);
  await expect(desk.getByText(/Texted at/)).toBeVisible();
  const other = await anotherBrowser();
  await enterPassword(other, person.email);
  await expect(other.getByText(`entry ending ${app?.kind === "app" ? app.tag : ""}`)).toBeVisible();
});

test("what wrong codes disabled is taken into use again by its code, after a text that names it and is good for nothing else", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app", "voice"] });
  const [phone, app, landline] = person.methods;
  await db().method.updateMany({
    where: { id: { in: [app?.id ?? "", landline?.id ?? ""] } },
    data: { failures: 100, disabledAt: new Date() },
  });
  await signedIn(page, person);
  await page.goto("/account/security");
  await follow(page, `Take it into use again ${aboutOf(landline)}`);
  await at(page, "Take it into use again");
  await press(page, "Send code");
  expect((await messageTo(numberOf(landline))).body).toContain("It takes into use again the phone ending");
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(numberOf(landline)));
  await press(page, "Take it into use again");
  await at(page, "It is in use again");

  // With a text the session is proven for this very thing alone.
  await signedIn(page, person, { isProven: false });
  await page.goto(`/account/security/methods/${app?.id}/enable`);
  await at(page, "Sign in again");
  const ending = app?.kind === "app" ? app.tag : "";
  await expect(page.getByText("You are about to take a way to get codes into use again")).toBeVisible();
  await page.getByLabel("Password").fill(password);
  await press(page, "Continue");
  const named = `TAKES INTO USE AGAIN the authenticator app entry ending ${ending}`;
  expect((await messageTo(numberOf(phone))).body).toContain(named);
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(numberOf(phone)));
  await press(page, "Continue");
  await at(page, "Take it into use again");
  await page.getByLabel("Code", { exact: true }).fill(await replayableCode(person));
  await press(page, "Take it into use again");
  await at(page, "It is in use again");
  await page.goto(`/account/security/methods/${landline?.id}`);
  await at(page, "Sign in again");
  expect(await db().method.count({ where: { accountId: person.id, disabledAt: null } })).toBe(3);
  await expect
    .poll(async () => (await mailTo(person.email, "is in use again")).body)
    .toContain(`the authenticator app entry ending ${ending}`);
});

test("each way is tried without being needed: text, call, app and recovery code; a reminder comes after six months", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text", "voice"], withRecoveryCodes: true });
  const [app, text, voice] = person.methods;
  await db().method.updateMany({ where: { accountId: person.id }, data: { provenAt: longAgo } });
  await db().recoveryCode.updateMany({ where: { accountId: person.id }, data: { createdAt: longAgo } });
  await signedIn(page, person);
  await page.goto("/account");
  await expect(page.getByText("4 ways to get in were not tried for six months")).toBeVisible();
  await follow(page, "See which one, and try it");
  await at(page, settings);
  await expect(page.getByText("Nobody has tried this for six months")).toHaveCount(3);

  for (const phone of [text, voice]) {
    await follow(page, `Try it ${aboutOf(phone)}`);
    await at(page, "Try it");
    await press(page, "Send code");
    await at(page, "Try it");
    const code = await codeSentTo(numberOf(phone));
    if (phone === text) {
      await page.getByLabel("Code", { exact: true }).fill(wrongCode(code));
      await press(page, "Try it");
      await at(page, "Try it", { isRefused: true });
      await refusedAt(page, "Code", "That is not the code we sent");
    }
    await page.getByLabel("Code", { exact: true }).fill(code);
    await press(page, "Try it");
    await at(page, "It works");
    await follow(page, "Back to Advanced Security Settings");
    await at(page, settings);
  }
  await follow(page, `Try it ${aboutOf(app)}`);
  await at(page, "Try it");
  await page.getByLabel("Code", { exact: true }).fill(await replayableCode(person));
  await press(page, "Try it");
  await at(page, "It works");
  await page.goto("/account/security");
  await expect(page.getByText("Nobody has tried this for six months")).toHaveCount(0);

  await follow(page, "Try them");
  await at(page, "Try your recovery codes");
  await press(page, "Begin");
  await at(page, "Try your recovery codes");
  const asked = /code number (\d+)/.exec((await page.getByRole("main").textContent()) ?? "")?.[1];
  const field = page.getByLabel(/^Characters /);
  await expect(field, "said to whoever begins in the field").toHaveAccessibleDescription(
    new RegExp(`Look at code number ${asked} of your list`),
  );
  const label = await page.locator("label").filter({ hasText: "Characters" }).textContent();
  const code = (person.recoveryCodes[Number(asked) - 1] ?? "").replace("-", "");
  const characters = [...(label ?? "").matchAll(/\d+/g)].map(([place]) => code[Number(place) - 1]).join(" ");
  await field.fill(characters);
  await press(page, "Try it");
  await at(page, "It works");
  await page.goto("/account");
  await at(page, "Your Account");
  await expect(page.getByText(/not tried for six months/)).toHaveCount(0);
  const spent = { accountId: person.id, usedAt: { not: null } };
  expect(await db().recoveryCode.count({ where: spent })).toBe(0);
});

test("a lost method is removed by the proof of another one, and the map is shown before", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["app", "text", "voice"], withRecoveryCodes: true });
  const [app, text] = person.methods;
  await signedIn(page, person);
  // Proven a moment ago with the very method that is to go.
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenMethodId: app?.id ?? "" } });
  await page.goto("/account/security");
  await follow(page, `Remove ${aboutOf(app)}`);
  await at(page, "Remove a method");
  await expect(page.getByRole("button", { name: "Remove", exact: true })).toHaveCount(0);
  await press(page, "Sign in again with another method");
  await at(page, "Sign in again");
  await page.getByLabel("Password").fill(password);
  await press(page, "Continue");
  await at(page, "Two-Step Verification");
  await page.getByLabel("Code", { exact: true }).fill(await codeSentTo(numberOf(text)));
  await press(page, "Continue");
  await at(page, "Remove a method");
  await expect(page.getByRole("table", { name: "After this" }).getByRole("row")).toHaveCount(4);
  await press(page, "Remove");
  await at(page, settings);
  expect(await methodsOf(person)).toEqual(["phone", "phone"]);
});

test("a removal is put back by the link in its mail and a code of the old method, without a session", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text", "voice"], withRecoveryCodes: true });
  const text = person.methods[1];
  const attacker = await anotherBrowser();
  await signedIn(attacker, person);
  await attacker.goto("/account/security");
  await follow(attacker, `Remove ${aboutOf(text)}`);
  await press(attacker, "Remove");
  await at(attacker, settings);

  const link = linkIn(await mailTo(person.email, "A way to get codes was removed"));
  await page.goto(link);
  await at(page, "Put it back and sign everyone out");
  expect(await methodsOf(person)).toEqual(["app", "phone"]); // looking changes nothing
  await press(page, "Text a code");
  await at(page, "Put it back and sign everyone out");
  const code = await codeSentTo(numberOf(text));
  await page.getByLabel("Code", { exact: true }).fill(wrongCode(code));
  await press(page, "Put it back and sign everyone out");
  await at(page, "Put it back and sign everyone out", { isRefused: true });
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByRole("button", { name: "Put it back and sign everyone out" }).dblclick();
  await at(page, "It is back");
  expect(await methodsOf(person)).toEqual(["app", "phone", "phone"]);
  expect(await countSessions(person)).toBe(0);
  await attacker.goto("/account");
  await at(attacker, "Sign in");
  await page.goto(link);
  await at(page, "This link was used already");
  await mailTo(person.email, "A way to get codes was put back");
});

test("Two-Step Verification that was turned off is put back by the app, and asks again", async ({ page }) => {
  const person = await makePerson({ methods: ["app"], withRecoveryCodes: true });
  await signedIn(page, person);
  await page.goto("/account/security/turn-off");
  await press(page, "Turn off Two-Step Verification");
  await at(page, settings);
  await page.context().clearCookies();
  await page.goto(linkIn(await mailTo(person.email, "Two-Step Verification was turned off")));
  await at(page, "Put it back and sign everyone out");
  await page.getByLabel("Code", { exact: true }).fill(await replayableCode(person));
  await press(page, "Put it back and sign everyone out");
  await at(page, "It is back");
  await enterPassword(page, person.email);
  await at(page, "Two-Step Verification");
});

test("a link that is too old or not ours says so", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  await signedIn(page, person);
  await page.goto("/account/security/turn-off");
  await press(page, "Turn off Two-Step Verification");
  const link = linkIn(await mailTo(person.email, "Two-Step Verification was turned off"));
  await db().removal.updateMany({ where: { accountId: person.id }, data: { expiresAt: new Date() } });
  await page.goto(link);
  await at(page, "This link is too old");
  await page.goto(`/put-back/${"A".repeat(43)}`);
  await at(page, "This link is not one of ours");
  await page.goto("/put-back/short");
  await at(page, "This link is not whole");
});

test("the settings are clear with ten methods", async ({ page }) => {
  const kinds = ["app", "text", "app", "voice", "text", "app", "text", "voice", "app", "text"] as const;
  const person = await makePerson({ methods: kinds, withRecoveryCodes: true });
  const labels = [
    "",
    "Work phone",
    "Tablet",
    "Landline at home",
    "",
    "هاتف",
    "🇨🇦 SIM",
    "",
    "x".repeat(40),
    "",
  ];
  for (const [place, method] of person.methods.entries())
    await db().method.update({ where: { id: method.id }, data: { label: labels[place] } });
  await db().method.update({ where: { id: person.methods[4]?.id ?? "" }, data: { provenAt: longAgo } });
  await db().method.update({ where: { id: person.methods[6]?.id ?? "" }, data: { warnedAt: new Date() } });
  await db().method.update({ where: { id: person.methods[7]?.id ?? "" }, data: { disabledAt: new Date() } });
  await signedIn(page, person);
  await page.goto("/account/security");
  await at(page, settings);
  await expect(page.getByRole("list", { name: "Backup methods" }).getByRole("listitem")).toHaveCount(8);
});
