import http, { type IncomingMessage, type ServerResponse } from "node:http";
import net, { type AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import zlib from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { refusal } from "@/lib/kernel/refused";
import { makeDoor, type Posts } from "./index";
import type { Post } from "./posts";

type Handle = (req: IncomingMessage, res: ServerResponse) => Promise<void>;
const servers: http.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A door in front of `handle`, as a real server on loopback. */
async function open(
  handle: Handle,
  rest: {
    isDatabaseUp?: () => Promise<boolean>;
    isDatabaseGone?: () => Promise<boolean>;
    figures?: () => Promise<unknown>;
    healthToken?: string;
    files?: Parameters<typeof makeDoor>[0]["files"];
    posts?: Posts;
  } = {},
) {
  const server = http.createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const warnings: unknown[] = [];
  const door = makeDoor({
    settings: {
      siteUrl: origin,
      siteName: "Latch <key>",
      trustedProxies: ["127.0.0.1"],
      healthToken: rest.healthToken,
    },
    handle,
    posts: rest.posts,
    figures: rest.figures,
    isDatabaseUp: rest.isDatabaseUp ?? (async () => true),
    isDatabaseGone: rest.isDatabaseGone ?? (async () => false),
    files: rest.files ?? { answer: () => false, styles: [] },
    warn: (facts) => warnings.push(facts),
  });
  server.on("request", door.listener);
  return { origin, port, door, warnings };
}

/** A build of one stylesheet, "/site.css". */
function dressedIn(css: string): Parameters<typeof makeDoor>[0]["files"] {
  return {
    styles: [{ path: "/site.css", css, hash: "'sha256-of-it'" }],
    answer: ({ res, seal }, path) => {
      if (path !== "/site.css") return false;
      seal(res);
      res.end(css);
      return true;
    },
  };
}

const page: (html: string, status?: number) => Handle =
  (html, status = 200) =>
  async (_req, res) => {
    res.statusCode = status;
    res.setHeader("Content-Type", "text/html; charset=utf-8");
    res.setHeader("Cache-Control", "private, max-age=60");
    res.flushHeaders();
    res.write(html.slice(0, 10));
    res.end(html.slice(10));
  };

const alwaysThere = [
  "content-security-policy",
  "x-content-type-options",
  "referrer-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
  "x-frame-options",
  "cache-control",
];

test("every answer has every security header: page, error, redirect, refusal, health, HEAD", async () => {
  const { origin } = await open(async (req, res) => {
    if (req.url === "/throws") throw new Error("x");
    if (req.url === "/redirects") return void res.writeHead(307, { Location: "/a" }).end();
    if (req.url === "/empty") return void res.writeHead(204).end();
    await page("<p>0123456789</p>")(req, res);
  });
  for (const [path, method] of [
    ["/", "GET"],
    ["/", "HEAD"],
    ["/throws", "GET"],
    ["/redirects", "GET"],
    ["/empty", "GET"],
    ["/", "DELETE"],
    ["/", "POST"],
    ["/api/health", "GET"],
    ["/_next/image", "GET"],
  ]) {
    const answer = await fetch(origin + path, { method, redirect: "manual" });
    for (const name of alwaysThere)
      expect(answer.headers.get(name), `${method} ${path} ${name}`).toBeTruthy();
    expect(answer.headers.get("cache-control")).toBe("no-store");
  }
});

test("a page arrives without scripts, whole, in the encoding asked for, with the right length", async () => {
  const text = "<p>héllo wörld</p>".repeat(200);
  const { port } = await open(page(`<script>1</script>${text}<script src="/x.js"></script>`));
  for (const [accepted, decode] of [
    ["br", zlib.brotliDecompressSync],
    ["gzip", zlib.gunzipSync],
    ["identity", (body: Buffer) => body],
  ] as const) {
    const { headers, body } = await new Promise<{ headers: http.IncomingHttpHeaders; body: Buffer }>(
      (resolve) =>
        http.get({ host: "127.0.0.1", port, headers: { "accept-encoding": accepted } }, async (answer) => {
          const chunks: Buffer[] = [];
          for await (const chunk of answer) chunks.push(chunk);
          resolve({ headers: answer.headers, body: Buffer.concat(chunks) });
        }),
    );
    expect(decode(body).toString()).toBe(text);
    expect(Number(headers["content-length"])).toBe(body.length);
    expect(headers.vary).toBe("Accept-Encoding");
  }
});

test("a browser that comes for the first time gets the stylesheet within its page, and any other by its link", async () => {
  const link = '<link rel="stylesheet" href="/site.css" data-precedence="next"/>';
  const { origin } = await open(
    async (req, res) => {
      // What is loaded beforehand and not used is a complaint in the browser's console.
      res.setHeader("Link", '</site.css>; rel=preload; as="style"');
      await page(`${link}<p>text</p>`)(req, res);
    },
    { files: dressedIn("p{color:red}") },
  );
  const first = await fetch(origin);
  expect(await first.text()).toBe("<style>p{color:red}</style><p>text</p>");
  expect(first.headers.get("link")).toBeNull();
  expect(first.headers.get("content-security-policy")).toContain("; style-src 'self' 'sha256-of-it'; ");
  const next = await fetch(origin, { headers: { cookie: "latchkey.language=en" } });
  expect(await next.text()).toBe(`${link}<p>text</p>`);
  expect(next.headers.get("content-security-policy")).toContain("; style-src 'self'; ");
});

test("an error while the database is away becomes the page that says so, with 503", async () => {
  const { origin } = await open(page("<p>stack of secrets</p>", 500), { isDatabaseUp: async () => false });
  const answer = await fetch(origin);
  const html = await answer.text();
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("10");
  expect(html).toContain("We can't reach our database");
  expect(html).not.toContain("secrets");
});

test("while the database is gone no form is shown that would be filled in vain, and its page is dressed", async () => {
  let isGone = true;
  let calls = 0;
  const { origin } = await open(
    async (req, res) => {
      calls += 1;
      await page("<p>form</p>")(req, res);
    },
    { isDatabaseGone: async () => isGone, files: dressedIn("p{}") },
  );
  for (const asked of [
    fetch(`${origin}/sign-in`),
    fetch(`${origin}/sign-in`, { method: "POST", headers: { origin } }),
  ]) {
    const answer = await asked;
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("10");
    expect(await answer.text()).toContain("We can't reach our database");
  }
  expect(calls).toBe(0);
  expect((await fetch(`${origin}/site.css`)).status).toBe(200);
  isGone = false;
  expect((await fetch(`${origin}/sign-in`)).status).toBe(200);
});

test("another error becomes a page of words, leaves a line in the log without the query, and sets no cookie", async () => {
  const { origin, warnings } = await open(async (req, res) => {
    res.setHeader("Set-Cookie", "half=done");
    await page("<p>stack of secrets</p>", 500)(req, res);
  });
  const answer = await fetch(`${origin}/a?token=secret`);
  const html = await answer.text();
  expect(answer.status).toBe(500);
  expect(html).toContain("Something went wrong on our side");
  expect(html).toContain("Latch &lt;key&gt;");
  expect(html).not.toContain("secrets");
  expect(answer.headers.get("set-cookie")).toBeNull();
  expect(warnings).toEqual([{ path: "/a", method: "GET", status: 500 }]);
});

test("a form of another build or of none gets a page of words where the framework has a bare line, and a route keeps its own answer", async () => {
  const { origin, warnings } = await open(async (req, res) => {
    req.resume();
    res.writeHead(Number(req.url?.slice(-3)), { "Content-Type": "text/plain" }).end("Invalid request.");
  });
  const post = async (path: string) => {
    const answer = await fetch(origin + path, { method: "POST", body: "", headers: { origin } });
    return [answer.status, answer.headers.get("content-type"), await answer.text()] as const;
  };
  for (const [status, heading] of [
    [400, "<h1>We couldn't understand that request"],
    [409, "<h1>That page is out of date"],
  ] as const) {
    const [got, type, text] = await post(`/account/${status}`);
    expect([got, type]).toEqual([status, "text/html; charset=utf-8"]);
    expect(text).toContain(heading);
    expect(await post(`/api/${status}`)).toEqual([status, "text/plain", "Invalid request."]);
  }
  expect(warnings).toEqual([]);
});

test("an answer that never ends and grows is cut off with an error, not kept in memory", async () => {
  const { origin } = await open(page(`<p>${"x".repeat(3_000_000)}</p>`));
  expect((await fetch(origin)).status).toBe(500);
});

test("the framework gets the address the proxy saw, and nothing that the client made up about it", async () => {
  let seen: http.IncomingHttpHeaders = {};
  const { origin, port } = await open(async (req, res) => {
    seen = req.headers;
    res.end();
  });
  await fetch(origin, {
    headers: {
      "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Proto": "https",
      "X-Latchkey-Address": "1.1.1.1",
      "X-Middleware-Subrequest": "proxy",
      RSC: "1",
      Cookie: "a=b",
    },
  });
  expect(seen["x-latchkey-address"]).toBe("198.51.100.7");
  expect(seen["x-forwarded-host"]).toBe(`127.0.0.1:${port}`);
  expect(seen["x-forwarded-proto"]).toBe("http");
  expect(seen.cookie).toBe("a=b");
  expect(seen).not.toHaveProperty("x-middleware-subrequest");
  expect(seen).not.toHaveProperty("rsc");
});

test("a form from elsewhere never reaches the framework", async () => {
  let calls = 0;
  const { origin } = await open(async (_req, res) => {
    calls += 1;
    res.end();
  });
  for (const headers of [{}, { Origin: "null" }, { Origin: "https://evil.example" }]) {
    const answer = await fetch(origin, {
      method: "POST",
      body: "a=b",
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("That form didn't come from this site");
  }
  expect(calls).toBe(0);
  await fetch(origin, { method: "POST", body: "a=b", headers: { Origin: origin } });
  expect(calls).toBe(1);
});

test("a method that a path does not take is refused, and what it does take is said without that one", async () => {
  const { origin } = await open(page("<p></p>"));
  for (const [path, method, allowed] of [
    ["/sign-in", "DELETE", "GET, HEAD, POST"],
    ["/api/health", "POST", "GET, HEAD"],
    ["/api/health/live", "POST", "GET, HEAD"],
    ["/api/health", "PUT", "GET, HEAD"],
  ] as const) {
    const answer = await fetch(origin + path, { method, headers: { origin } });
    expect([answer.status, answer.headers.get("allow")], `${method} ${path}`).toEqual([405, allowed]);
  }
});

test("a body that lies about being short is not read past its length", async () => {
  const bodies: string[] = [];
  const { origin, port } = await open(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    bodies.push(body);
    res.end();
  });
  await new Promise<void>((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.write(
        `POST / HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabcdefgh`,
      );
    });
    socket.on("close", () => resolve());
    socket.resume();
  });
  expect(bodies).toEqual(["abc"]);
});

