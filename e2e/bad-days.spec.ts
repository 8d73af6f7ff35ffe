/** The database goes and comes back; the site is killed. On sites of their own, with the people of the demonstration. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import pg from "pg";
import { type ScratchDatabase, startScratchDatabase } from "@/lib/db/embedded/test-database";
import { migrate } from "@/lib/db/migrate";
import { demonstrationPassword } from "@/lib/demonstration/rules";
import { newFolder, removeFolders } from "./fixtures/folders";
import { type Answer, Browser, decoded, textOf } from "./fixtures/http";
import { at, expect, lackingHeaders, test } from "./fixtures/journey";
import { codeSentTo, messagesTo } from "./fixtures/outbox";
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
  // Not there yet: with a database and keys from outside it is only the outbox that needs it.
  dataDir = path.join(newFolder("bad-days"), "data");
  env = { DATABASE_URL: database.url, SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}` };
  site = await startSite({ dataDir, env });
});

test.afterAll(async () => {
  try {
    // Neither is there when the start failed.
    await site?.stop();
    await database?.stop();
  } finally {
    removeFolders();
  }
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
    // The signed-out pages, too, though they ask the database nothing: their forms would be filled in for nothing.
    for (const address of ["/sign-in", "/sign-up", "/forgot-password", "/recover", "/access-pass"])
      answers.push(await stranger.get(address));
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
  expect((await stranger.get("/sign-in")).status).toBe(200);
  expect(await isIn(await signedIn(nora))).toBe(true);
});

test("a database that is frozen keeps nobody waiting for longer than a few seconds, and the site is whole when it thaws", async () => {
  test.setTimeout(90_000);
  const own = await startSite();
  const processes = (): number[] => {
    const [pid = ""] = fs
      .readFileSync(path.join(own.dataDir, "postgres", "postmaster.pid"), "utf8")
      .split("\n");
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return [Number(pid), ...children.map(Number)];
  };
  try {
    const browser = new Browser(own.baseUrl);
    await browser.submit("/sign-in", "Sign in", nora);
    expect(await isIn(browser)).toBe(true);
    const frozen = processes();
    for (const pid of frozen) process.kill(pid, "SIGSTOP");
    try {
      const since = Date.now();
      const first = await browser.get("/account");
      expect(first.status).toBe(503);
      expect(Date.now() - since, "the first one that notices").toBeLessThan(16_000);
      const later = Date.now();
      expect((await new Browser(own.baseUrl).get("/sign-in")).status).toBe(503);
      expect((await browser.get("/account")).status).toBe(503);
      expect(Date.now() - later, "everybody after that").toBeLessThan(4_000);
    } finally {
      for (const pid of frozen) process.kill(pid, "SIGCONT");
    }
    await expect.poll(() => isIn(browser), { timeout: WHOLE_AGAIN_MS }).toBe(true);
  } finally {
    await own.stop();
  }
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

/** Somebody with nora's password who has not begun, signed in and proven a moment ago. */
async function newcomer(): Promise<{ email: string; browser: Browser; number: string }> {
  const email = `killed-${randomBytes(6).toString("hex")}@example.com`;
  await ask(
    `INSERT INTO "Account" ("id", "name", "email", "emailKey", "passwordHash", "passwordChangedAt", "createdAt")
     SELECT gen_random_uuid(), "name", $2, $2, "passwordHash", now(), now() FROM "Account" WHERE "email" = $1`,
    [nora.email, email],
  );
  const browser = await signedIn({ email, password: nora.password });
  await browser.submit("/account/confirm", "Continue", { password: nora.password });
  await browser.submit(SETTINGS, "Get Started");
  return { email, browser, number: freshNumber() };
}

type Newcomer = Awaited<ReturnType<typeof newcomer>>;

const codeFor = ({ number }: Newcomer) => codeSentTo(number, 1, dataDir);
const sending = ({ number }: Newcomer) => ({ country: "GB", number, channel: "text" });

