import { RequestCookies } from "next/dist/compiled/@edge-runtime/cookies";
import { beforeEach, expect, test, vi } from "vitest";
import { log } from "@/lib/kernel/log";
import { cookieName, type OwnCookie, readerOfCookies } from "./cookie-values";
import { type Posted, postsOf } from "./posts";
import { ForeignOriginError } from "./visitor";

const siteUrl = "http://localhost:3000";

beforeEach(() => {
  (globalThis as { latchkeySettings?: unknown }).latchkeySettings = { siteUrl, isProductionPosture: false };
});

/** Posts an empty form with these headers, and gives what the act was given. */
async function posted(headers: Record<string, string>): Promise<Posted[]> {
  const given: Posted[] = [];
  const posts = postsOf({
    "/sign-in": async (one) => {
      given.push(one);
      return { leadTo: "/account", cookies: [{ name: "attempt", value: undefined }] };
    },
  });
  await posts.get("/sign-in")?.(new FormData(), headers);
  return given;
}

test.each([
  ["no origin", {}],
  ["no page that says whose it is", { origin: "null" }],
  ["another site", { origin: "https://evil.example" }],
  ["another port", { origin: "http://localhost:3001" }],
  [
    "another site of the same domain, as its browser says",
    { origin: siteUrl, "sec-fetch-site": "same-site" },
  ],
  ["no page at all, as its browser says", { origin: siteUrl, "sec-fetch-site": "none" }],
])("a form of %s reaches no act, also when the door has let it in (AT-099)", async (_name, headers) => {
  await expect(posted(headers)).rejects.toThrow(ForeignOriginError);
});

test("an act is given who asks, and the cookies of ours that came", async () => {
  const [one] = await posted({
    origin: siteUrl,
    "sec-fetch-site": "same-origin",
    "x-latchkey-address": "192.0.2.7",
    cookie: "latchkey.attempt=abc; latchkey.devices=a%2Cb",
  });
  expect(one?.visit.address).toBe("192.0.2.7");
  expect([one?.cookie("attempt"), one?.cookie("devices"), one?.cookie("session")]).toEqual([
    "abc",
    "a,b",
    undefined,
  ]);
});

test("what an act throws is thrown on for the door to answer, and leaves a line that says where and repeats nothing", async () => {
  const line = vi.spyOn(log, "error").mockImplementation(() => {});
  const posts = postsOf({ "/sign-in": () => Promise.reject(new Error("eleven quiet ferries")) });
  await expect(posts.get("/sign-in")?.(new FormData(), { origin: siteUrl })).rejects.toThrow("ferries");
  expect(line).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ route: "/sign-in", kind: "post", name: "Error" }),
    "it threw",
  );
  expect(JSON.stringify(line.mock.calls)).not.toContain("ferries");
  line.mockRestore();
});

test.each([
  "latchkey.attempt=a; latchkey.attempt=b",
  "latchkey.attempt=a;latchkey.attempt=b",
  "latchkey.attempt=b; latchkey.attempt=%E0%A4%A",
  "latchkey.attempt=%E0%A4%A",
  "latchkey.attempt",
  "latchkey.attempt=a; latchkey.attempt",
  "latchkey.attempt=",
  "latchkey.attempt=a=b==",
  'latchkey.attempt="a"',
  "latchkey.attempt=a%20b",
  "LATCHKEY.ATTEMPT=a",
  "x; =y; ; latchkey.attempt=a ;",
  "latchkey.attempt=a, latchkey.session=b",
  "",
])("posts read the cookies of %j as the framework does for pages and actions", (header) => {
  const theirs = new RequestCookies(new Headers({ cookie: header }));
  const ours = readerOfCookies(header);
  for (const name of ["attempt", "session"] satisfies OwnCookie[])
    expect(ours(name), name).toBe(theirs.get(cookieName(name))?.value);
});