test("a guarded page that was asked for is remembered beside the framework's own cookies", async () => {
  const { origin } = await open(async (_req, res) => {
    res.statusCode = 307;
    res.setHeader("Location", "/sign-in");
    res.setHeader("Set-Cookie", ["a=1", "b=2"]);
    res.end();
  });
  const answer = await fetch(`${origin}/account/security`, { redirect: "manual" });
  expect(answer.headers.getSetCookie()).toEqual([
    "a=1",
    "b=2",
    "latchkey.asked-for=%2Faccount%2Fsecurity; Path=/; HttpOnly; SameSite=Lax; Max-Age=600",
  ]);
});

test("the figures of messages are for whoever bears the token, and cannot make a healthy site look ill", async () => {
  const healthToken = "a-token-of-more-than-thirty-two-characters";
  let figures = async (): Promise<unknown> => ({ waiting: 3 });
  const { origin } = await open(page("<p></p>"), { healthToken, figures: () => figures() });
  const health = async (authorization?: string) => {
    const headers = authorization === undefined ? undefined : { authorization };
    return (await fetch(`${origin}/api/health`, { headers })).json();
  };
  expect(await health()).toEqual({ status: "ok" });
  expect(await health("Bearer another")).toEqual({ status: "ok" });
  expect(await health(`Bearer ${healthToken}`)).toEqual({ status: "ok", messages: { waiting: 3 } });
  figures = () => Promise.reject(new Error("x"));
  expect(await health(`Bearer ${healthToken}`)).toEqual({ status: "ok" });
  const without = await open(page("<p></p>"), { figures: async () => 1 });
  const asked = await fetch(`${without.origin}/api/health`, {
    headers: { authorization: "Bearer undefined" },
  });
  expect(await asked.json()).toEqual({ status: "ok" });
});

