import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBuild } from "./index";

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = mkdtempSync(path.join(tmpdir(), "latchkey-build-"));
let server: http.Server;
let origin = "";

/** A page that says by which name it was answered, what the framework was told of the request, and the status so far. */
const page = (name: string) => `exports.handler = async (req, res, { requestMeta }) =>
  void res.end(JSON.stringify({ name: ${JSON.stringify(name)}, url: req.url, status: res.statusCode, ...requestMeta }));`;
const put = (name: string, text: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
};

const STYLE = "p{color:red}".repeat(100);

beforeAll(async () => {
  const pages: Record<string, string> = {
    "/_not-found/page": "/_not-found",
    "/(signed-out)/sign-in/page": "/sign-in",
    "/put-back/[token]/page": "/put-back/[token]",
    "/put-back/done/page": "/put-back/done",
  };
  for (const [name, answered] of Object.entries(pages)) put(`.next/server/app${name}.js`, page(answered));
  put(".next/server/app/broken/page.js", "exports.handler = async () => { throw new Error('of the page') };");
  put(
    ".next/server/app-paths-manifest.json",
    JSON.stringify(
      Object.fromEntries([...Object.keys(pages), "/broken/page"].map((name) => [name, `app${name}.js`])),
    ),
  );
  put(".next/app-path-routes-manifest.json", JSON.stringify({ ...pages, "/broken/page": "/broken" }));
  put(
    ".next/routes-manifest.json",
    JSON.stringify({ dynamicRoutes: [{ page: "/put-back/[token]", regex: "^/put-back/([^/]+?)(?:/)?$" }] }),
  );
  put(".next/static/chunks/site.css", STYLE);
  put(".next/server/app/icon.svg.body", "<svg/>");
  put(".next/static/chunks/framework.js", "alert(1)");
  put("public/enhance/codes.js", "export {}");
  put("public/.hidden", "no");
  put("package.json", "{}");
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));

  const build = openBuild(folder, new URL("https://id.example.org"));
  server = http.createServer((req, res) => {
    if (build.files.answer({ req, res, seal: () => {} }, req.url ?? "")) return;
    build.handle(req, res).catch((error: Error) => {
      res.statusCode = 500;
      res.end(error.message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (target: string) => JSON.parse(await (await fetch(`${origin}${target}`)).text());

test.each([
  ["/sign-in", "/sign-in", 200],
  ["/sign-in?next=1", "/sign-in", 200],
  ["/put-back/abc", "/put-back/[token]", 200],
  ["/put-back/done", "/put-back/done", 200],
  ["/put-back/abc/def", "/_not-found", 404],
  ["/nothing", "/_not-found", 404],
  ["/", "/_not-found", 404],
  ["/_not-found", "/_not-found", 404],
  ["/(signed-out)/sign-in", "/_not-found", 404],
  ["/sign-in/page", "/_not-found", 404],
  ["/put-back/[token]", "/_not-found", 404],
  ["/put-back/%5Btoken%5D", "/_not-found", 404],
  ["/__proto__", "/_not-found", 404],
  ["/.hidden", "/_not-found", 404],
])("%s is answered by %s with %i, and knows the site by its own address", async (target, name, status) => {
  expect(await ask(target)).toEqual({
    name,
    url: target,
    status,
    initURL: `https://id.example.org${target}`,
    hostname: "id.example.org",
  });
});

/** As it stands, where `fetch` would mend the address first. */
const askRaw = (target: string) =>
  new Promise<Record<string, unknown>>((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    http
      .get({ port, host: "127.0.0.1", path: target }, async (answer) => {
        let text = "";
        for await (const chunk of answer) text += chunk;
        resolve({ ...JSON.parse(text), location: answer.headers.location });
      })
      .on("error", reject);
  });

test.each([
  "/put-back/..",
  "/put-back/.",
  "/put-back/%2e%2e",
  "/put-back/#",
  "/put-back/a#b",
  "/put-back/a\\b",
  "/put-back/../put-back/abc",
  "//put-back/abc",
])("%s, which the framework would read as another address, is no page", async (target) => {
  expect(await askRaw(target)).toMatchObject({ name: "/_not-found", status: 404 });
});

test.each([
  ["/put-back/abc?nxtPtoken=def", "/put-back/abc"],
  ["/put-back/abc?nxtItoken=def&a=1", "/put-back/abc?a=1"],
  ["/put-back/abc?%6extPtoken=def&nxtPtoken=ghi&b", "/put-back/abc?b="],
  ["/put-back/abc?token=def", "/put-back/abc?token=def"],
])("what %s is about stands in its path, and nothing of its query takes that place", async (target, url) => {
  expect(await askRaw(target)).toMatchObject({ name: "/put-back/[token]", url });
});

test.each([
  ["/sign-in/", "https://id.example.org/sign-in"],
  ["/sign-in//?a=/", "https://id.example.org/sign-in?a=/"],
  ["/put-back/abc/", "https://id.example.org/put-back/abc"],
  ["/put-back//done", "https://id.example.org/put-back/done"],
  ["/put-back///abc//?a=//b", "https://id.example.org/put-back/abc?a=//b"],
])("%s is led to the one address of its page", async (target, location) => {
  const answer = await fetch(origin + target, { redirect: "manual" });
  expect([answer.status, answer.headers.get("location")]).toEqual([308, location]);
});

test.each([
  "//evil.example/",
  "//evil.example//",
  "//evil.example//sign-in",
  "///sign-in",
  "/nothing/",
  "/nothing//at-all",
  "/put-back//[token]",
  "/put-back//..",
  "///",
])("%s leads nowhere", async (target) => {
  const { status, location } = await askRaw(target);
  expect([status, location]).toEqual([404, undefined]);
});

test("what a page throws arrives at the door, with nothing sent", async () => {
  const answer = await fetch(`${origin}/broken`);
  expect([answer.status, await answer.text()]).toEqual([500, "of the page"]);
});

test("stylesheets, our own modules and the icon are answered, each with a tag by which a browser asks whether it changed", async () => {
  for (const [path, type, text] of [
    ["/_next/static/chunks/site.css", "text/css; charset=utf-8", STYLE],
    ["/enhance/codes.js", "text/javascript; charset=utf-8", "export {}"],
    ["/icon.svg", "image/svg+xml", "<svg/>"],
  ] as const) {
    const got = await fetch(origin + path);
    expect([got.status, got.headers.get("content-type"), await got.text()]).toEqual([200, type, text]);
    const etag = got.headers.get("etag") ?? "";
    const again = await fetch(origin + path, { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  }
});

test("a file comes in the best encoding that is taken and makes it smaller, with its length", async () => {
  const read = (path: string, encoding: string) =>
    new Promise<http.IncomingMessage>((resolve) =>
      http.get(origin + path, { headers: { "accept-encoding": encoding } }, (got) => resolve(got.resume())),
    );
  for (const [encoding, sent] of [
    ["br, gzip", "br"],
    ["gzip", "gzip"],
    ["identity", undefined],
  ] as const) {
    const { headers } = await read("/_next/static/chunks/site.css", encoding);
    expect([headers["content-encoding"], headers.vary]).toEqual([sent, "Accept-Encoding"]);
    const isSmaller = Number(headers["content-length"]) < STYLE.length;
    expect(isSmaller).toBe(sent !== undefined);
  }
  expect((await read("/enhance/codes.js", "br")).headers["content-encoding"]).toBeUndefined();
});

test("only a reading is answered with a file", async () => {
  const head = await fetch(`${origin}/enhance/codes.js`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "9", ""]);
  const posted = await fetch(`${origin}/enhance/codes.js`, { method: "POST" });
  expect(await posted.json()).toMatchObject({ name: "/_not-found", status: 404 });
});

test("the framework's own scripts are not there for anybody", async () => {
  expect(await ask("/_next/static/chunks/framework.js")).toMatchObject({ name: "/_not-found", status: 404 });
});
