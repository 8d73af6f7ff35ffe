/** A phone was stolen: from the settings and from the sign-in, in one press; and a passkey that is tried and put back. */
import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { at, expect, follow, press, test } from "./fixtures/journey";
import { linkIn, mailTo } from "./fixtures/outbox";
import {
  countSessions,
  makePerson,
  makeSession,
  methodsOf,
  type Person,
  password,
  signedIn,
} from "./fixtures/people";
import { enterPassword } from "./fixtures/steps";
import { platformPasskey, VirtualAuthenticator } from "./fixtures/virtual-authenticator";

const settings = "Advanced Security Settings";

/** Somebody with a phone, an app on it, another phone, and recovery codes. */
async function robbed(): Promise<Person> {
  const person = await makePerson({ methods: ["text", "app", "voice"], withRecoveryCodes: true });
  const [phone, app] = person.methods;
  await db().method.update({ where: { id: app?.id ?? "" }, data: { livesOn: phone?.id ?? "" } });
  return person;
}

test("in the settings: one press suspends the phone and what is on it, says what to do next, and it comes back", async ({
  page,
}) => {
  const person = await robbed();
  await makeSession(person);
  await signedIn(page, person);
  await page.goto("/account/security");
  await follow(page, "My phone was stolen or lost");
  await at(page, "My phone was stolen or lost");
  await follow(page, /^This one is gone the text message/);
  await at(page, "My phone was stolen or lost");
  await expect(page.getByRole("main").getByText(/^Authenticator app, entry ending/)).toBeVisible();
  await expect(page.getByText(/^You will still get in by: the voice call/)).toBeVisible();
  await page.getByRole("button", { name: "Suspend it now" }).dblclick();
  await at(page, "What to do next");
  await expect(page.getByRole("button", { name: "Print this page" })).toBeVisible();
  expect(await countSessions(person)).toBe(1);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByText(/^Call your carrier/)).toBeVisible();
  await expect(page.getByRole("link", { name: "Your Account" })).toBeHidden();
  await page.emulateMedia({ media: null });

  await page.goto("/account");
  await follow(page, "See what is suspended");
  await at(page, settings);
  await expect(page.getByRole("list", { name: "Suspended" })).toContainText("removed on");
  await follow(page, /^I have it back/);
  await at(page, "I have it back");
  await press(page, "Take it into use again");
  await at(page, settings);
  await expect(page.getByRole("list", { name: "Suspended" })).toHaveCount(0);
  expect(await methodsOf(person)).toEqual(["phone", "phone", "app"]);
  await mailTo(person.email, "A suspended phone of your account");
});

test("at sign-in, with a recovery code: the same button; the last way in is never suspended", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text"], withRecoveryCodes: true });
  await enterPassword(page, person.email);
  await follow(page, "Didn't receive the code?");
  await follow(page, "My phone was stolen or lost");
  await at(page, "My phone was stolen or lost");
  await press(page, "Sign in another way");
  await press(page, "Use a recovery code");
  await page.getByRole("textbox").fill(person.recoveryCodes[0] ?? "");
  await press(page, "Sign in");
  await at(page, "My phone was stolen or lost");
  await expect(page.getByText("You will have recovery codes and nothing else")).toBeVisible();
  await db().recoveryCode.deleteMany({ where: { accountId: person.id } });
  await page.reload();
  await at(page, "My phone was stolen or lost");
  await expect(page.getByText("Nothing else would let you in", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Suspend it now" })).toHaveCount(0);
});

test("what may be on the phone is ticked at first, says why, and stays in force when its owner unticks it", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "app", "voice"], withRecoveryCodes: true });
  await signedIn(page, person);
  await page.goto(`/account/security/stolen/${person.methods[0]?.id}`);
  await at(page, "My phone was stolen or lost");
  const box = page.getByRole("checkbox", { name: /^Was this on it too\? Authenticator app/ });
  await expect(box).toBeChecked();
  await expect(
    page.getByText("You have not said where it is kept, so we take it that it was."),
  ).toBeVisible();
  await box.uncheck();
  await press(page, "Suspend it now");
  await at(page, "What to do next");
  const left = await db().method.findMany({ where: { accountId: person.id, disabledAt: null } });
  expect(left.map(({ kind }) => kind).sort()).toEqual(["app", "phone"]);
});