test("health tells of the database and of leaving; liveness does not", async () => {
  let isUp = true;
  const { origin, door } = await open(async (_req, res) => void res.end(), {
    isDatabaseUp: async () => isUp,
  });
  const status = async (path: string) => (await fetch(origin + path)).status;
  expect(await (await fetch(`${origin}/api/health`)).json()).toEqual({ status: "ok" });
  isUp = false;
  expect(await status("/api/health")).toBe(503);
  expect(await status("/api/health/live")).toBe(200);
  isUp = true;
  door.drain();
  expect(await status("/api/health")).toBe(503);
  expect((await fetch(origin)).headers.get("connection")).toBe("close");
});

test("a form sent twice by a double click is acted on once, and both copies get the one answer, cookies too", async () => {
  let calls = 0;
  const { origin } = await open(async (req, res) => {
    calls += 1;
    let body = "";
    for await (const chunk of req) body += chunk;
    await new Promise((resolve) => setTimeout(resolve, 50));
    res.statusCode = body.includes("refused") ? 200 : 303;
    res.setHeader("Set-Cookie", [`token=${calls}`]);
    if (res.statusCode === 303) res.setHeader("Location", "/account");
    res.end();
  });
  const post = (path: string, field: string, cookie = "session=1") => {
    const form = new FormData();
    form.set("field", field);
    return fetch(origin + path, {
      method: "POST",
      body: form,
      redirect: "manual",
      headers: { origin, cookie },
    });
  };
  const [first, second] = await Promise.all([post("/account/a", "x"), post("/account/a", "x")]);
  expect(calls).toBe(1);
  for (const { status, headers } of [first, second, await post("/account/a", "x")]) {
    expect(status).toBe(303);
    expect(headers.getSetCookie()).toContain("token=1");
    expect(headers.get("location")).toBe("/account");
  }
  await post("/account/a", "y");
  await post("/account/a", "x", "session=2");
  await post("/account/b", "x");
  expect(calls).toBe(4);
  // A refused form is shown as it is each time, and a link in a mail is never traded twice.
  await Promise.all([post("/account/a", "refused"), post("/account/a", "refused")]);
  await Promise.all([post("/reset-password/a", "x"), post("/reset-password/a", "x")]);
  expect(calls).toBe(8);
});

