/** What the door decides, from plain data: whom it lets through, what it takes off, what it puts on. */

import { cookieLine, cookiesOfRequest, isCookie, nameOfCookie } from "@/lib/kernel/cookie-names";
import { isLanguage, type Language, original } from "@/lib/kernel/language";
import { isHttps, isLoopbackName } from "@/lib/kernel/origin";
import type { Style } from "./files";

/** Bytes; the longest form of the site is a few hundred. */
export const BODY_MAX = 64 * 1024;
/** Characters of path and query. */
export const TARGET_MAX = 2048;

/** The words of a refusal stand in the catalogue "door", under these names. */
export type Refusal =
  | "badRequest"
  | "foreign"
  | "notFound"
  | "method"
  | "outdated"
  | "lengthRequired"
  | "tooLarge"
  | "addressTooLong"
  | "trouble"
  | "database";

export const STATUS: Record<Refusal, number> = {
  badRequest: 400,
  foreign: 403,
  notFound: 404,
  method: 405,
  outdated: 409,
  lengthRequired: 411,
  tooLarge: 413,
  addressTooLong: 414,
  trouble: 500,
  database: 503,
};

export interface Asked {
  method: string;
  /** The request target as it arrived: path and query. */
  target: string;
  httpVersion: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type Decision =
  | { kind: "pass" }
  /** `token`: who asks wants the owner's figures too. */
  | { kind: "health"; checksDatabase: boolean; token?: string }
  | { kind: "redirect"; location: string }
  | { kind: "refuse"; refusal: Refusal };

const refuse = (refusal: Refusal): Decision => ({ kind: "refuse", refusal });

const isHealth = (path: string): boolean => path === "/api/health" || path === "/api/health/live";

/** The methods that the door lets through to a path (RFC 9110 10.2.1). */
export const methodsAt = (path: string): readonly string[] =>
  isHealth(path) ? ["GET", "HEAD"] : ["GET", "HEAD", "POST"];

/** Where providers report (app/api/delivery). */
const CALLBACK = /^\/api\/delivery\/[a-z]+$/;

/** The checks, in their order; the first that has something to say decides. */
const checks: ((asked: Asked, siteUrl: URL) => Decision | undefined)[] = [
  ({ target }) => (target.length > TARGET_MAX ? refuse("addressTooLong") : undefined),
  // RFC 9112 3.2. Node's own refusal would be without our headers; the checks of older balancers speak HTTP/1.0.
  ({ httpVersion, headers }) =>
    httpVersion === "1.1" && headers.host === undefined ? refuse("badRequest") : undefined,
  ({ method, target }) => (methodsAt(pathOf(target)).includes(method) ? undefined : refuse("method")),
  // "//host", "/\host" and an absolute target would each mean another host to one of those who read them.
  ({ target }) => (/^\/(?![/\\])[\x21-\x7e]*$/.test(target) ? undefined : refuse("badRequest")),
  // "%E0%A4%A" spells no letter, so no page has this address; the framework would take it for a fault of its own.
  ({ target }) => (decodedPath(target) === undefined ? refuse("badRequest") : undefined),
  ({ target, headers }) => {
    const path = pathOf(target);
    if (!isHealth(path)) return undefined;
    const token = /^Bearer (\S+)$/i.exec(String(headers.authorization ?? ""))?.[1];
    const checksDatabase = path === "/api/health";
    return checksDatabase && token !== undefined
      ? { kind: "health", checksDatabase, token }
      : { kind: "health", checksDatabase };
  },
  // A client router would send this header with every action; there is none, so nobody of ours sends it.
  ({ headers }) => (headers["next-action"] === undefined ? undefined : refuse("badRequest")),
  ({ headers }) => {
    if (headers["transfer-encoding"] !== undefined) return refuse("lengthRequired");
    return Number(headers["content-length"] ?? 0) > BODY_MAX ? refuse("tooLarge") : undefined;
  },
  ({ method, target, headers }, siteUrl) => {
    if (method !== "POST") return undefined;
    const site = headers["sec-fetch-site"];
    // A provider's call-back comes from no page, and its signature says whose it is. A browser's form names an origin.
    const isFromNoPage = headers.origin === undefined && site === undefined && headers.cookie === undefined;
    if (isFromNoPage && CALLBACK.test(pathOf(target))) return undefined;
    const isOurs = headers.origin === siteUrl.origin && (site === undefined || site === "same-origin");
    return isOurs ? undefined : refuse("foreign");
  },
  // Of the framework's own addresses only the built files are for the outside (not its image resizer, for one).
  ({ target }) => (/^\/_(?!next\/static\/)/.test(target) ? refuse("notFound") : undefined),
  // "/account.rsc" is a page's data for a client router, whatever the headers say. There is no such router (AT-124).
  ({ target }) =>
    /\.(rsc|segments)(\/|$)/i.test(decodedPath(target) ?? "") ? refuse("notFound") : undefined,
  // Someone who typed 127.0.0.1 would lose cookies and forms, which belong to the one origin. Any other name for this machine
  // is somebody else's, whose page could then read ours as its own, every code in /outbox with it (DNS rebinding).
  ({ method, target, headers }, siteUrl) => {
    if (method === "POST" || isHttps(siteUrl) || !isLoopbackName(siteUrl.hostname)) return undefined;
    if (headers.host === undefined) return undefined; // HTTP/1.0, which no browser speaks
    const named = String(headers.host).toLowerCase();
    const [, host = "", port = "80"] = /^([^:]*|\[.*\])(?::(\d+))?$/.exec(named) ?? [];
    if (!isLoopbackName(host)) return refuse("badRequest");
    if (host === siteUrl.hostname) return undefined;
    if (port !== (siteUrl.port || "80")) return undefined;
    return { kind: "redirect", location: siteUrl.origin + target };
  },
];

/** What becomes of a request. A POST passes only from a page of this very origin, or as a provider's call-back. */
export function decide(asked: Asked, siteUrl: URL): Decision {
  for (const check of checks) {
    const decision = check(asked, siteUrl);
    if (decision) return decision;
  }
  return { kind: "pass" };
}

/** The path of a request target, without its query. */
export function pathOf(target: string): string {
  return target.split("?", 1)[0] ?? "/";
}

function decodedPath(target: string): string | undefined {
  try {
    return decodeURIComponent(pathOf(target));
  } catch {
    return undefined;
  }
}

/**
 * Request headers by which a client could speak to the framework's insides (skip its proxy, choose a route, ask for
 * another representation than HTML) or pretend to be a proxy. `range` goes because answers are rewritten as a whole.
 */
const INSIDE =
  /^(x-middleware-|x-invoke-|x-next|x-matched-path|x-prerender-|x-vercel-|x-now-|x-latchkey-|x-forwarded-|x-original-|x-rewrite-|x-action-|x-http-method|x-real-ip$|forwarded$|next-|rsc$|range$|if-range$|expect$|upgrade$)/;

/** True for a request header that the door takes off before the framework sees it. */
export function isTakenOff(header: string): boolean {
  return INSIDE.test(header.toLowerCase());
}

/**
 * The pages that gain by a module of ours, and the only ones on which any script may run: those that wait for a code,
 * those that show recovery codes or what to print, and those where a passkey may be used, made or told of. Everything on
 * them but passkeys works without it.
 */
const scriptPages: readonly RegExp[] = [
  /^\/sign-in(\/two-step(\/other)?)?$/,
  /^\/account\/confirm(\/two-step(\/other)?)?$/,
  /^\/account\/settings$/,
  /^\/account(\/security(\/(setup|add)\/code)?)?$/,
  /^\/account\/security\/setup\/backup$/,
  /^\/account\/security\/add(\/passkey)?$/,
  /^\/account\/security\/(recovery-codes|setup\/done)$/,
  /^\/account\/security\/new-number\/[0-9a-f-]{36}\/code$/,
  /^\/account\/security\/stolen\/[0-9a-f-]{36}\/next$/,
  /^\/account\/security\/methods\/[0-9a-f-]{36}\/(try|enable)$/,
  /^\/put-back\/[A-Za-z0-9_-]{43}$/,
];

/** Whether our modules (public/enhance) may run on the page at this path. */
const mayRunModules = (path: string): boolean => scriptPages.some((page) => page.test(path));

/**
 * The headers of every answer, whatever it is. `script-src 'none'`: no framework script runs in the browser
 * (docs/decisions/0008); on the pages of the table above our one folder of modules may, and may ask for one address.
 * `styles`: those that stand in the page itself, and may.
 * `Referrer-Policy: no-referrer` would make forms without script send `Origin: null`.
 */
export function securityHeaders(
  siteUrl: URL,
  path = "/",
  styles: readonly Style[] = [],
): Record<string, string> {
  const scripts = mayRunModules(path)
    ? [`script-src ${siteUrl.origin}/enhance/`, `connect-src ${siteUrl.origin}/api/line/`]
    : ["script-src 'none'"];
  const headers: Record<string, string> = {
    "Content-Security-Policy": [
      "default-src 'none'",
      ...scripts,
      ["style-src 'self'", ...styles.map(({ hash }) => hash)].join(" "),
      "img-src 'self' data:",
      "font-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "object-src 'none'",
      "frame-ancestors 'none'",
      "manifest-src 'self'",
    ].join("; "),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "X-Frame-Options": "DENY",
    // Every page is somebody's own, and none is to be found by a search.
    "X-Robots-Tag": "noindex, nofollow",
  };
  if (isHttps(siteUrl)) {
    headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains";
  }
  return headers;
}

const PERMISSIONS = [
  "accelerometer=()",
  "autoplay=()",
  "camera=()",
  "display-capture=()",
  "encrypted-media=()",
  "fullscreen=()",
  "geolocation=()",
  "gyroscope=()",
  "magnetometer=()",
  "microphone=()",
  "midi=()",
  "payment=()",
  "picture-in-picture=()",
  "publickey-credentials-create=(self)",
  "publickey-credentials-get=(self)",
  "otp-credentials=(self)",
  "screen-wake-lock=()",
  "sync-xhr=()",
  "usb=()",
  "xr-spatial-tracking=()",
].join(", ");

/** Built files carry the hash of their content in their name; but for modules and the icon, all else is somebody's page. */
export function cacheControl(path: string, status: number): string {
  const isThere = status === 200 || status === 304;
  if (isThere && path.startsWith("/_next/static/")) return "public, max-age=31536000, immutable";
  if (isThere && path === "/icon.svg") return "public, max-age=86400";
  // A module of ours keeps its name when it changes, so a browser asks whether it did.
  return isThere && path.startsWith("/enhance/") ? "no-cache" : "no-store";
}

/**
 * HTML without any script: the framework's flight data and loaders, which could not run here and would only weigh.
 * Text of people cannot look like these tags, because React writes its "<" as "&lt;".
 */
export function withoutScripts(html: string, path = "/"): string {
  const mayRun = mayRunModules(path);
  return html
    .replace(/<script\b[^>]*>[\s\S]*?<\/script\s*>/gi, (tag) => (mayRun && ownModule.test(tag) ? tag : ""))
    .replace(/<link\b[^>]*>/gi, (tag) => (preload.test(tag) ? "" : tag));
}

// What a page says of files beforehand comes with the page that names them, or is of the framework's scripts.
const preload = /\brel="?(?:preload|prefetch|modulepreload)\b/i;

const ownModule = /^<script type="module" src="\/enhance\/[a-z-]+\.js"><\/script>$/;

/**
 * HTML with those of its stylesheets that are known here in the place of the links to them, and which those were: the
 * page of a browser that has none of them is then painted without a second way to the site (docs/decisions/0041).
 */
export function withStylesInside(
  html: string,
  known: readonly Style[],
): { html: string; styles: readonly Style[] } {
  const styles: Style[] = [];
  const dressed = html.replace(/<link\b[^>]*>/gi, (tag) => {
    const href = /\brel="stylesheet"/.test(tag) ? /\bhref="([^"]*)"/.exec(tag)?.[1] : undefined;
    const style = known.find(({ path, css }) => path === href && !/<\/style/i.test(css));
    if (style === undefined) return tag;
    styles.push(style);
    return `<style>${style.css}</style>`;
  });
  return { html: dressed, styles };
}

