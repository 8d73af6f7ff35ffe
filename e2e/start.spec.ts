import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { startScratchDatabase } from "../lib/db/embedded/test-database";
import { freePort } from "../lib/db/free-port";
// @ts-expect-error plain JavaScript, because the start runs it before there are packages
import { sourcesOf } from "../scripts/setup.mjs";
import { newFolder, removeFolders } from "./fixtures/folders";
import { sharedSite, startSite } from "./fixtures/site";

test.describe.configure({ mode: "serial", timeout: 120_000 });

const started: ChildProcess[] = [];

test.afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGINT"); // a test has failed; the site takes its database away with it
    await new Promise((resolve) => child.once("close", resolve));
  }
  removeFolders();
});

const databaseRuns = (dataDir: string) => fs.existsSync(path.join(dataDir, "postgres", "postmaster.pid"));
const health = (baseUrl: string) =>
  fetch(`${baseUrl}/api/health`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status,
    () => 0,
  );

/** What `npm start`, or the server alone, says with these settings when it refuses to start. */
function refusal(env: Record<string, string>, script = "scripts/start.mjs") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    env: { PATH: process.env.PATH ?? "", NODE_ENV: "production", DATA_DIR: newFolder("start"), ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, said: `${stdout}${stderr}`.trim() };
}

const nobody = { uid: 65534, gid: 65534 };

/**
 * Whom the site is started as: a user without rights where we are root, if such a one can get at Node and the packages
 * at all (not below a closed home folder); else ourselves.
 */
function chooseUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const code = 'require("node:fs").readFileSync(process.argv[1])';
  const probe = [process.execPath, "-e", code, path.resolve("node_modules", "next", "package.json")] as const;
  const { status } = spawnSync(probe[0], probe.slice(1), { ...nobody, cwd: "/", stdio: "ignore" });
  return status === 0 ? nobody : {};
}

const user = chooseUser();

/** Whether a process runs. One that has ended may keep its number until somebody asks how: nobody may, in a container. */
function runs(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  if (stdout !== null) return /^[^Z\s]/.test(stdout.trim());
  // No such program: then it is a Linux without it.
  return (
    fs.existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"))
  );
}

/** A folder as `npm start` leaves a clone behind: sources, packages and build, and no data. It belongs to `user`. */
function builtClone(): string {
  const folder = newFolder("clone");
  for (const name of [
    ...(sourcesOf() as string[]),
    ...["scripts/start.mjs", "scripts/lock.mjs", "lib/db/generated", ".next", "build", "public"],
  ])
    fs.cpSync(name, path.join(folder, name), {
      recursive: true,
      filter: (from) => from !== path.join(".next", "cache"),
    });
  fs.symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  const { uid, gid } = user;
  const own = (file: string) => uid !== undefined && gid !== undefined && fs.lchownSync(file, uid, gid);
  own(folder);
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: "utf8" }))
    if (!name.startsWith("node_modules")) own(path.join(folder, name));
  return folder;
}

/** Runs what `npm start` runs until it says that the site is ready; refuses when it ends before. */
async function npmStart(folder: string, port: number) {
  const { scripts } = JSON.parse(fs.readFileSync("package.json", "utf8"));
  const [, ...args] = scripts.start.split(" ") as string[];
  const startedAt = Date.now();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", PORT: String(port) } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  started.push(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => lines.push(...String(text).split("\n").filter(Boolean)));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ready = `Latchkey is ready: http://localhost:${port}   (Ctrl-C stops it)`;
  await expect
    .poll(() => lines.includes(ready) || child.exitCode !== null, { timeout: 40_000, intervals: [50] })
    .toBe(true);
  expect(lines.at(-1), lines.join("\n")).toBe(ready);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { lines, tookMs: Date.now() - startedAt, end };
}

