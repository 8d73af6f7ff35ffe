import { db } from "@/lib/db";
import { Browser, textOf } from "./fixtures/http";
import { at, expect, press, test } from "./fixtures/journey";
import { codeSentTo } from "./fixtures/outbox";
import { countSessions, makePerson, password } from "./fixtures/people";
import { codeOf, wrongCode } from "./fixtures/phones";
import { type AlternatingProxy, startProxy } from "./fixtures/proxy";
import { type Site, sharedSite, startSite } from "./fixtures/site";
import { enterCode, enterPassword } from "./fixtures/steps";

// Two more instances of the shared site, on its database, keys and folder, behind one origin of their own.
let proxy: AlternatingProxy;
let sites: Site[] = [];

test.beforeAll(async () => {
  test.setTimeout(90_000);
  proxy = await startProxy();
  const env = {
    DATABASE_URL: process.env.DATABASE_URL ?? "",
    SECRET_KEYS: process.env.SECRET_KEYS ?? "",
    SITE_URL: proxy.origin,
  };
  const { dataDir } = sharedSite();
  sites = [await startSite({ dataDir, env }), await startSite({ dataDir, env })];
  proxy.serve(sites.map(({ baseUrl }) => baseUrl));
});

test.afterAll(async () => {
  await proxy.stop();
  for (const site of sites) await site.stop();
});

const browserAt = (place: number, like?: Browser): Browser => {
  const { baseUrl } = sites[place] as Site;
  return like === undefined ? new Browser(baseUrl, proxy.origin) : like.twin(baseUrl);
};

test.describe("behind one proxy", () => {
  test("the password goes to one instance, the code to the other, and every page to both", async ({
    browser,
  }) => {
    const context = await browser.newContext({ baseURL: proxy.origin });
    const page = await context.newPage();
    const person = await makePerson({ methods: ["text", "app"] });
    const number = person.methods[0]?.kind === "phone" ? person.methods[0].number : "";
    await enterPassword(page, person.email);
    await at(page, "Two-Step Verification");
    await enterCode(page, await codeSentTo(number), { isTrustAsked: true });
    await at(page, "Your Account");
    expect(proxy.posts).toEqual([1, 1]);
    await page.reload();
    await at(page, "Your Account");
    await press(page, "Sign out");
    await enterPassword(page, person.email);
    await at(page, "Your Account"); // trusted by both
    expect(proxy.posts).toEqual([2, 2]);
    await context.close();
  });
});

test("the tries of a sign-in are counted over both instances, also when the answers come at once", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const app = person.methods[0];
  const right = codeOf(app?.kind === "app" ? app.secret : "");
  const first = browserAt(0);
  const begun = await first.submit("/sign-in", "Sign in", { email: person.email, password });
  expect(begun.headers.location).toMatch(/\/sign-in\/two-step$/);

  let code = wrongCode(right);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, place) => {
      code = wrongCode(code);
      return browserAt(place % 2, first)
        .submit("/sign-in/two-step", "Sign in", { code })
        .catch(() => undefined);
    }),
  );
  expect(answers.filter((answer) => answer !== undefined && answer.status >= 500)).toEqual([]);
  const attempt = await db().signInAttempt.findFirstOrThrow({ where: { accountId: person.id } });
  expect(attempt.tries).toBe(0);
  const account = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  expect(account.failuresInRow).toBe(5);
  for (const place of [0, 1]) {
    const page = await browserAt(place, first).get("/sign-in/two-step");
    expect(page.body).not.toContain('name="code"');
  }
  expect(await countSessions(person)).toBe(0);
});

test("what one instance ends is over at the other with the next request", async () => {
  const person = await makePerson();
  const here = browserAt(0);
  await here.submit("/sign-in", "Sign in", { email: person.email, password });
  const there = browserAt(1, here);
  expect(textOf((await there.get("/account")).body)).toContain("Your Account");
  await here.submit("/account", "Sign out");
  expect((await there.get("/account")).headers.location).toMatch(/\/sign-in$/);
});

test("a link that one instance mailed works at the other, once", async () => {
  const person = await makePerson();
  const here = browserAt(0);
  await here.submit("/forgot-password", "Send link", { email: person.email });
  const { linkIn, mailTo } = await import("./fixtures/outbox");
  const link = linkIn(await mailTo(person.email, "Choose a new password"));
  const [one, two] = await Promise.all(
    [0, 1].map((place) =>
      browserAt(place).submit(link, "Save new password", { password: "nineteen calm harbours 6" }),
    ),
  );
  const landed = [one, two].map((answer) => answer?.headers.location ?? "");
  expect(landed.filter((location) => location.endsWith("/reset-password/done"))).toHaveLength(1);
});