/** Media types that are worth compressing. */
export function isText(contentType: string): boolean {
  return /^(text\/|application\/(json|javascript|xml|manifest\+json)\b|image\/svg\+xml\b)/i.test(contentType);
}

export type Encoding = "br" | "gzip" | "identity";

/** What a header with weights takes, such as `de-AT, en;q=0.8, *;q=0`, in lower case (RFC 9110 12.4.2). */
const weighed = (header: string): (readonly [string, number])[] =>
  header
    .toLowerCase()
    .split(",")
    .map((part) => {
      const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
      const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
      return [name, Number(weight)] as const;
    });

/** The best encoding that the client takes (RFC 9110 12.5.3); one that it gives the weight 0 it does not take. */
export function chooseEncoding(acceptEncoding: string): Encoding {
  const taken = new Map(weighed(acceptEncoding).map(([name, weight]) => [name, weight > 0]));
  if (taken.get("br") ?? taken.get("*")) return "br";
  return (taken.get("gzip") ?? taken.get("*")) ? "gzip" : "identity";
}

/**
 * The language that a browser asks for most, of those the site has (RFC 4647 3.4: "de-AT" is content with "de"); English
 * when it asks for none of them. Of equal weights the first counts.
 */
export function languageOfHeader(acceptLanguage: string): Language {
  const wanted = weighed(acceptLanguage.slice(0, 500)).flatMap(([range, weight]) => {
    const language = range.split("-", 1)[0];
    return weight > 0 && isLanguage(language) ? [{ language, weight }] : [];
  });
  return wanted.sort((left, right) => right.weight - left.weight)[0]?.language ?? original;
}

