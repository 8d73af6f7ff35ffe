/** A browser without script, as far as a sign-in needs one: hidden fields, cookies, multipart posts. */
import { createHmac } from "node:crypto";
import http from "node:http";

export interface Answer {
  status: number;
  location: string | undefined;
  cookies: Map<string, string>;
  body: Buffer;
}

export interface Visitor {
  port: number;
  agent: http.Agent;
  /** Where it comes from, as its proxy says. */
  address: string;
}

const BOUNDARY = "----benchFormBoundary7MA4YWxkTrZu0gW";

/** One request, its answer read to the end. */
function ask(
  { port, agent, address }: Visitor,
  path: string,
  { cookie, body }: { cookie?: string; body?: Buffer } = {},
): Promise<Answer> {
  const headers: http.OutgoingHttpHeaders = {
    Host: `localhost:${port}`,
    "User-Agent":
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    Accept: "text/html,application/xhtml+xml",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "X-Forwarded-For": address,
  };
  if (cookie) headers.Cookie = cookie;
  if (body) {
    headers.Origin = `http://localhost:${port}`;
    headers["Content-Type"] = `multipart/form-data; boundary=${BOUNDARY}`;
    headers["Content-Length"] = body.length;
  }
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port, agent, path, method: body ? "POST" : "GET", headers, timeout: 20_000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location,
            cookies: cookiesOf(response.headers["set-cookie"] ?? []),
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    request.on("timeout", () => request.destroy(new Error(`${path} took more than 20 s`)));
    request.on("error", reject);
    request.end(body);
  });
}

function cookiesOf(lines: readonly string[]): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const line of lines) {
    const [pair = ""] = line.split(";", 1);
    const at = pair.indexOf("=");
    cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return cookies;
}

const cookieLine = (cookies: Map<string, string>): string =>
  [...cookies].flatMap(([name, value]) => (value === "" ? [] : `${name}=${value}`)).join("; ");

const plain = (html: string): string =>
  html
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** The hidden fields of a form, which tell the server which action is meant; the same for everybody. */
export type Hidden = readonly (readonly [string, string])[];

/** Those of the one form of a page that has a field of this name. */
function hiddenFields(html: string, field: string): Hidden {
  const form = html.split("<form").find((part) => part.split("</form>", 1)[0]?.includes(` name="${field}"`));
  if (form === undefined) throw new Error(`no form has a field ${field}`);
  const attribute = (tag: string, name: string) =>
    plain(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
  return [...(form.split("</form>", 1)[0] ?? "").matchAll(/<input\b[^>]*\btype="hidden"[^>]*>/g)].map(
    ([tag]) => [attribute(tag, "name"), attribute(tag, "value")] as const,
  );
}

function multipart(fields: Hidden): Buffer {
  const parts = fields.map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return Buffer.from(`${parts.join("")}--${BOUNDARY}--\r\n`);
}

/** RFC 4648 base32 without padding. */
function fromBase32(text: string): Buffer {
  let bits = 0n;
  for (const letter of text) bits = (bits << 5n) | BigInt("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter));
  return Buffer.from(bits.toString(16).padStart((text.length * 5) / 4, "0"), "hex");
}

/** What an authenticator app shows (RFC 6238, SHA-1, 30 s, 6 digits); our own, so that it checks the site's. */
export function appCode(secret: string, at: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export interface Credentials {
  email: string;
  password: string;
  secret: string;
}

const CODE_PAGE = "/sign-in/two-step";

function check(answer: Answer, step: string, location: string, cookie: string): void {
  if (
    answer.status === 303 &&
    new URL(answer.location ?? "", "http://x").pathname === location &&
    answer.cookies.get(cookie)
  )
    return;
  throw new Error(`${step}: ${answer.status} ${answer.location ?? ""}`);
}

/** Reads the hidden fields of both forms once, by the first half of a sign-in. Refuses pages that are not as expected. */
export async function readForms(
  visitor: Visitor,
  { email, password }: Credentials,
): Promise<{ password: Hidden; code: Hidden }> {
  const unpacked = async (path: string, field: string, cookie?: string) => {
    const answer = await ask(visitor, path, { cookie });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    const zlib = await import("node:zlib");
    return hiddenFields(zlib.brotliDecompressSync(answer.body).toString(), field);
  };
  const passwordForm = await unpacked("/sign-in", "password");
  const asked = await ask(visitor, "/sign-in", {
    body: multipart([...passwordForm, ["email", email], ["password", password]]),
  });
  check(asked, "password", CODE_PAGE, "latchkey.attempt");
  return { password: passwordForm, code: await unpacked(CODE_PAGE, "code", cookieLine(asked.cookies)) };
}

/**
 * The first half of a sign-in: the password and (unless `withPage` is false) the page that asks for the code, to its last
 * byte. Returns the cookies of the attempt.
 */
export async function toCodePage(
  visitor: Visitor,
  { email, password }: Credentials,
  form: Hidden,
  withPage = true,
): Promise<string> {
  const asked = await ask(visitor, "/sign-in", {
    body: multipart([...form, ["email", email], ["password", password]]),
  });
  check(asked, "password", CODE_PAGE, "latchkey.attempt");
  const cookie = cookieLine(asked.cookies);
  if (!withPage) return cookie;
  const page = await ask(visitor, CODE_PAGE, { cookie });
  if (page.status !== 200) throw new Error(`code page: ${page.status}`);
  return cookie;
}

/**
 * A complete sign-in: the password, the page that asks for the code (as a browser does, unless `withPage` is false), the
 * code, the session cookie. Rejects when any step does not end as it should.
 */
export async function signIn(
  visitor: Visitor,
  credentials: Credentials,
  forms: { password: Hidden; code: Hidden },
  withPage: boolean,
): Promise<void> {
  const cookie = await toCodePage(visitor, credentials, forms.password, withPage);
  const done = await ask(visitor, CODE_PAGE, {
    cookie,
    body: multipart([...forms.code, ["code", appCode(credentials.secret, Date.now())]]),
  });
  check(done, "code", "/account", "latchkey.session");
}

/** One page of a signed-in person. Rejects when it is not the page. */
export async function open(visitor: Visitor, path: string, session: string): Promise<void> {
  const answer = await ask(visitor, path, { cookie: `latchkey.session=${session}` });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.location ?? ""}`);
}