test("of three copies sent at once one is acted on at a time: after one that was refused the next, whose answer the third gets", async () => {
  let calls = 0;
  let refused = 0;
  const { origin } = await open(async (req, res) => {
    calls += 1;
    const mine = calls;
    req.resume();
    await pause(50);
    if (mine <= refused) return void res.writeHead(200, { "Content-Type": "text/html" }).end("<p>no</p>");
    res.writeHead(303, { Location: "/account", "Set-Cookie": `token=${mine}` }).end();
  });
  const post = async () => {
    const answer = await fetch(`${origin}/account/a`, {
      method: "POST",
      body: new URLSearchParams({ refused: `${refused}` }),
      redirect: "manual",
      headers: { origin, cookie: "session=1" },
    });
    return answer.headers.getSetCookie()[0] ?? answer.status;
  };
  const three = async () => (await Promise.all([post(), post(), post()])).map(String).sort();
  expect(await three()).toEqual(["token=1", "token=1", "token=1"]);
  expect(calls).toBe(1);
  calls = 0;
  refused = 1;
  expect(await three()).toEqual(["200", "token=2", "token=2"]);
  expect(calls).toBe(2);
});

test("two browsers behind one address that send the same form are two, and neither gets what was set for the other", async () => {
  let calls = 0;
  const { origin } = await open(async (_req, res) => {
    calls += 1;
    const mine = calls;
    await pause(50);
    res.writeHead(303, { Location: "/account", "Set-Cookie": `session=${mine}` }).end();
  });
  const post = (browser: string) =>
    fetch(`${origin}/sign-in`, {
      method: "POST",
      body: new URLSearchParams({ email: "a" }),
      redirect: "manual",
      headers: { origin, "user-agent": browser },
    });
  const both = await Promise.all([post("Firefox"), post("Safari")]);
  expect(both.map(({ headers }) => headers.getSetCookie()[0]).sort()).toEqual(["session=1", "session=2"]);
});

test("the second copy of a form gets the first one's answer also when the database is gone by then, and a refused one is no answer", async () => {
  let isGone = false;
  let calls = 0;
  const { origin } = await open(
    async (req, res) => {
      calls += 1;
      req.resume();
      isGone = true;
      res.writeHead(303, { Location: "/account" }).end();
    },
    { isDatabaseGone: async () => isGone, files: dressedIn("p{}") },
  );
  const post = (field: string) =>
    fetch(`${origin}/account/a`, {
      method: "POST",
      body: new URLSearchParams({ field }),
      redirect: "manual",
      headers: { origin },
    });
  expect((await post("x")).status).toBe(303);
  expect((await post("x")).status).toBe(303);
  expect((await post("y")).status).toBe(503);
  expect(calls).toBe(1);
  isGone = false;
  expect((await post("y")).status).toBe(303);
  expect(calls).toBe(2);
});

test("the same button pressed on the page that came is no second copy, however quickly", async () => {
  let posts = 0;
  const { origin } = await open(async (req, res) => {
    req.resume();
    if (req.method === "POST") posts += 1;
    res.statusCode = req.method === "POST" ? 303 : 200;
    if (req.method === "POST") res.setHeader("Location", `/account?after=${posts}`);
    res.end();
  });
  const headers = { origin, cookie: "session=1" };
  const press = async () => {
    const body = new URLSearchParams({ button: "up" });
    const answer = await fetch(`${origin}/account/security`, {
      method: "POST",
      body,
      redirect: "manual",
      headers,
    });
    return answer.headers.get("location");
  };
  expect(await press()).toBe("/account?after=1");
  expect(await press()).toBe("/account?after=1");
  await fetch(`${origin}/api/line/two-step`, { headers });
  await fetch(`${origin}/account`, { headers: { cookie: "session=another" } });
  expect(await press()).toBe("/account?after=1");
  await fetch(`${origin}/account`, { headers });
  expect(await press()).toBe("/account?after=2");
});