/** The stages of the set-up: how one gets there, what is pressed, and what there may be after a kill. */
const stages: readonly {
  readonly button: string;
  readonly walk: (one: Newcomer) => Promise<unknown>;
  readonly press: (one: Newcomer) => Promise<() => Promise<Answer>>;
  readonly holds: (one: Newcomer) => Promise<void>;
}[] = [
  {
    button: "Send code",
    walk: async () => undefined,
    press: async (one) => {
      const choose = await one.browser.get(`${SETTINGS}/setup`);
      return () => one.browser.twin().press(choose, "Send code", sending(one));
    },
    // No number; or a pending one, with its code or the button for one. A code that was handed over works.
    holds: async (one) => {
      expect(await stateOf(one.email)).toMatchObject({ on: false, methods: 0 });
      const page = await one.browser.get(`${SETTINGS}/setup/code`);
      if (page.status !== 200) await one.browser.submit(`${SETTINGS}/setup`, "Send code", sending(one));
      else if (!textOf(page.body).includes("Type code A")) await one.browser.press(page, "Send a new code");
      const code = await codeFor(one);
      await one.browser.submit(`${SETTINGS}/setup/code`, "Verify code and continue", { code });
      expect(await stateOf(one.email)).toMatchObject({ on: false, methods: 1 });
    },
  },
  {
    button: "Verify code and continue",
    walk: (one) => one.browser.submit(`${SETTINGS}/setup`, "Send code", sending(one)),
    press: async (one) => {
      const enter = await one.browser.get(`${SETTINGS}/setup/code`);
      const code = await codeFor(one);
      return () => one.browser.twin().press(enter, "Verify code and continue", { code });
    },
    // No method, and the code is good as before; or one.
    holds: async (one) => {
      const { on, methods } = await stateOf(one.email);
      expect(on).toBe(false);
      const code = await codeFor(one);
      if (methods === 0)
        await one.browser.submit(`${SETTINGS}/setup/code`, "Verify code and continue", { code });
      expect((await stateOf(one.email)).methods).toBe(1);
    },
  },
  {
    button: "Verify code and continue, of the app",
    walk: async (one) => {
      await one.browser.submit(`${SETTINGS}/setup`, "Send code", sending(one));
      const code = await codeFor(one);
      await one.browser.submit(`${SETTINGS}/setup/code`, "Verify code and continue", { code });
      await one.browser.submit(SETTINGS, "Get Started");
    },
    press: async (one) => {
      const backup = await one.browser.get(`${SETTINGS}/setup/backup`);
      const secret = secretOn(backup);
      expect(decoded(secret)).toMatch(/^[A-Z2-7]{32}$/);
      secrets.set(one.email, secret);
      return () => one.browser.twin().press(backup, "Verify code and continue", { code: codeOf(secret) });
    },
    // One method, and the same key; or two.
    holds: async (one) => {
      const secret = secrets.get(one.email) ?? "";
      if ((await stateOf(one.email)).methods === 1) {
        expect(secretOn(await one.browser.get(`${SETTINGS}/setup/backup`)), "the same key").toBe(secret);
        const code = codeOf(secret);
        await one.browser.submit(`${SETTINGS}/setup/backup`, "Verify code and continue", { code });
      }
      expect(await stateOf(one.email)).toEqual({ on: false, methods: 2, codes: 0, events: 0 });
    },
  },
  {
    button: "Got it. Turn on Two-Step Verification",
    walk: async (one) => {
      await one.browser.submit(`${SETTINGS}/setup`, "Send code", sending(one));
      const code = await codeFor(one);
      await one.browser.submit(`${SETTINGS}/setup/code`, "Verify code and continue", { code });
      await one.browser.submit(SETTINGS, "Get Started");
      const secret = secretOn(await one.browser.get(`${SETTINGS}/setup/backup`));
      await one.browser.submit(`${SETTINGS}/setup/backup`, "Verify code and continue", {
        code: codeOf(secret),
      });
    },
    press: async (one) => {
      const finish = await one.browser.get(`${SETTINGS}/setup/finish`);
      return () => one.browser.twin().press(finish, "Got it. Turn on Two-Step Verification");
    },
    // Off without recovery codes, or on with ten.
    holds: async (one) => {
      const { on, codes, events, methods } = await stateOf(one.email);
      expect(methods).toBe(2);
      expect({ codes, events }).toEqual(on ? { codes: 10, events: 1 } : { codes: 0, events: 0 });
    },
  },
];
const secrets = new Map<string, string>();

const tables = async (): Promise<string[]> =>
  (await ask<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)).map(
    ({ name }) => name,
  );

/** Every row there is, as one line. */
async function everything(): Promise<string> {
  const sums: string[] = [];
  for (const name of await tables()) {
    const [sum] = await ask<{ sum: string | null }>(
      `SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) AS sum FROM "${name}" t`,
    );
    sums.push(`${name} ${sum?.sum}`);
  }
  return sums.join("\n");
}