/** The language of the answer to a request: what was chosen here, else what the browser asks for. */
export function languageOfRequest(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  siteUrl: URL,
): Language {
  const name = nameOfCookie("language", isHttps(siteUrl));
  const chosen = cookiesOfRequest(headers.cookie?.toString()).get(name);
  return isLanguage(chosen) ? chosen : languageOfHeader(String(headers["accept-language"] ?? ""));
}

/**
 * The page to come back to, when a guard turned a request away to sign in or to prove again; else undefined.
 * Whether a page may be come back to is decided where it is used, against a list.
 */
export function askedFor(
  target: string,
  status: number,
  location: string | undefined,
  siteUrl: URL,
): string | undefined {
  const path = pathOf(target);
  const isGuarded = path === "/account" || path.startsWith("/account/");
  if (!isGuarded || path === "/account/confirm" || path.startsWith("/account/confirm/")) return undefined;
  if (![302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  if (!URL.canParse(location, siteUrl)) return undefined;
  const to = new URL(location, siteUrl);
  const isTurnedAway = to.pathname === "/account/confirm" || to.pathname === "/sign-in";
  return isTurnedAway && to.origin === siteUrl.origin ? path : undefined;
}

/** The cookie that remembers a page, as long as an unfinished sign-in lives; `lib/auth` reads it. */
export const askedForCookie = (path: string, siteUrl: URL): string =>
  cookieLine("asked-for", path, isHttps(siteUrl));

/**
 * The header that takes away the cookie by which the sign-in page says that somebody signed out, with the page that said so:
 * it is said once, and no page may change a cookie by itself. Undefined for any other answer.
 */
export function signedOutSaid(
  asked: { readonly method: string; readonly path: string; readonly cookies: string | undefined },
  status: number,
  siteUrl: URL,
): string | undefined {
  const isSaid = asked.method === "GET" && asked.path === "/sign-in" && status === 200;
  if (!isSaid || !cookiesOfRequest(asked.cookies).has(nameOfCookie("signed-out", isHttps(siteUrl))))
    return undefined;
  return cookieLine("signed-out", undefined, isHttps(siteUrl));
}

/** Whether a request brings a session, be it one that is over or made up: the door asks nobody. */
export function bringsSession(cookies: string | undefined): boolean {
  const values = cookiesOfRequest(cookies);
  const names = [nameOfCookie("session", true), nameOfCookie("session", false)];
  return names.some((name) => (values.get(name) ?? "") !== "");
}

/**
 * What an answer tells the browser to forget when it takes the session away: pages it kept and whatever a script may
 * have stored, so that "Back" shows nothing (AT-112). Not `cookies`, which would take the browser's device token too, and
 * those of every other site under the same domain; ours are taken away one by one. Undefined for any other answer.
 */
export function clearSiteData(setCookies: readonly string[]): string | undefined {
  const sessions = setCookies.filter((cookie) => isCookie(cookie, "session"));
  const isTakenAway = (cookie: string): boolean =>
    /^[^=]+=(;|$)/.test(cookie) || /;\s*(max-age=0\b|expires=thu, 01 jan 1970)/i.test(cookie);
  const isOver = sessions.length > 0 && sessions.every(isTakenAway);
  return isOver ? '"cache", "storage"' : undefined;
}

/** A path as it may stand in a log: the token of a mail link is a secret, so anything as long as one is left out. */
export const pathForLog = (path: string): string => path.replace(/\/[^/]{32,}/g, "/…");