test("a body that says it has parts and has none is refused before the framework sees it", async () => {
  let calls = 0;
  const { origin } = await open(async (req, res) => {
    calls += 1;
    req.resume();
    res.end();
  });
  const post = (body: string, type: string) =>
    fetch(origin, { method: "POST", body, headers: { origin, "content-type": type } });
  for (const body of ["", "no parts at all", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1"])
    expect((await post(body, "multipart/form-data; boundary=x")).status).toBe(400);
  expect((await post("--x--", "multipart/form-data")).status).toBe(400);
  expect(calls).toBe(0);
  const whole = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n';
  expect((await post(whole, "multipart/form-data; boundary=x")).status).toBe(200);
  expect(calls).toBe(1);

  // What browsers send is known at a look, and no other header passes as theirs.
  const ofBrowsers = whole.replaceAll("--x", `--${"-".repeat(27)}x`);
  const boundary = `${"-".repeat(27)}x`;
  expect((await post(ofBrowsers, `multipart/form-data; boundary=${boundary}`)).status).toBe(200);
  for (const type of [
    `multipart/form-data; xboundary=${boundary}; boundary=${"b".repeat(30)}`,
    `multipart/form-data-x; boundary=${boundary}`,
    `multipart/form-data; boundary=${boundary}${"b".repeat(50)}`,
  ])
    expect((await post(ofBrowsers, type)).status, type).toBe(400);
  expect(calls).toBe(2);
});

test("a form whose action is bound to what no page binds is refused before the framework sees it; an error of ours stays one", async () => {
  let calls = 0;
  const { origin } = await open(async (req, res) => {
    calls += 1;
    req.resume();
    res.statusCode = 500;
    res.end();
  });
  const boundary = `${"-".repeat(27)}x`;
  const post = (bound: string, type: string, file = "") =>
    postFields(
      [
        ["$ACTION_REF_1", ""],
        ["$ACTION_1:0", '{"id":"40","bound":"$@1"}'],
        ["$ACTION_1:1", bound],
        ["name", '["$F1"]'],
      ],
      type,
      file,
    );
  const postFields = async (fields: readonly (readonly [string, string])[], type: string, file = "") => {
    const parts = fields.map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${name.endsWith(":1") ? file : ""}\r\n\r\n${value}\r\n`,
    );
    const answer = await fetch(origin, {
      method: "POST",
      body: `${parts.join("")}--${boundary}--\r\n`,
      headers: { origin, "content-type": type },
    });
    return answer.status;
  };
  const ofBrowsers = `multipart/form-data; boundary=${boundary}`;
  const ofOthers = `multipart/form-data; charset=utf-8; boundary=${boundary}`;
  const forged = [
    "$F1",
    "$Q1",
    "$W1",
    "$h1",
    "$i1",
    "$K1",
    "$T",
    "$B1",
    "$R1",
    "$1:__proto__:then",
    "$@2",
    "$Dx",
    "$",
  ];
  for (const type of [ofBrowsers, ofOthers]) {
    for (const text of forged)
      for (const bound of [[text], [{ errors: [{ message: text }] }]])
        expect(await post(JSON.stringify(bound), type), `${text} ${type}`).toBe(400);
    for (const bound of ["", "[", '["$undefined"']) expect(await post(bound, type), bound).toBe(400);
  }
  expect(await post("[null]", ofBrowsers, '; filename="x"')).toBe(400);
  for (const bound of ["null", '"$undefined"', "{}", '"$@1"', '["$@1"]', JSON.stringify(Array(11).fill(1))])
    expect(await post(bound, ofBrowsers), bound).toBe(400);
  const deep = `[${"[".repeat(5000)}1${"]".repeat(5000)}]`;
  expect(await post(deep, ofBrowsers)).toBe(400);
  expect(await post(`["${boundary}"]`, ofBrowsers), "a part that another parser would end there").toBe(400);
  const action: [string, string] = ["$ACTION_1:0", '{"id":"40","bound":"$@1"}'];
  const action3: [string, string] = ["$ACTION_3:0", '{"id":"40","bound":"$@1"}'];
  const forms: [string, string][][] = [
    [["$ACTION_REF_1", ""]],
    [["$ACTION_REF_1", ""], action],
    [
      ["$ACTION_REF_1", ""],
      ["$ACTION_1:0", '{"id":"40"}'],
      ["$ACTION_1:1", "[]"],
    ],
    [
      ["$ACTION_REF_1", ""],
      ["$ACTION_1:0", '{"id":"40","bound":"$@1","id":"41"}'],
      ["$ACTION_1:1", "[]"],
    ],
    [["$ACTION_REF_1", ""], action, action, ["$ACTION_1:1", "[]"]],
    [["$ACTION_REF_1", ""], action, ["$ACTION_1:1", '["$@2"]'], ["$ACTION_1:2", '"$@1"']],
    [
      ["$ACTION_REF_a:b", ""],
      ["$ACTION_a:b:0", '{"id":"40","bound":"$@1"}'],
      ["$ACTION_a:b:1", "[]"],
    ],
    [["$ACTION_ID_40; DROP", ""]],
    // What an action inside a page closes over, sealed: there is none.
    [["$ACTION_REF_3", ""], action3, ["$ACTION_3:1", '["$@2","$undefined"]'], ["$ACTION_3:2", '"c2VhbGVk"']],
  ];
  for (const fields of forms) expect(await postFields(fields, ofBrowsers), JSON.stringify(fields)).toBe(400);
  expect(calls).toBe(0);

  const state = {
    errors: [{ field: "$undefined", message: "Für $5 – ¿ja? $$" }],
    at: "$D2026-11-24T10:00:00.000Z",
  };
  const ours = [["$undefined"], [null], [state], ["an-id", "$undefined"], ["$$F1"]];
  for (const type of [ofBrowsers, ofOthers])
    for (const bound of ours)
      expect(await post(JSON.stringify(bound), type), JSON.stringify(bound)).toBe(500);
  const keyed: [string, string][] = [
    ["$ACTION_REF_3", ""],
    action3,
    ["$ACTION_3:1", '["an-id","$undefined"]'],
    ["$ACTION_KEY", "k1234"],
  ];
  for (const fields of [keyed, [["$ACTION_ID_40", ""]] as const])
    expect(await postFields(fields, ofBrowsers)).toBe(500);
  expect(calls).toBe(2 * ours.length + 2);
});

test("a page that leads on instead of showing what its form was answered is asked for, and the form not posted there", async () => {
  const { origin } = await open(async (req, res) => {
    req.resume();
    res.writeHead(307, { Location: "/sign-in", "Content-Type": "text/html" }).end("<p>led on</p>");
  });
  const ask = (method: string) => fetch(origin, { method, redirect: "manual", headers: { origin } });
  const [posted, read] = [await ask("POST"), await ask("GET")];
  expect([posted.status, posted.headers.get("location")]).toEqual([303, "/sign-in"]);
  expect(read.status).toBe(307);
});

test("the second copy gets the answer although the browser hung up on the first before it came", async () => {
  let calls = 0;
  const { origin } = await open(async (req, res) => {
    calls += 1;
    req.resume();
    await new Promise((resolve) => setTimeout(resolve, 150));
    res.statusCode = 303;
    res.setHeader("Set-Cookie", ["token=new"]);
    res.setHeader("Location", "/account");
    // As the framework does: nothing is sent to one who is gone.
    if (!res.destroyed) res.end();
  });
  const leaving = new AbortController();
  const post = (signal?: AbortSignal) =>
    fetch(`${origin}/account/turn-off`, {
      method: "POST",
      body: new URLSearchParams({ field: "x" }),
      redirect: "manual",
      headers: { origin },
      signal,
    });
  const first = post(leaving.signal).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const second = post();
  leaving.abort();
  expect(await first).toBeUndefined();
  expect((await second).status).toBe(303);
  expect((await second).headers.getSetCookie()).toContain("token=new");
  expect(calls).toBe(1);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Posts a form whose browser hangs up after so many milliseconds, whatever of `length` bytes it has sent by then. */
async function hangUpOn(
  { port, origin }: { port: number; origin: string },
  { path, body, length = body.length, after }: { path: string; body: string; length?: number; after: number },
): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nUser-Agent: node\r\nOrigin: ${origin}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
  await pause(after);
  socket.destroy();
}

/** The same form as `hangUpOn` posts, whole and patient. */
const press = ({ origin }: { origin: string }, path: string, body: string) =>
  fetch(origin + path, {
    method: "POST",
    body,
    redirect: "manual",
    headers: { origin, "content-type": "application/x-www-form-urlencoded" },
    signal: AbortSignal.timeout(2_000),
  });

test("a form whose browser hung up before it had sent it whole never reaches the framework, and no later one waits for it", async () => {
  const bodies: string[] = [];
  const door = await open(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    bodies.push(body);
    res.writeHead(303, { Location: "/account" }).end();
  });
  await hangUpOn(door, { path: "/sign-in", body: "a=b", length: 100, after: 50 });
  await pause(50);
  expect((await press(door, "/sign-in", "a=b")).status).toBe(303);
  expect(bodies).toEqual(["a=b"]);
});

test("a second copy whose browser hung up while it waited for the first one's answer is not acted on, and no third waits for it", async () => {
  let calls = 0;
  const door = await open(async (req, res) => {
    calls += 1;
    req.resume();
    await pause(200);
    // As the framework does: nothing is sent to one who is gone.
    if (!res.destroyed) res.end("refused");
  });
  const first = press(door, "/account/turn-off", "a=b");
  await pause(50);
  await hangUpOn(door, { path: "/account/turn-off", body: "a=b", after: 50 });
  expect((await first).status).toBe(200);
  expect((await press(door, "/account/turn-off", "a=b")).status).toBe(200);
  expect(calls).toBe(2);
});

test.each([
  ["refused", async () => ({ refusal: {} })],
  ["thrown over", () => Promise.reject(new Error("x"))],
] as const)(
  "a second copy waits no longer than for its work, when the browser hung up on a first one that was %s by a post",
  async (_name, end) => {
    let calls = 0;
    const post: Post = async () => {
      calls += 1;
      await pause(150);
      return calls === 1 ? end() : { leadTo: "/account", cookies: [] };
    };
    const asked: (string | undefined)[] = [];
    const door = await open(async ({ url }) => void asked.push(url), {
      posts: new Map([["/sign-in", post]]),
    });
    await hangUpOn(door, { path: "/sign-in", body: "a=b", after: 50 });
    expect((await press(door, "/sign-in", "a=b")).status).toBe(303);
    expect(calls).toBe(2);
    expect(asked).toEqual([]); // no page was drawn for nobody
  },
);

test("a second copy waits no longer than for its work, when the browser hung up on a first one that the framework refused", async () => {
  let calls = 0;
  const door = await open(async (req, res) => {
    req.resume();
    calls += 1;
    await pause(150);
    if (calls === 2) return void res.writeHead(303, { Location: "/account" }).end();
    res.setHeader("Content-Type", "text/html; charset=utf-8");
    if (!res.destroyed) res.end("refused"); // as the framework does
  });
  await hangUpOn(door, { path: "/account/turn-off", body: "a=b", after: 50 });
  expect((await press(door, "/account/turn-off", "a=b")).status).toBe(303);
  expect(calls).toBe(2);
});

test.each([
  ["was cut off because the framework threw in the middle of it", true],
  ["never came because the door threw", false],
])("a second copy waits for no first one whose answer %s", async (_name, isFramework) => {
  let calls = 0;
  const door = await open(
    async (req, res) => {
      req.resume();
      calls += 1;
      if (calls > 1 || !isFramework) return void res.writeHead(303, { Location: "/account" }).end();
      res.setHeader("Content-Type", "text/html; charset=utf-8");
      res.write("half of it");
      throw new Error("x");
    },
    {
      isDatabaseGone: async () => {
        if (!isFramework && calls === 0) {
          calls = 1;
          throw new Error("x");
        }
        return false;
      },
    },
  );
  await expect(press(door, "/account/turn-off", "a=b")).rejects.toThrow();
  expect((await press(door, "/account/turn-off", "a=b")).status).toBe(303);
  expect(calls).toBe(2);
});

test("a second copy waits for no first one that left the line in front of the sign-in", async () => {
  const door = await open(async (req, res) => {
    req.resume();
    if (req.method === "GET") await pause(1_000);
    res.writeHead(303, { Location: "/account" }).end();
  });
  const crowd = Array.from({ length: availableParallelism() + 2 }, () =>
    fetch(`${door.origin}/sign-in`, { redirect: "manual" }),
  );
  await pause(50);
  const second = hangUpOn(door, { path: "/sign-in", body: "a=b", after: 50 }).then(() =>
    press(door, "/sign-in", "a=b"),
  );
  expect((await second).status).toBe(303);
  await Promise.all(crowd);
});

/** A door with one post at "/sign-in", and a framework that says how it was asked and what its page was refused for. */
async function openWith(post: Post, rest: Parameters<typeof open>[1] = {}) {
  const asked: string[] = [];
  const { origin, warnings } = await open(
    async (req, res) => {
      req.resume();
      asked.push(`${req.method} ${req.url}`);
      res.setHeader("Content-Type", "text/html; charset=utf-8");
      res.end(`<p>${JSON.stringify(refusal())}</p>`);
    },
    { ...rest, posts: new Map([["/sign-in", post]]) },
  );
  const send = (
    form: Record<string, string> | FormData | URLSearchParams,
    headers = {},
    path = "/sign-in",
  ) => {
    const body = form instanceof FormData || form instanceof URLSearchParams ? form : new FormData();
    if (body !== form) for (const [name, value] of Object.entries(form)) body.append(name, value);
    return fetch(origin + path, {
      method: "POST",
      body,
      redirect: "manual",
      headers: { origin, ...headers },
    });
  };
  return { asked, warnings, send };
}

test("a form that needs no framework leads on with its cookies, sealed as every answer, and the framework is not asked", async () => {
  const seen: unknown[] = [];
  const { asked, send } = await openWith(async (form, headers) => {
    seen.push([...form], headers["x-latchkey-address"]);
    return { leadTo: "/sign-in/two-step", cookies: ["a=1; Path=/; HttpOnly", "b=2; Path=/; HttpOnly"] };
  });
  const got = await send(
    { email: "Zoë@example.com", password: " p\r\nq " },
    { "x-latchkey-address": "10.0.0.9" },
  );
  expect(got.status).toBe(303);
  expect(got.headers.get("location")).toBe("/sign-in/two-step");
  expect(got.headers.getSetCookie()).toEqual(["a=1; Path=/; HttpOnly", "b=2; Path=/; HttpOnly"]);
  for (const name of alwaysThere) expect(got.headers.get(name), name).toBeTruthy();
  expect(await got.text()).toBe("");
  expect(seen).toEqual([
    [
      ["email", "Zoë@example.com"],
      ["password", " p\r\nq "],
    ],
    "127.0.0.1",
  ]);
  expect(asked).toEqual([]);
});

test("a refused form is answered by its own page, which alone knows what was refused", async () => {
  const { asked, send } = await openWith(async () => ({ refusal: { errors: ["wrong"] } }));
  const [refused, other] = await Promise.all([send({ email: "a" }), send({ email: "a" }, {}, "/sign-up")]);
  expect([refused.status, await refused.text()]).toEqual([200, '<p>{"errors":["wrong"]}</p>']);
  expect([other.status, await other.text()]).toEqual([200, "<p>undefined</p>"]);
  expect(asked.sort()).toEqual(["GET /sign-in", "POST /sign-up"]);
});

test("what one form was refused for is told on no page that is drawn meanwhile, however long each takes", async () => {
  const told: Record<string, string> = {};
  const { origin } = await open(
    async (req, res) => {
      const wait = Number(new URL(req.url ?? "", "http://x").searchParams.get("wait"));
      await pause(wait);
      told[wait] = JSON.stringify(refusal());
      res.end();
    },
    { posts: new Map([["/sign-in", async (form) => ({ refusal: form.get("email") })]]) },
  );
  const asked = (wait: number, email?: string) => {
    const body = new FormData();
    if (email !== undefined) body.append("email", email);
    return fetch(`${origin}/sign-in?wait=${wait}`, {
      method: email === undefined ? "GET" : "POST",
      body: email === undefined ? undefined : body,
      headers: { origin },
    });
  };
  await Promise.all([asked(60, "a"), asked(20, "b"), asked(40)]);
  expect(told).toEqual({ 20: '"b"', 40: undefined, 60: '"a"' });
});

test("a form that names an action of the framework's is the framework's, also where there is a post", async () => {
  let calls = 0;
  const { asked, send } = await openWith(async () => {
    calls += 1;
    return { leadTo: "/account", cookies: [] };
  });
  expect((await send({ $ACTION_ID_7f: "", email: "a" })).status).toBe(200);
  expect(asked).toEqual(["POST /sign-in"]);
  expect(calls).toBe(0);
});

test("a body that is no form of a page's has no fields for a post", async () => {
  const seen: string[][] = [];
  const { send } = await openWith(async (form) => {
    seen.push([...form.keys()]);
    return { refusal: undefined };
  });
  await send(new URLSearchParams({ email: "a", password: "b" }));
  await send({ email: "a" }, {});
  expect(seen).toEqual([[], ["email"]]);
});

test("a form from elsewhere reaches no post", async () => {
  let calls = 0;
  const { send } = await openWith(async () => {
    calls += 1;
    return { leadTo: "/account", cookies: [] };
  });
  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
  ])
    expect((await send({ email: "a" }, headers)).status).toBe(403);
  expect(calls).toBe(0);
});

test("a post that throws becomes our page: 500, or 503 while the database is away; no cookie, and no line with what was typed", async () => {
  let isUp = true;
  const { asked, warnings, send } = await openWith(
    async (form) => {
      throw Object.assign(new Error(`duplicate ${form.get("email")}`), { code: "53100" });
    },
    { isDatabaseUp: async () => isUp },
  );
  const got = await send({ email: "secret@example.com" });
  expect([got.status, got.headers.getSetCookie()]).toEqual([500, []]);
  expect(await got.text()).toContain("Something went wrong on our side");
  isUp = false;
  expect((await send({ email: "other@example.com" })).status).toBe(503);
  expect(asked).toEqual([]);
  expect(warnings).toContainEqual({ path: "/sign-in", method: "POST", name: "Error" });
  expect(JSON.stringify(warnings)).not.toContain("secret");
});

test("a form that needs no framework is acted on once when it is sent twice, and both copies get its cookies", async () => {
  let calls = 0;
  const { send } = await openWith(async () => {
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, 30));
    return { leadTo: "/account", cookies: [`session=${calls}`] };
  });
  const both = await Promise.all([send({ email: "a" }), send({ email: "a" })]);
  expect(both.map(({ status, headers }) => [status, headers.getSetCookie()])).toEqual([
    [303, ["session=1"]],
    [303, ["session=1"]],
  ]);
  expect(calls).toBe(1);
});
