/** The database goes and comes back; the site is killed. On sites of their own, with the people of the demonstration. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { type ScratchDatabase, startScratchDatabase } from "@/lib/db/embedded";
import { demonstrationPassword } from "@/lib/demonstration/rules";
import { type Answer, Browser, decoded, textOf } from "./fixtures/http";
import { at, expect, lackingHeaders, test } from "./fixtures/journey";
import { codeSentTo } from "./fixtures/outbox";
import { freshNumber } from "./fixtures/people";
import { codeOf } from "./fixtures/phones";
import { type Site, startSite } from "./fixtures/site";

const WHOLE_AGAIN_MS = 10_000;
const nora = { email: "nora@example.com", password: demonstrationPassword };
const paul = { email: "paul@example.com", password: demonstrationPassword };

test.describe.configure({ mode: "serial" });

let database: ScratchDatabase;
let site: Site;
let dataDir: string;
let env: Record<string, string>;

test.beforeAll(async () => {
  test.setTimeout(90_000);
  database = await startScratchDatabase({ tcp: true });
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "latchkey-bad-days-"));
  env = { DATABASE_URL: database.url, SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}` };
  site = await startSite({ dataDir, env });
});

test.afterAll(async () => {
  await site.stop();
  await database.stop();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

async function ask<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function signedIn(person: { email: string; password: string }): Promise<Browser> {
  const browser = new Browser(site.baseUrl);
  await browser.submit("/sign-in", "Sign in", person);
  return browser;
}

const isIn = async (browser: Browser): Promise<boolean> => {
  const { status, body } = await browser.get("/account");
  return status === 200 && textOf(body).includes("Signed in as");
};

/** Starts the site again on the same port, as whoever looks after it would. */
async function startAgain(): Promise<void> {
  site = await startSite({ port: site.port, dataDir, env });
}

test("without its database the site says so with 503, lets nobody in, and is whole again within ten seconds", async ({
  page,
}) => {
  const browser = await signedIn(nora);
  expect(await isIn(browser)).toBe(true);
  const stranger = new Browser(site.baseUrl);
  const forms = {
    signIn: await stranger.get("/sign-in"),
    signUp: await stranger.get("/sign-up"),
    forgot: await stranger.get("/forgot-password"),
  };
  await database.halt();
  try {
    const answers: Answer[] = [];
    for (const address of ["/account", "/account/settings", "/account/security", "/account/sessions", "/"])
      answers.push(await browser.get(address));
    answers.push(await stranger.press(forms.signIn, "Sign in", nora));
    answers.push(await stranger.press(forms.forgot, "Send link", { email: nora.email }));
    answers.push(
      await stranger.press(forms.signUp, "Create account", {
        name: "Ann",
        email: "ann2@example.com",
        password: "nine patient lighthouses 41",
      }),
    );
    answers.push(await browser.get("/api/health"));
    for (const { path: address, status, headers, body, setCookies } of answers) {
      expect(status, address).toBe(503);
      expect(headers["retry-after"], address).toBe("10");
      expect(lackingHeaders(address, headers as Record<string, string>), address).toEqual([]);
      expect(setCookies, address).toEqual([]);
      if (address !== "/api/health") expect(textOf(body), address).toContain("We can't reach our database");
    }
    expect((await browser.get("/api/health/live")).status, "the site itself lives").toBe(200);
    expect(stranger.cookies.size).toBe(0);
    const value = browser.cookies.get("latchkey.session") ?? "";
    await page.context().addCookies([{ name: "latchkey.session", value, url: site.baseUrl }]);
    await page.goto(`${site.baseUrl}/account`);
    await at(page, "We can't reach our database");
  } finally {
    await database.resume();
  }
  await expect
    .poll(() => isIn(browser), { timeout: WHOLE_AGAIN_MS, message: "whole again, session kept" })
    .toBe(true);
  expect(await isIn(await signedIn(nora))).toBe(true);
});

test("an embedded database that is killed is brought back within ten seconds, with every session", async () => {
  test.setTimeout(90_000);
  const own = await startSite();
  try {
    const browser = new Browser(own.baseUrl);
    await browser.submit("/sign-in", "Sign in", nora);
    expect(await isIn(browser)).toBe(true);
    const [pid] = fs.readFileSync(path.join(own.dataDir, "postgres", "postmaster.pid"), "utf8").split("\n");
    process.kill(Number(pid), "SIGKILL");
    await expect
      .poll(async () => (await browser.get("/api/health")).status, { timeout: WHOLE_AGAIN_MS })
      .toBe(200);
    await expect.poll(() => isIn(browser), { timeout: WHOLE_AGAIN_MS }).toBe(true);
  } finally {
    await own.stop();
  }
});

const SETTINGS = "/account/security";
const secretOn = (page: Answer): string =>
  (/class="key-text"[^>]*>([^<]+)</.exec(page.body)?.[1] ?? "").replace(/\s/g, "");