test("npm start, in a clone that was built: the first makes keys, database and people and says so, the next takes seconds and makes nothing, one after a kill just works, and Ctrl-C leaves nothing running", async () => {
  const folder = builtClone();
  const data = (name: string) => path.join(folder, ".data", name);
  const port = await freePort();
  const steps = (lines: string[]) =>
    lines.filter((line) => line.endsWith("…") && !line.startsWith("Stopping"));
  const databasePid = () => Number(fs.readFileSync(data("postgres/postmaster.pid"), "utf8").split("\n")[0]);
  const isServed = async () => {
    const answer = await fetch(`http://localhost:${port}/sign-in`);
    return answer.status === 200 && (await answer.text()).includes('name="email"');
  };

  const first = await npmStart(folder, port);
  expect(steps(first.lines)).toEqual([
    "Making the site's keys (first time only)…",
    "Making the database (first time only)…",
    "Starting the database…",
    "Preparing the database…",
    "Adding people to sign in as (first time only)…",
  ]);
  expect(first.lines.join("\n")).toContain("nora@example.com");
  expect(await isServed()).toBe(true);
  const keys = fs.readFileSync(data("keys"), "utf8");
  expect(fs.statSync(data("keys")).uid).toBe(user.uid ?? process.getuid?.() ?? 0);
  const firstDatabase = databasePid();
  expect(runs(firstDatabase)).toBe(true);
  expect(await first.end("SIGINT")).toBe(0);
  expect(runs(firstDatabase)).toBe(false);

  const second = await npmStart(folder, port);
  expect(steps(second.lines)).toEqual(["Starting the database…"]);
  expect(second.lines.join("\n")).toContain("nora@example.com");
  expect(second.tookMs).toBeLessThan(10_000);
  await second.end("SIGKILL");

  const third = await npmStart(folder, port);
  expect(await isServed()).toBe(true);
  expect(fs.readFileSync(data("keys"), "utf8")).toBe(keys);
  const lastDatabase = databasePid();
  expect(await third.end("SIGINT")).toBe(0);
  expect(runs(lastDatabase)).toBe(false);
  expect(databaseRuns(path.join(folder, ".data"))).toBe(false);
});

test("a port that is taken is named, with a way on, before anything else is done", () => {
  const { port } = new URL(sharedSite().baseUrl);
  expect(refusal({ PORT: port })).toEqual({
    status: 1,
    said: `Port ${port} is taken (PORT). Choose another one: PORT=${Number(port) + 1} npm start`,
  });
});

test("the server says the same of a port that was taken meanwhile", () => {
  const { port } = new URL(sharedSite().baseUrl);
  const { DATABASE_URL = "", SECRET_KEYS = "" } = process.env;
  expect(refusal({ PORT: port, DATABASE_URL, SECRET_KEYS }, "build/server.mjs")).toEqual({
    status: 1,
    said: `Port ${port} is taken (PORT). Choose another one: PORT=${Number(port) + 1} npm start`,
  });
});

test("every setting that does not work is named on its own line, without a stack", async () => {
  const { status, said } = refusal({
    PORT: String(await freePort()),
    SITE_URL: "https://account.example.com",
    TRUSTED_PROXIES: "everybody",
  });
  expect(status).toBe(1);
  for (const name of ["SECRET_KEYS", "SMS_PROVIDER", "EMAIL_PROVIDER", "TRUSTED_PROXIES"]) {
    expect(said).toMatch(new RegExp(`^${name} `, "m"));
  }
  expect(said).not.toMatch(/\n\s+at /);
});

test("a data folder that cannot be written is named, with a way on", async () => {
  const file = path.join(newFolder("no-folder"), "file");
  fs.writeFileSync(file, "");
  const { status, said } = refusal({ PORT: String(await freePort()), DATA_DIR: path.join(file, "inside") });
  expect(status).toBe(1);
  expect(said).toMatch(
    /^DATA_DIR is a file or lies inside one \(ENOTDIR\): \/.*inside\. Give the path of a folder\.$/m,
  );
  expect(said).not.toMatch(/\n\s+at /);
});

test("a form of another build is told to load its page again; whatever happens is one JSON object a line in the log, the framework's complaints too", async () => {
  const site = await startSite();
  try {
    const ready = site.output().split("\n").length;
    const body = new FormData();
    body.set(`$ACTION_ID_${"f".repeat(42)}`, "line\n{}");
    const answer = await fetch(`${site.baseUrl}/sign-in`, {
      method: "POST",
      body,
      headers: { origin: site.baseUrl },
    });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain("load the page again and send the form once more");
    await expect.poll(() => site.output().split("\n").length).toBeGreaterThan(ready);
    for (const line of site
      .output()
      .trimEnd()
      .split("\n")
      .slice(ready - 1))
      expect(() => JSON.parse(line), line).not.toThrow();
  } finally {
    await site.stop();
  }
});

