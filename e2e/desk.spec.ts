import fs from "node:fs";
import path from "node:path";
import { generateSync } from "otplib";
import { db } from "@/lib/db";
import { demonstrationPassword, people } from "@/lib/demonstration/rules";
import { deskTerminal, makeAgent, makePass, runDesk, type Terminal } from "./fixtures/desk";
import { newFolder, removeFolders } from "./fixtures/folders";
import { at, expect, follow, press, refusedAt, test } from "./fixtures/journey";
import { mailTo, messagesTo } from "./fixtures/outbox";
import { appCode, freshNumber, makePerson, type Person, password } from "./fixtures/people";
import { startSite } from "./fixtures/site";
import { enterCode, enterPassword } from "./fixtures/steps";

test.describe.configure({ timeout: 120_000 });

/** Runs a command at somebody's terminal, with lines typed into it. */
const say = (terminal: Terminal | undefined, args: string[], typed: string[] = []) => {
  if (terminal === undefined) throw new Error("nobody's terminal");
  return terminal.run(args, typed);
};

/** A code that nobody has used yet, without the wait for the next one. */
async function anew(agent: Person): Promise<string[]> {
  await db().method.updateMany({ where: { accountId: agent.id, kind: "app" }, data: { counter: null } });
  return [appCode(agent)];
}

test.afterEach(removeFolders);

/** The key on a page of the set-up. */
const keyOf = (html: string): string => /secret=([A-Z2-7]{32})/.exec(html)?.[1] ?? "";

test("both phones are gone: two agents help, an access pass adds an app, and it takes nothing else away for a week", async ({
  page,
}) => {
  const [sam, kim] = await Promise.all([makeAgent("Sam"), makeAgent("Kim")]);
  const person = await makePerson({ methods: ["text", "voice"] });
  const [number, landline] = person.methods.flatMap((method) =>
    method.kind === "phone" ? [method.number] : [],
  );
  const terminals = new Map([sam, kim].map((agent) => [agent, deskTerminal()]));
  const as = (agent: Person, ...args: string[]) => say(terminals.get(agent), args);
  const signIn = (agent: Person) =>
    say(terminals.get(agent), ["sign-in"], [agent.email, password, appCode(agent)]);

  const signedIn = await Promise.all([signIn(sam), signIn(kim)]);
  expect(signedIn.map(({ exit, out }) => [exit, out.replace(/ until.*/, "")])).toEqual([
    [0, "Signed in as Sam"],
    [0, "Signed in as Kim"],
  ]);
  const asked = await as(sam, "request", "access-pass", person.email, "--because", "Passport at the counter");
  expect(asked).toMatchObject({ exit: 0, out: expect.stringContaining("A second agent approves it with") });
  const id = /Asked for: ([A-Z2-7]{8})\./.exec(asked.out)?.[1] ?? "";
  const [own, map, timeline] = await Promise.all([
    as(sam, "approve", id, person.email),
    as(kim, "lockout", id),
    as(kim, "timeline", id, "--json"),
  ]);
  expect(own).toMatchObject({
    exit: 1,
    err: "You asked for this yourself. A second agent must approve it.",
  });
  expect(map.out).toContain(`If they lose the phone with the number ending ${number?.slice(-2)}:`);
  expect(`${map.out}${timeline.out}`).not.toContain(person.email);
  expect(`${map.out}${timeline.out}`).not.toContain(number);
  // Whoever approves reads what it is about, and gives a code for it.
  expect(await say(terminals.get(kim), ["approve", id, person.email], ["000000"])).toMatchObject({
    exit: 1,
    err: expect.stringContaining("Passport at the counter"),
  });
  const approved = await say(terminals.get(kim), ["approve", id, person.email], await anew(kim));
  expect(approved).toMatchObject({ exit: 0, err: expect.stringContaining("access pass for") });
  const done = await say(terminals.get(sam), ["carry-out", id], await anew(sam));
  const pass = /Access pass, shown this once: (\S+)/.exec(done.out)?.[1] ?? "";
  await mailTo(person.email, "A second agent of Latchkey approved");
  await expect
    .poll(() => messagesTo(number ?? "").map(({ body }) => body))
    .toEqual([
      expect.stringContaining("two agents of the support desk approved help"),
      expect.stringContaining("the support desk made an access pass"),
    ]);
  // The number that takes only calls is called of the first, in a round of its own; the rest stands where the call sends
  // its owner.
  await expect
    .poll(() => messagesTo(landline ?? "").map(({ channel, body }) => ({ channel, body })))
    .toEqual([{ channel: "voice", body: expect.stringContaining("approved help with your account") }]);

  await page.goto("/access-pass");
  await at(page, "Use an access pass");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Access pass").fill(pass.slice(0, 9));
  await press(page, "Continue");
  await at(page, "Use an access pass", { isRefused: true });
  await refusedAt(page, "Access pass", "twelve letters and digits");
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Access pass").fill("AAAA-AAAA-AAAA");
  await press(page, "Continue");
  await at(page, "Use an access pass", { isRefused: true });
  await refusedAt(page, "E-mail", "is not right, or the pass is over");
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Access pass").fill(pass.toLowerCase().replaceAll("-", " "));
  await press(page, "Continue");
  await at(page, "Set up a new way to get codes");
  const secret = keyOf(await page.content());
  await page.reload();
  expect(keyOf(await page.content())).toBe(secret);
  await page.getByLabel("Code", { exact: true }).fill(generateSync({ secret }));
  await press(page, "Verify code and continue");
  await at(page, "Your new way to get codes is ready");
  await page.goto("/access-pass/method");
  await at(page, "Use an access pass");

  // Now as everybody signs in; the code that was used a moment ago is not asked of them again.
  await db().method.updateMany({ where: { accountId: person.id }, data: { counter: null } });
  await enterPassword(page, person.email);
  await follow(page, "Didn't receive the code?");
  await press(page, "Use the authenticator app");
  await enterCode(page, generateSync({ secret }));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your Account");
  await page.goto("/account/activity");
  for (const line of [
    "Support desk: Sam asked for an access pass for you; a second agent must approve it",
    "Support desk: Kim approved the access pass that Sam had asked for",
    "Support desk: Sam made an access pass, approved by Kim",
    "(asked for by Sam, approved by Kim)",
  ])
    await expect(page.getByText(line).first()).toBeVisible();

  const [first] = person.methods;
  await db().session.updateMany({
    where: { accountId: person.id },
    data: {
      provenAt: new Date(),
      provenMethodId: (await db().method.findFirstOrThrow({ where: { accountId: person.id, kind: "app" } }))
        .id,
    },
  });
  await page.goto(`/account/security/methods/${first?.id}`);
  await at(page, "Remove a method");
  await expect(page.getByText("Not before")).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove" })).toHaveCount(0);
  await page.goto("/account/security/turn-off");
  await at(page, "Turn off Two-Step Verification");
  await expect(page.getByText("Not before")).toBeVisible();
  expect(messagesTo(landline ?? "")).toHaveLength(1);
  // A week later the new one is like any other.
  await db().method.updateMany({
    where: { accountId: person.id, kind: "app" },
    data: { cannotRemoveOthersUntil: new Date() },
  });
  await page.reload();
  await expect(page.getByRole("button", { name: "Turn off Two-Step Verification" })).toBeVisible();
});

