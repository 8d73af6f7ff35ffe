/**
 * The door: everything that comes in and goes out passes here, before and after the framework.
 * It knows no person and no page; it bounds, cleans and seals (docs/security.md).
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { clientAddress } from "@/lib/kernel/address";
import type { Settings } from "@/lib/kernel/config";
import { isCookie } from "@/lib/kernel/cookie-names";
import { inLanguage } from "@/lib/kernel/language";
import { isSame } from "@/lib/kernel/secrets";
import { answerPage, takeOver } from "./answer";
import type { BuiltFiles, Style } from "./files";
import { isForm } from "./form";
import { refusalPage } from "./refusal";
import { browserKey, copyKey, mayRepeat, type Redirect, Repeats, type Settle, wholeBody } from "./repeats";
import {
  admit,
  askedFor,
  askedForCookie,
  bringsSession,
  cacheControl,
  clearSiteData,
  isTakenOff,
  languageOfRequest,
  pathForLog,
  pathOf,
  type Refusal,
  STATUS,
  securityHeaders,
  signedOutSaid,
} from "./rules";
import { WaitingLine, waitsInLine } from "./waiting-line";

const RETRY_AFTER_SECONDS = "10"; // the pool finds a database that is back within this time

const PATIENCE_MS = 5_000; // for an action whose browser hung up; then its copy goes its own way
const LOOK_MS = 25;

/** The answer that a second copy of the form may be given too: where it leads, and the cookies. */
function redirectOf(res: ServerResponse): Redirect | undefined {
  if (res.statusCode !== 303) return undefined;
  const headers = ["location", "set-cookie"].flatMap((name): [string, string | string[]][] => {
    const value = res.getHeader(name);
    return value === undefined ? [] : [[name, typeof value === "number" ? String(value) : value]];
  });
  return { status: 303, headers };
}

/** The framework sends nothing to a browser that hung up, so what it would have sent is read off the response. */
function whenItWouldAnswer(res: ServerResponse, settle: Settle): void {
  if (res.writableFinished) return;
  const giveUpAt = Date.now() + PATIENCE_MS;
  const timer = setInterval(() => {
    const answer = res.hasHeader("location") ? redirectOf(res) : undefined;
    if (answer === undefined && Date.now() < giveUpAt) return;
    clearInterval(timer);
    settle(answer);
  }, LOOK_MS);
}

export interface Door {
  listener: RequestListener;
  /** From now on the site is leaving: health says so, and connections close after their answer. */
  drain(): void;
}

/**
 * Makes the door in front of `handle`, the framework. `isDatabaseUp` answers within two seconds; `isDatabaseGone` too,
 * and asks nothing as long as nothing went wrong. `files` are those of the build, which the door answers itself and whose
 * stylesheets its own pages wear.
 */
