import fs from "node:fs";
import type { Page } from "@playwright/test";
import { db } from "@/lib/db";
import type { Language } from "@/lib/kernel/language";
import { at, expect, follow, press, test } from "./fixtures/journey";
import { mailTo, messageTo } from "./fixtures/outbox";
import { appCode, makePerson, type Person, password, signedIn } from "./fixtures/people";
import { sharedSite } from "./fixtures/site";

// The words stand in the catalogues; what is looked at here is that they arrive, for the right person, whole and in
// the right direction.

/** What a catalogue says under a key that has no values. */
function said(language: Language, area: string, key: string): string {
  const words = JSON.parse(fs.readFileSync(`lib/words/${language}/${area}.json`, "utf8"));
  return words[key];
}

const isIn = async (page: Page, language: Language, direction: "ltr" | "rtl" = "ltr"): Promise<void> => {
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  await expect(page.locator("html")).toHaveAttribute("dir", direction);
};

const personOf = async (language: Language, wanted: Parameters<typeof makePerson>[0]): Promise<Person> => {
  const person = await makePerson(wanted);
  await db().account.update({ where: { id: person.id }, data: { language } });
  return person;
};

test("fifty requests at once, in six languages, pages and posts: each is answered in its own", async () => {
  const { baseUrl } = sharedSite();
  const languages: Language[] = ["en", "de", "es", "fr", "ja", "ar"];
  const ask = async (language: Language, place: number): Promise<void> => {
    const headers = { "accept-language": `${language};q=0.9, nl` };
    const isPost = place % 3 === 0;
    const form = isPost
      ? {
          method: "POST",
          body: "email=nobody",
          headers: { ...headers, origin: baseUrl, "content-type": "application/x-www-form-urlencoded" },
        }
      : { headers };
    const html = await (await fetch(`${baseUrl}/sign-in`, form)).text();
    expect(/<html lang="(\w+)"/.exec(html)?.[1]).toBe(language);
    expect(/<h1>([^<]*)/.exec(html)?.[1]).toBe(said(language, "sign-in", "title"));
    for (const other of languages.filter((one) => one !== language && one !== "en"))
      expect(html).not.toContain(said(other, "ui", "language.machine"));
  };
  for (let round = 0; round < 2; round += 1)
    await Promise.all(
      Array.from({ length: 50 }, (_, place) => ask(languages[(place + round) % 6] ?? "en", place)),
    );
});

test("the door's own pages and the page that is not there are in the language that is asked for", async () => {
  const { baseUrl } = sharedSite();
  const read = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${baseUrl}${path}`, { ...init, headers: { "accept-language": "ar" } });
    return answer.text();
  };
  const refused = await read("/sign-in", { method: "DELETE" });
  expect(refused).toContain('<html lang="ar" dir="rtl">');
  expect(refused).toContain(said("ar", "door", "method.heading"));
  const missing = await read("/nowhere");
  expect(missing).toContain('<html lang="ar" dir="rtl">');
  expect(missing).toContain(said("ar", "ui", "notFound.heading"));
});

test("the switch at the foot of a page leads back to it in another language, and back to English", async ({
  page,
}) => {
  await page.goto("/sign-up");
  await at(page, "Create your account");
  const ofSwitch = page.getByRole("group", { name: "Language" });
  await expect(ofSwitch.getByText("English")).toHaveAttribute("aria-current", "true");
  await expect(ofSwitch.locator("[lang=ja]")).toHaveText("日本語");
  await press(page, "Deutsch");
  expect(new URL(page.url()).pathname).toBe("/sign-up");
  await isIn(page, "de");
  await at(page, said("de", "sign-up", "signUp.heading"));
  await expect(page.getByText(said("de", "ui", "language.machine"))).toBeVisible();
  await page.goto("/sign-in");
  await at(page, said("de", "sign-in", "title"));
  await press(page, said("de", "ui", "language.original"));
  await at(page, "Sign in");
  await isIn(page, "en");
});

test("the switch leads nowhere but to this site, and takes nothing but a language", async () => {
  const { baseUrl } = sharedSite();
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${baseUrl}/language`, {
      method: "POST",
      body,
      redirect: "manual",
      headers: { origin: baseUrl, "content-type": "application/x-www-form-urlencoded", ...headers },
    });
  for (const referer of ["https://evil.example/x", `${baseUrl}.evil.example/`, "nonsense", ""]) {
    const answer = await post("language=de", { referer });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `${baseUrl}/`]);
  }
  const doubled = await post("language=de", { referer: `${baseUrl}//evil.example/` });
  expect(new URL(doubled.headers.get("location") ?? "", baseUrl).origin).toBe(baseUrl);
  for (const body of ["language=xx", "", "language=de&language=fr", "language=de%0d%0aSet-Cookie: a=b"]) {
    const answer = await post(body);
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([400, null]);
  }
  expect((await post("language=de", { "content-type": "text/plain" })).status).toBe(400);
  expect((await post("language=de", { origin: "https://evil.example" })).status).toBe(403);
});