test("what was ticked is ticked again after signing in anew in between", async ({ page }) => {
  const person = await makePerson({ methods: ["text", "app", "voice"], withRecoveryCodes: true });
  await signedIn(page, person);
  await page.goto(`/account/security/stolen/${person.methods[0]?.id}`);
  const box = page.getByRole("checkbox", { name: /^Was this on it too\? Authenticator app/ });
  await expect(box).toBeChecked();
  await box.uncheck();
  await db().session.updateMany({ where: { accountId: person.id }, data: { provenAt: null } });
  await press(page, "Suspend it now");
  await at(page, "Sign in again");
  await page.getByLabel("Password").fill(password);
  await press(page, "Continue");
  await follow(page, "Didn't receive the code?");
  await press(page, "Use a recovery code");
  await page.getByRole("textbox").fill(person.recoveryCodes[0] ?? "");
  await press(page, "Continue");
  await at(page, "My phone was stolen or lost");
  await expect(page.getByText("Nothing has changed yet: here is what you entered.")).toBeVisible();
  await expect(box).not.toBeChecked();
  await press(page, "Suspend it now");
  await at(page, "What to do next");
  const left = await db().method.findMany({ where: { accountId: person.id, disabledAt: null } });
  expect(left.map(({ kind }) => kind).sort()).toEqual(["app", "phone"]);
});

test("the old number of a change that is under way is not suspended by what came after it, and the page says so first", async ({
  page,
}) => {
  const person = await makePerson({ methods: ["text", "text", "app"] });
  const [fresh, old, app] = person.methods.map(({ id }) => id);
  await signedIn(page, person);
  const now = Date.now();
  const removalId = randomUUID();
  await db().removal.create({
    data: {
      id: removalId,
      accountId: person.id,
      tokenHash: removalId,
      kind: "number-changed",
      email: person.email,
      tries: 10,
      createdAt: new Date(now - 60_000),
      expiresAt: new Date(now + 6 * 86_400_000),
    },
  });
  await db().method.update({
    where: { id: old },
    data: { removalId, retiresAt: new Date(now + 29 * 86_400_000) },
  });
  const proveWith = (id: string | undefined, createdAt: Date) =>
    Promise.all([
      db().method.update({ where: { id }, data: { createdAt } }),
      db().session.updateMany({ where: { accountId: person.id }, data: { provenMethodId: id ?? null } }),
    ]);
  await proveWith(app, new Date(now - 30_000));
  await page.goto(`/account/security/stolen/${old}`);
  await at(page, "My phone was stolen or lost");
  await expect(page.getByText("The old number is not suspended yet")).toBeVisible();
  await expect(page.getByRole("button", { name: "Suspend it now" })).toHaveCount(0);

  await page.goto(`/account/security/stolen/${fresh}`);
  const box = page.getByRole("checkbox", { name: /^Was this on it too\? Text message/ });
  await expect(box).not.toBeChecked();
  await box.check();
  await press(page, "Suspend it now");
  await at(page, "My phone was stolen or lost", { isRefused: true });
  await expect(page.getByText("Nothing was suspended, because the old number is among it")).toBeVisible();
  await expect(page.getByText("The old number is not suspended yet")).toBeVisible();
  await page.getByRole("checkbox", { name: /^Was this on it too\? Text message/ }).uncheck();
  await press(page, "Suspend it now");
  await at(page, "What to do next");
  const left = await db().method.findMany({ where: { accountId: person.id, disabledAt: null } });
  expect(left.map(({ id }) => id).sort()).toEqual([app, old].sort());
});

test("a passkey is tried, and put back by itself after somebody else removed it", async ({
  page,
  anotherBrowser,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await VirtualAuthenticator.plugInto(page, platformPasskey);
  await signedIn(page, person);
  await page.goto("/account/security/add");
  await press(page, "Add a passkey or security key");
  await press(page, "Create a passkey");
  await at(page, settings);
  await follow(page, /^Try it the passkey/);
  await at(page, "Try it");
  await press(page, "Try it");
  await at(page, "It works");

  const attacker = await anotherBrowser();
  await signedIn(attacker, person);
  await attacker.goto("/account/security");
  await follow(attacker, /^Remove the passkey/);
  await press(attacker, "Remove");
  await at(attacker, settings);
  expect(await methodsOf(person)).toEqual(["app", "phone"]);
  await page.context().clearCookies();
  await page.goto(linkIn(await mailTo(person.email, "A way to get codes was removed")));
  await at(page, "Put it back and sign everyone out");
  await press(page, "Put it back and sign everyone out");
  await at(page, "It is back");
  expect(await methodsOf(person)).toEqual(["app", "phone", "passkey"]);
});