export function makeDoor({
  settings,
  handle,
  isDatabaseUp,
  isDatabaseGone,
  figures,
  files,
  warn,
}: {
  settings: Pick<Settings, "siteUrl" | "siteName" | "trustedProxies" | "healthToken">;
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  isDatabaseUp: () => Promise<boolean>;
  isDatabaseGone: () => Promise<boolean>;
  /** What the owner sees at /api/health with HEALTH_TOKEN: how the messages do. */
  figures?: () => Promise<unknown>;
  files: Pick<BuiltFiles, "answer" | "styles">;
  /** Gets what is worth a line in the log; never a query, a body or a secret. */
  warn: (facts: Record<string, unknown>, message: string) => void;
}): Door {
  const siteUrl = new URL(settings.siteUrl);
  const dress = { siteName: settings.siteName, stylesheets: files.styles.map(({ path }) => path) };
  const repeats = new Repeats();
  const line = new WaitingLine();
  let isDraining = false;

  const listener = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const target = req.url ?? "/";
    const path = pathOf(target);
    const method = req.method ?? "GET";

    const seal = (answer: ServerResponse, styles?: readonly Style[]) => {
      for (const [name, value] of Object.entries(securityHeaders(siteUrl, path, styles)))
        answer.setHeader(name, value);
      answer.setHeader("Cache-Control", cacheControl(path, answer.statusCode));
      if (isDraining) answer.setHeader("Connection", "close");
      const location = answer.getHeader("Location");
      const page = askedFor(
        target,
        answer.statusCode,
        location === undefined ? undefined : String(location),
        siteUrl,
      );
      const said = signedOutSaid({ method, path, cookies: req.headers.cookie }, answer.statusCode, siteUrl);
      if (said !== undefined) answer.appendHeader("Set-Cookie", said);
      const setCookies = [answer.getHeader("Set-Cookie") ?? []].flat().map(String);
      const forgotten = clearSiteData(setCookies);
      if (forgotten !== undefined) answer.setHeader("Clear-Site-Data", forgotten);
      // An action that set or cleared it itself (signing out) knows better.
      const isSettled = setCookies.some((cookie) => isCookie(cookie, "asked-for"));
      if (page !== undefined && !isSettled) answer.appendHeader("Set-Cookie", askedForCookie(page, siteUrl));
    };
    const refuse = (refusal: Refusal, headers: Record<string, string> = {}) =>
      answerPage({ req, res, seal }, STATUS[refusal], refusalPage(refusal, dress), headers);

    const decision = admit({ method, target, httpVersion: req.httpVersion, headers: req.headers }, siteUrl);
    switch (decision.kind) {
      case "refuse":
        if (decision.refusal === "foreign")
          warn({ path: pathForLog(path) }, "a form from another origin was refused");
        return refuse(decision.refusal, decision.refusal === "method" ? { Allow: "GET, HEAD, POST" } : {});
      case "health": {
        const isWell = !decision.checksDatabase || (!isDraining && (await isDatabaseUp()));
        res.statusCode = isWell ? 200 : 503;
        res.setHeader("Content-Type", "application/json");
        if (!isWell) res.setHeader("Retry-After", RETRY_AFTER_SECONDS);
        const { token } = decision;
        const isOwner =
          token !== undefined && settings.healthToken !== undefined && isSame(token, settings.healthToken);
        // Figures that cannot be had must not make a site that works look ill.
        const messages = isOwner && isWell ? await figures?.().catch(() => undefined) : undefined;
        seal(res);
        const health = { status: isWell ? "ok" : "unavailable", messages };
        res.end(method === "HEAD" ? undefined : JSON.stringify(health));
        return;
      }
      case "redirect":
        res.statusCode = 308;
        res.setHeader("Location", decision.location);
        seal(res);
        res.end();
        return;
      case "pass":
        break;
    }

    if (files.answer({ req, res, seal }, path)) return;

    const address = clientAddress(
      req.socket.remoteAddress,
      req.headers["x-forwarded-for"]?.toString(),
      settings.trustedProxies,
    );
    for (const name of Object.keys(req.headers)) if (isTakenOff(name)) delete req.headers[name];
    req.headers["x-latchkey-address"] = address;
    req.headers["x-forwarded-for"] = address;
    // The framework compares a form's Origin with these, and makes its links from them.
    req.headers.host = siteUrl.host;
    req.headers["x-forwarded-host"] = siteUrl.host;
    req.headers["x-forwarded-proto"] = siteUrl.protocol.slice(0, -1);

    const body = method === "POST" ? await wholeBody(req) : undefined;
    if (body !== undefined && !req.complete) return; // its browser hung up, and what it meant to say nobody knows
    if (body !== undefined && !(await isForm(body, req.headers["content-type"]))) return refuse("badRequest");
    const browser = browserKey(req, address);
    // A module of a page that asks what is new is not its reader, who is still there.
    if (body === undefined && !path.startsWith("/api/")) repeats.movedOn(browser);
    let settle: Settle = () => {};
    if (body !== undefined && mayRepeat(path)) {
      const met = await repeats.meet(browser, copyKey(req, body));
      if ("again" in met) {
        res.statusCode = met.again.status;
        for (const [name, value] of met.again.headers) res.setHeader(name, value);
        seal(res);
        res.end();
        return;
      }
      settle = met.settle;
      // The first copy was acted on, and nobody is there any more whom this one could tell something else.
      if (res.destroyed && !met.isFirst) return settle(undefined);
      // Told at its end and not at its arrival: the browser may have hung up on the first copy to send the second.
      const end = res.end;
      res.end = ((...given: unknown[]) => {
        settle(redirectOf(res));
        return Reflect.apply(end, res, given);
      }) as typeof res.end;
      if (res.destroyed) whenItWouldAnswer(res, settle);
      else res.once("close", () => whenItWouldAnswer(res, settle));
    }
    // Also where the page itself asks the database nothing: whoever fills in its form would do so in vain. After the
    // repeats: a second copy gets the first one's answer, whatever happened since.
    if (await isDatabaseGone()) return refuse("database", { "Retry-After": RETRY_AFTER_SECONDS });

    if (waitsInLine(path)) {
      const leave = await line.enter();
      if (res.destroyed) {
        settle(undefined);
        return leave();
      }
      res.once("close", leave);
    } else if (bringsSession(req.headers.cookie)) res.once("close", line.pass());

    takeOver(
      {
        req,
        res,
        seal,
        styles: files.styles,
        replace: async (status) => {
          // The framework's answer to a form of another build: one line of bare text.
          if (status === STATUS.outdated) return { status, html: refusalPage("outdated", dress) };
          if (!(await isDatabaseUp())) {
            return {
              status: 503,
              html: refusalPage("database", dress),
              headers: { "Retry-After": RETRY_AFTER_SECONDS },
            };
          }
          warn({ path: pathForLog(path), method, status }, "the answer was an error");
          return { status: 500, html: refusalPage("trouble", dress) };
        },
      },
      path,
    );
    try {
      await handle(req, res);
    } catch (error) {
      warn(
        { path: pathForLog(path), method, name: error instanceof Error ? error.name : "unknown" },
        "the framework threw",
      );
      if (res.headersSent) res.destroy();
      else {
        res.statusCode = 500;
        res.end();
      }
    }
  };

  return {
    listener: (req, res) => {
      // Around everything, the framework too: whatever is said while this request is answered is in its language.
      inLanguage(languageOfRequest(req.headers, siteUrl), () => listener(req, res)).catch(
        (error: unknown) => {
          warn({ name: error instanceof Error ? error.name : "unknown" }, "the door threw");
          res.destroy();
        },
      );
    },
    drain: () => {
      isDraining = true;
    },
  };
}