test("chosen while signed in, the language is the one of messages too, and the one before tells of it", async ({
  page,
}) => {
  const person = await personOf("en", { methods: ["app", "text"] });
  await signedIn(page, person);
  await page.goto("/account");
  await press(page, "Français");
  await at(page, said("fr", "home", "heading"));
  const mail = await mailTo(person.email, "Messages from Latchkey come in another language now");
  expect(mail.body).toContain("Français");
  expect((await db().account.findUniqueOrThrow({ where: { id: person.id } })).language).toBe("fr");
});

test.describe("somebody whose browser asks for German", () => {
  test.use({ locale: "de-AT" });

  test("signs in by a text in German, and every screen says what it is in German", async ({ page }) => {
    const person = await personOf("de", { methods: ["text"] });
    await page.goto("/");
    await at(page, said("de", "sign-in", "title"));
    await isIn(page, "de");
    await page.getByLabel(said("de", "sign-in", "email")).fill(person.email);
    await page.getByLabel(said("de", "sign-in", "password")).fill(password);
    await press(page, said("de", "sign-in", "submit"));
    await at(page, said("de", "sign-in", "twoStep.title"));
    const method = person.methods[0];
    const text = await messageTo(method?.kind === "phone" ? method.number : "");
    const code = /@localhost #(\d{6})$/.exec(text.body)?.[1] ?? "";
    expect(text.body).toContain("Wir fragen Sie nie danach");
    await page.getByLabel(said("de", "sign-in", "twoStep.code"), { exact: true }).fill(code);
    await press(page, said("de", "sign-in", "twoStep.submit"));
    await at(page, said("de", "home", "heading"));
    await follow(page, said("de", "home", "settings.link"));
    await at(page, said("de", "proof", "title"));
  });
});

test.describe("somebody whose browser asks for Arabic", () => {
  test.use({ locale: "ar" });

  test("reads from right to left; codes, numbers and addresses stay from left to right", async ({ page }) => {
    const person = await personOf("ar", { methods: ["app", "text"], withRecoveryCodes: true });
    await page.goto("/sign-in");
    await at(page, said("ar", "sign-in", "title"));
    await isIn(page, "ar", "rtl");
    await expect(page.getByLabel(said("ar", "sign-in", "email"))).toHaveAttribute("dir", "ltr");
    await page.getByLabel(said("ar", "sign-in", "email")).fill(person.email);
    await page.getByLabel(said("ar", "sign-in", "password")).fill(password);
    await press(page, said("ar", "sign-in", "submit"));
    await at(page, said("ar", "sign-in", "twoStep.title"));
    const field = page.getByLabel(said("ar", "sign-in", "twoStep.code"), { exact: true });
    await expect(field).toHaveAttribute("dir", "ltr");
    // As an Arabic keyboard types them.
    const typed = appCode(person).replace(/\d/g, (digit) => String.fromCharCode(0x0660 + Number(digit)));
    await field.fill(typed);
    await press(page, said("ar", "sign-in", "twoStep.submit"));
    await at(page, said("ar", "home", "heading"));
  });

  test("sets up, looks at the settings and saves recovery codes on screens that fit", async ({ page }) => {
    const person = await personOf("ar", { isOn: false });
    await signedIn(page, person);
    await page.goto("/account/security");
    await at(page, said("ar", "setup", "explain.heading"));
    await press(page, said("ar", "setup", "explain.begin"));
    await at(page, said("ar", "setup", "choose.heading"));
    await expect(page.getByRole("img")).toBeVisible();
    const protectedOne = await personOf("ar", { methods: ["app", "text"] });
    await signedIn(page, protectedOne);
    await page.goto("/account/security");
    await at(page, said("ar", "security", "heading"));
    await page.goto("/account/security/recovery-codes");
    await at(page, said("ar", "security", "newCodes.heading"));
    await press(page, said("ar", "security", "newCodes.submit"));
    await expect(page.getByRole("listitem").first()).toBeVisible();
    await at(page, said("ar", "security", "newCodes.heading"));
    await page.goto("/account/activity");
    await at(page, said("ar", "activity", "heading"));
    await page.goto("/account/settings");
    await at(page, said("ar", "account", "settings.heading"));
  });
});