type State = { on: boolean; methods: number; codes: number; events: number };

const stateOf = async (email: string): Promise<State> => {
  const [row] = await ask<State>(
    `SELECT a."twoStepOnAt" IS NOT NULL AS on,
            (SELECT count(*)::int FROM "Method" m WHERE m."accountId" = a."id" AND m."removedAt" IS NULL) AS methods,
            (SELECT count(*)::int FROM "RecoveryCode" c WHERE c."accountId" = a."id") AS codes,
            (SELECT count(*)::int FROM "Event" e WHERE e."accountId" = a."id" AND e."kind" = 'two-step-on') AS events
       FROM "Account" a WHERE a."email" = $1`,
    [email],
  );
  if (row === undefined) throw new Error(`nobody is ${email}`);
  return row;
};

/** Presses a button and kills the site so many milliseconds later; the answer may never come. */
async function killWhile(pressing: () => Promise<unknown>, afterMs: number): Promise<void> {
  const pressed = pressing().catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await site.kill9();
  await pressed;
  await startAgain();
}

test("killed at any moment of the set-up, an account is in the old state or in the new one, and its session is kept", async () => {
  test.setTimeout(180_000);
  const browser = await signedIn(nora);
  await browser.submit("/account/confirm", "Continue", { password: nora.password });
  const number = freshNumber();

  // "Send code": a pending number with its code, or none; a code that was handed over works.
  await browser.submit(SETTINGS, "Get Started");
  const choose = await browser.get(`${SETTINGS}/setup`);
  const phone = { country: "GB", number, channel: "text" };
  await killWhile(() => browser.twin().press(choose, "Send code", phone), 12);
  expect(await isIn(browser), "kill -9 keeps sessions").toBe(true);
  expect(await stateOf(nora.email)).toMatchObject({ on: false, methods: 0 });
  if ((await browser.get(`${SETTINGS}/setup/code`)).status !== 200) {
    await ask(`DELETE FROM "Limit"`);
    await browser.submit(`${SETTINGS}/setup`, "Send code", phone);
  }
  // What died while it handed the code over holds it for a minute; nobody waits for that here.
  await ask(`UPDATE "Message" SET "nextTryAt" = now() WHERE "nextTryAt" IS NOT NULL`);
  const code = await codeSentTo(number, 1, dataDir);

  // "Verify code and continue": no method or one.
  const enter = await browser.get(`${SETTINGS}/setup/code`);
  await killWhile(() => browser.twin().press(enter, "Verify code and continue", { code }), 8);
  const afterCode = await stateOf(nora.email);
  expect(afterCode.on).toBe(false);
  if (afterCode.methods === 0)
    await browser.submit(`${SETTINGS}/setup/code`, "Verify code and continue", { code });
  expect((await stateOf(nora.email)).methods).toBe(1);

  // The app as the backup: one method or two.
  await browser.submit(SETTINGS, "Get Started");
  const backup = await browser.get(`${SETTINGS}/setup/backup`);
  const secret = secretOn(backup);
  expect(decoded(secret)).toMatch(/^[A-Z2-7]{32}$/);
  await killWhile(
    () => browser.twin().press(backup, "Verify code and continue", { code: codeOf(secret) }),
    10,
  );
  if ((await stateOf(nora.email)).methods === 1) {
    expect(secretOn(await browser.get(`${SETTINGS}/setup/backup`)), "the same key").toBe(secret);
    await browser.submit(`${SETTINGS}/setup/backup`, "Verify code and continue", { code: codeOf(secret) });
  }
  expect(await stateOf(nora.email)).toEqual({ on: false, methods: 2, codes: 0, events: 0 });

  // The last button, at several moments: off without recovery codes, or on with ten.
  for (const moment of [15, 120, 220, 320]) {
    const finish = await browser.get(`${SETTINGS}/setup/finish`);
    if (finish.status !== 200) break;
    await killWhile(() => browser.twin().press(finish, "Got it. Turn on Two-Step Verification"), moment);
    const { on, codes, events, methods } = await stateOf(nora.email);
    expect(methods).toBe(2);
    expect({ codes, events }, `killed after ${moment} ms`).toEqual(
      on ? { codes: 10, events: 1 } : { codes: 0, events: 0 },
    );
    if (on) break;
    expect(await isIn(browser)).toBe(true);
  }
});

test("kill -9 between the password and the code: the sign-in goes on after the next start", async () => {
  const browser = new Browser(site.baseUrl);
  const begun = await browser.submit("/sign-in", "Sign in", paul);
  expect(begun.headers.location).toMatch(/two-step$/);
  await site.kill9();
  await startAgain();
  const code = await codeSentTo("+12025550142", 1, dataDir);
  await browser.submit("/sign-in/two-step", "Sign in", { code });
  expect(await isIn(browser)).toBe(true);
});