test("two sites run on one machine with their own ports and folders, and leave nothing running", async () => {
  const [one, two] = await Promise.all([
    startSite({ dataDir: newFolder("start") }),
    startSite({ dataDir: newFolder("start") }),
  ]);
  expect(await health(one.baseUrl)).toBe(200);
  expect(await health(two.baseUrl)).toBe(200);
  expect(await Promise.all([one.stop(), two.stop()])).toEqual([0, 0]);
  expect(databaseRuns(one.dataDir)).toBe(false);
  expect(databaseRuns(two.dataDir)).toBe(false);
});

test("two sites on one folder share its database, and the last to leave switches it off", async () => {
  const dataDir = newFolder("start");
  const one = await startSite({ dataDir });
  const two = await startSite({ dataDir });
  await one.stop();
  expect(await health(two.baseUrl)).toBe(200);
  await two.stop();
  expect(databaseRuns(dataDir)).toBe(false);
});

test("after a kill of the site and of its database the next start just works", async () => {
  const dataDir = newFolder("start");
  const first = await startSite({ dataDir });
  await first.kill9();
  process.kill(
    Number(fs.readFileSync(path.join(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n")[0]),
    9,
  );
  const again = await startSite({ dataDir, port: first.port });
  expect(await health(again.baseUrl)).toBe(200);
  expect(await again.stop()).toBe(0);
});

test("a form that is under way when the site is asked to stop still gets its answer", async () => {
  const site = await startSite({ dataDir: newFolder("start") });
  const socket = net.connect(site.port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write(
    `POST /sign-in HTTP/1.1\r\nHost: localhost\r\nOrigin: ${site.baseUrl}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na`,
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const stopped = site.stop();
  await expect.poll(() => site.output()).toContain("Stopping");
  socket.write("=b");
  expect(await stopped).toBe(0);
  expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
});

test("without its database the site says so with 503, and is whole within ten seconds of its return", async ({
  page,
}) => {
  const database = await startScratchDatabase({ tcp: true });
  const site = await startSite({
    env: { DATABASE_URL: database.url, SECRET_KEYS: `k1:${randomBytes(32).toString("base64")}` },
  });
  try {
    await page.goto(`${site.baseUrl}/sign-up`);
    await database.halt();
    expect(await health(site.baseUrl)).toBe(503);
    expect((await fetch(`${site.baseUrl}/api/health/live`)).status).toBe(200);
    await page.getByLabel("Name").fill("Ann");
    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Password", { exact: true }).fill("a long enough pass phrase");
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Create account" }).click();
    const answer = await answered;
    expect(answer.status()).toBe(503);
    expect(answer.headers()["retry-after"]).toBe("10");
    await expect(page.getByRole("heading", { name: "We can't reach our database" })).toBeVisible();
    await database.resume();
    await expect.poll(() => health(site.baseUrl), { timeout: 10_000 }).toBe(200);
  } finally {
    await site.stop();
    await database.stop();
  }
});

test("no page carries a script, whatever the framework put into it; the sign-in page has the one for passkeys", async ({
  request,
}) => {
  const { baseUrl } = sharedSite();
  for (const path of ["/sign-up", "/outbox", "/nowhere"]) {
    const answer = await request.get(`${baseUrl}${path}`);
    const html = await answer.text();
    expect(html, path).toMatch(/<h1/);
    expect(html, path).not.toMatch(/<script|as="?script|modulepreload/i);
    expect(answer.headers()["content-security-policy"], path).toContain("script-src 'none'");
    expect(answer.headers()["cache-control"], path).toBe("no-store");
  }
  // Without a session this is where Your Account leads.
  for (const path of ["/sign-in", "/account"]) {
    const answer = await request.get(`${baseUrl}${path}`);
    const scripts = (await answer.text()).match(
      /<script\b[^>]*>|<link\b[^>]*(?:as="?script|modulepreload)[^>]*>/gi,
    );
    expect(scripts, path).toEqual(['<script type="module" src="/enhance/passkey.js">']);
    expect(answer.headers()["content-security-policy"], path).toMatch(
      /script-src http:\/\/localhost:\d+\/enhance\/; connect-src http:\/\/localhost:\d+\/api\/line\/; style-src/,
    );
  }
  const module = await request.get(`${baseUrl}/enhance/passkey.js`);
  expect(gzipSync(await module.body()).length).toBeLessThanOrEqual(3000);
});