/** What nobody may be told or given while nothing can be written. */
function expectRefused(
  { path: address, status, headers, body, setCookies }: Answer,
  statuses: number[],
): void {
  expect(statuses, address).toContain(status);
  expect(textOf(body), address).toMatch(/Something went wrong on our side|We can't reach our database/);
  expect(body, address).not.toMatch(/53100|No space left|could not extend|\bat \//i);
  expect(setCookies, address).toEqual([]);
  expect(lackingHeaders(address, headers as Record<string, string>), address).toEqual([]);
}

test("on a full disk every form is refused with a page that says so, nothing of it is done, and all is whole when there is room", async () => {
  const one = await newcomer();
  const stranger = new Browser(site.baseUrl);
  const forms = {
    signIn: await stranger.get("/sign-in"),
    signUp: await stranger.get("/sign-up"),
    forgot: await stranger.get("/forgot-password"),
    choose: await one.browser.get(`${SETTINGS}/setup`),
    name: await one.browser.get("/account/settings/name"),
  };
  const person = { name: "Ann", email: "full@example.com", password: "nine patient lighthouses 41" };
  // What PostgreSQL says of each row that it finds no room for (class 53, code 53100), and of the log of a deletion.
  await ask(`CREATE FUNCTION disk_full() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`);
  for (const name of await tables())
    await ask(
      `CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE OR DELETE ON "${name}" FOR EACH ROW EXECUTE FUNCTION disk_full()`,
    );
  const before = await everything();
  try {
    expectRefused(await stranger.press(forms.signIn, "Sign in", nora), [500]);
    expectRefused(await stranger.press(forms.signIn, "Sign in", paul), [500]);
    expectRefused(await stranger.press(forms.signUp, "Create account", person), [500]);
    expectRefused(await stranger.press(forms.forgot, "Send link", { email: nora.email }), [500]);
    expectRefused(await one.browser.press(forms.choose, "Send code", sending(one)), [500]);
    expectRefused(await one.browser.press(forms.name, "Save", { name: "Somebody else" }), [500]);
    expect(await everything(), "nothing half done").toBe(before);
    expect((await one.browser.get("/account")).status, "what only reads goes on").toBe(200);
    expect(messagesTo(one.number, dataDir)).toEqual([]);
    expect(site.output(), "whoever runs the site reads why").toContain('"53100"');
  } finally {
    await ask("DROP FUNCTION disk_full CASCADE");
  }
  expect(await isIn(await signedIn(nora))).toBe(true);
  await one.browser.press(forms.choose, "Send code", sending(one));
  expect(await codeFor(one)).toMatch(/^\d{6}$/);
});

test("a database that only reads, as a standby does, lets nobody in, and ends nobody's session", async () => {
  const browser = await signedIn(nora);
  expect(await isIn(browser)).toBe(true);
  const form = await new Browser(site.baseUrl).get("/sign-in");
  const setting = "default_transaction_read_only";
  const anew =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()";
  await ask(`ALTER ROLE CURRENT_USER SET ${setting} = on`);
  await ask(anew); // a setting of a role is for new connections
  try {
    // Also a page of somebody who is in: it notes that they were.
    await expect
      .poll(async () => (await browser.get("/account")).status, { timeout: WHOLE_AGAIN_MS })
      .toBe(503);
    expectRefused(await browser.get("/account"), [503]);
    expectRefused(await new Browser(site.baseUrl).press(form, "Sign in", nora), [503]);
    expect(
      (await new Browser(site.baseUrl).get("/api/health")).status,
      "no balancer sends anybody here",
    ).toBe(503);
  } finally {
    await ask(`BEGIN READ WRITE; ALTER ROLE CURRENT_USER RESET ${setting}; COMMIT`);
    await ask(anew);
  }
  await expect.poll(() => isIn(browser), { timeout: WHOLE_AGAIN_MS }).toBe(true);
  await expect.poll(async () => isIn(await signedIn(nora)), { timeout: WHOLE_AGAIN_MS }).toBe(true);
});

test("a file system that really is full keeps sessions and accounts, lets nobody in, and the site is whole when there is room", async () => {
  test.setTimeout(120_000);
  const folder = newFolder("full");
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=90m", "tmpfs", folder]);
  test.skip(mount.status !== 0, "a small file system can be mounted by root alone");
  let own: Site | undefined;
  try {
    own = await startSite({ dataDir: path.join(folder, "data") });
    const { baseUrl } = own;
    const browser = new Browser(baseUrl);
    await browser.submit("/sign-in", "Sign in", nora);
    expect(await isIn(browser)).toBe(true);
    const filler = fs.openSync(path.join(folder, "filler"), "w");
    const megabyte = Buffer.alloc(1_000_000);
    for (let isFull = false; !isFull; ) {
      try {
        isFull = fs.writeSync(filler, megabyte) < megabyte.length;
      } catch {
        isFull = true;
      }
    }
    fs.closeSync(filler);
    // Tables and log have a little room left in their own files, and each sign-in takes some.
    let refused: Answer | undefined;
    for (let turn = 0; turn < 300 && refused === undefined; turn += 1) {
      const answer = await new Browser(baseUrl).submit("/sign-in", "Sign in", nora);
      if (answer.status !== 303) refused = answer;
    }
    if (refused !== undefined) expectRefused(refused, [500, 503]);
    expect(refused, "the disk was not full enough").toBeDefined();
    fs.rmSync(path.join(folder, "filler"));
    await expect.poll(() => isIn(browser), { timeout: WHOLE_AGAIN_MS }).toBe(true);
    const again = new Browser(baseUrl);
    await expect
      .poll(async () => (await again.submit("/sign-in", "Sign in", nora)).status, { timeout: WHOLE_AGAIN_MS })
      .toBe(303);
    expect(await isIn(again)).toBe(true);
  } finally {
    await own?.stop();
    spawnSync("umount", ["-l", folder]);
  }
});

test("killed at any moment of the set-up, an account is in the old state or in the new one, and its session is kept", async () => {
  test.setTimeout(120_000);
  // One kill meets every stage at several moments: each press has a person of its own, and begins so long before it.
  const moments = [5, 15, 40, 120, 300];
  const cases = await Promise.all(
    stages.flatMap((stage) =>
      moments.map(async (moment) => {
        const one = await newcomer();
        await stage.walk(one);
        return { stage, moment, one, press: await stage.press(one) };
      }),
    ),
  );
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const pressed = cases.map(async ({ moment, press }) => {
    await pause(Math.max(...moments) - moment);
    await press().catch(() => undefined); // the answer may never come
  });
  await pause(Math.max(...moments));
  await site.kill9();
  await Promise.all(pressed);
  await startAgain();
  // What died while it handed a code over holds it for a minute; and whoever sends again must not wait for the pause.
  await ask(`UPDATE "Message" SET "nextTryAt" = now() WHERE "nextTryAt" IS NOT NULL`);
  await ask(`DELETE FROM "Limit"`);
  await Promise.all(
    cases.map(({ stage, moment, one }) =>
      test.step(`${stage.button}, ${moment} ms before the kill`, async () => {
        const wasOn = (await stateOf(one.email)).on;
        // The last button signs out everywhere else, and its answer with the new session never came.
        if (!wasOn) expect(await isIn(one.browser), "kill -9 keeps sessions").toBe(true);
        await stage.holds(one);
      }),
    ),
  );
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

test("while a newer release migrates the database, the one that runs goes on, and it does not start again on what it does not know", async () => {
  const folder = newFolder("newer");
  fs.cpSync(path.join("prisma", "migrations"), folder, { recursive: true });
  const later = path.join(folder, "9999_later");
  fs.mkdirSync(later);
  const browser = await signedIn(nora);
  const pages = ["/account", "/account/sessions", "/account/activity"];
  // Twice, so that the statements of each are prepared on every connection of the pool.
  for (const address of [...pages, ...pages]) expect((await browser.get(address)).status, address).toBe(200);
  // As scripts/migrations.test.ts lets a migration be: a column and an index for every table, and a table of its own.
  const statements = (await tables()).flatMap((name) =>
    name === "_prisma_migrations"
      ? []
      : [`ALTER TABLE "${name}" ADD COLUMN "later" TEXT`, `CREATE INDEX ON "${name}" ("later")`],
  );
  fs.writeFileSync(
    path.join(later, "migration.sql"),
    [...statements, `CREATE TABLE "Later" ("id" TEXT PRIMARY KEY)`].map((sql) => `${sql};\n`).join(""),
  );
  await migrate(database.url, { say: () => {}, folder });
  for (const address of pages) expect((await browser.get(address)).status, address).toBe(200);
  expect(await isIn(await signedIn(nora))).toBe(true);
  const one = await newcomer();
  await one.browser.submit(`${SETTINGS}/setup`, "Send code", sending(one));
  await one.browser.submit(`${SETTINGS}/setup/code`, "Verify code and continue", {
    code: await codeFor(one),
  });
  expect(await stateOf(one.email)).toMatchObject({ methods: 1 });
  await expect(startSite({ dataDir, env })).rejects.toThrow(
    /The database is newer than this code: it has the migration 9999_later\. Start a release that has it too/,
  );
  expect(await isIn(browser), "nor does that start disturb the one that runs").toBe(true);
});