test("a pass that ran out in the middle says so, and a phone can be set up by one", async ({ page }) => {
  const person = await makePerson({ methods: ["app", "text"] });
  await page.goto("/access-pass");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Access pass").fill(await makePass(person));
  await press(page, "Continue");
  await page.getByLabel("Country").selectOption("GB");
  await page.getByLabel("Phone number").fill(freshNumber());
  await press(page, "Send code");
  await at(page, "Enter the code");
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await press(page, "Verify code and continue");
  await at(page, "Enter the code", { isRefused: true });
  await db().accessPass.updateMany({ where: { accountId: person.id }, data: { expiresAt: new Date() } });
  await page.getByLabel("Code", { exact: true }).fill("000001");
  await press(page, "Verify code and continue");
  await at(page, "This pass is over");
  await follow(page, "Use an access pass");
  await at(page, "Use an access pass");
});

test("npm run desk works on the embedded database of a running site: the owner names the agents, who are told", async () => {
  const owner = people.find(({ state }) => state === "app");
  const agent = people.find(({ state }) => state === "several");
  if (owner === undefined || agent === undefined) throw new Error("the demonstration has changed");
  const dataDir = newFolder("desk");
  const site = await startSite({ dataDir });
  try {
    const env = {
      DATA_DIR: dataDir,
      DATABASE_URL: "",
      SECRET_KEYS: "",
      SITE_URL: site.baseUrl,
      DESK_OWNER: owner.email,
    };
    const [secret = ""] = owner.methods.flatMap((one) => (one.kind === "app" ? [one.data.secret] : []));
    const signedIn = await runDesk(["sign-in"], {
      env,
      input: [owner.email, demonstrationPassword, generateSync({ secret })],
    });
    expect(signedIn).toMatchObject({ exit: 0, out: expect.stringContaining("Signed in as") });
    const file = path.join(dataDir, "desk-session");
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    // The next code of the app: the one of the sign-in is used.
    const next = generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 });
    const added = await runDesk(["agents", "add", agent.email, "--name", "Sam of the desk", "--json"], {
      env,
      input: [next],
    });
    expect(added.exit).toBe(0);
    expect(JSON.parse(added.out)).toMatchObject({ name: "Sam of the desk", email: "s…@example.com" });
    // The running site hands it over: it is told while the tool is gone.
    await mailTo(agent.email, "You are now an agent of the support desk", dataDir);
    // The site goes on with its database.
    expect((await fetch(`${site.baseUrl}/api/health`)).status).toBe(200);
  } finally {
    await site.stop();
  }
});

test("the tool says how it is used, needs no database for that, names no way to switch protection off, and ends with 4 where there is no database", async () => {
  const here = newFolder("desk");
  const token = path.join(here, "token");
  fs.writeFileSync(token, "A".repeat(43));
  const env = { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none", SECRET_KEYS: `k1:${"A".repeat(43)}=` };
  const [help, gone] = await Promise.all([
    runDesk(["--help"], { env }),
    runDesk(["whoami", "--session", token], { env }),
  ]);
  expect(help).toMatchObject({ exit: 0, err: "" });
  const commands = [...help.out.matchAll(/^ {2}([a-z][a-z-]+) {2,}/gm)].map(([, name]) => name);
  expect(commands).toEqual([
    ...["sign-in", "sign-out", "whoami", "find", "timeline", "lockout", "request", "requests", "approve"],
    ...["refuse", "carry-out", "agents"],
  ]);
  for (const name of commands) {
    const said = await deskTerminal().run([name ?? "", "--help"]);
    expect(said).toMatchObject({ exit: 0, err: "", out: expect.stringContaining(`npm run desk -- ${name}`) });
    expect(said.out.split("\n\n").length, name).toBeGreaterThan(1);
  }
  expect(gone).toMatchObject({
    exit: 4,
    out: "",
    err: expect.stringMatching(/^The database does not answer, or refuses \(ECONNREFUSED\)\..*DATABASE_URL/),
  });
});
