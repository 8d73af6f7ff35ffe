/**
 * The door: everything that comes in and goes out passes here, before and after the framework.
 * It knows no person and no page; it bounds, cleans and seals (docs/security.md).
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { clientAddress } from "@/lib/kernel/address";
import type { Settings } from "@/lib/kernel/config";
import { inLanguage } from "@/lib/kernel/language";
import { whileRefused } from "@/lib/kernel/refused";
import { type Answering, answerPage, answerRedirect, takeOver } from "./answer";
import { meetCopies } from "./copies";
import type { BuiltFiles } from "./files";
import { namesAction, readForm } from "./form";
import { rewriteHeaders, sealAnswer } from "./headers";
import { answerHealth, type Health, RETRY_AFTER_SECONDS } from "./health";
import type { Post, Posts } from "./posts";
import { refusalPage } from "./refusal";
import { browserKey, mayRepeat, Repeats, type Settle, wholeBody } from "./repeats";
import {
  bringsSession,
  decide,
  languageOfRequest,
  methodsAt,
  pathForLog,
  pathOf,
  type Refusal,
  STATUS,
} from "./rules";
import { WaitingLine, waitsInLine } from "./waiting-line";

/** A request on its way through the door, with how its answer is sealed. */
type Passing = Pick<Answering, "req" | "res" | "seal"> & { readonly path: string; readonly method: string };

/** A form that needs no framework, and what acts on it. */
type PostedForm = { readonly post: Post; readonly form: FormData };

export interface Door {
  listener: RequestListener;
  /** From now on the site is leaving: health says so, and connections close after their answer. */
  drain(): void;
}

/**
 * Makes the door in front of `handle`, the framework, and of `posts`, the forms that need none. `isDatabaseUp` answers
 * within two seconds; `isDatabaseGone` too, and asks nothing as long as nothing went wrong. `files` are those of the build,
 * which the door answers itself and whose stylesheets its own pages wear.
 */
export function makeDoor({
  settings,
  handle,
  posts = new Map(),
  isDatabaseUp,
  isDatabaseGone,
  figures,
  files,
  warn,
}: {
  settings: Pick<Settings, "siteUrl" | "siteName" | "trustedProxies" | "healthToken">;
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  posts?: Posts;
  isDatabaseUp: () => Promise<boolean>;
  isDatabaseGone: () => Promise<boolean>;
  figures?: Health["figures"];
  files: Pick<BuiltFiles, "answer" | "styles">;
  /** Gets what is worth a line in the log; never a query, a body or a secret. */
  warn: (facts: Record<string, unknown>, message: string) => void;
}): Door {
  const siteUrl = new URL(settings.siteUrl);
  const dress = { siteName: settings.siteName, stylesheets: files.styles.map(({ path }) => path) };
  const repeats = new Repeats();
  const line = new WaitingLine();
  let isDraining = false;

  /** Acts on a form that needs no framework, and leads its browser on; what was refused is said on the form's own page. */
  const actOn = async ({ req, res }: Passing, { post, form }: PostedForm): Promise<void> => {
    const answer = await post(form, req.headers);
    if ("refusal" in answer) {
      if (res.destroyed) return; // nobody is there for the page
      req.method = "GET"; // to the framework, which would look for an action of its own
      return whileRefused(answer.refusal, () => handle(req, res));
    }
    res.statusCode = 303;
    res.setHeader("Location", answer.leadTo);
    if (answer.cookies.length > 0) res.setHeader("Set-Cookie", answer.cookies);
    res.end();
  };

  /** Lets post or framework answer; an answer that is a failure becomes a page of the door's own. */
  const handOver = async (request: Passing, posted: PostedForm | undefined): Promise<void> => {
    const { req, res, seal, path, method } = request;
    const replace: Answering["replace"] = async (status) => {
      if (status === STATUS.outdated) return { status, html: refusalPage("outdated", dress) };
      if (status === STATUS.badRequest) return { status, html: refusalPage("badRequest", dress) };
      if (!(await isDatabaseUp())) {
        return {
          status: 503,
          html: refusalPage("database", dress),
          headers: { "Retry-After": RETRY_AFTER_SECONDS },
        };
      }
      warn({ path: pathForLog(path), method, status }, "the answer was an error");
      return { status: 500, html: refusalPage("trouble", dress) };
    };
    takeOver({ req, res, seal, styles: files.styles, replace }, path);
    try {
      await (posted === undefined ? handle(req, res) : actOn(request, posted));
      // The framework ends no answer to a browser that hung up, and a second copy of its form would wait for it.
      if (res.destroyed) res.end();
    } catch (error) {
      const name = error instanceof Error ? error.name : "unknown";
      warn({ path: pathForLog(path), method, name }, "what was to answer threw");
      if (res.headersSent) res.destroy();
      else {
        res.statusCode = 500;
        res.end();
      }
    }
  };

  /** Says no with a page of the door's own. */
  const refuse = (request: Passing, refusal: Refusal, headers: Record<string, string> = {}): void =>
    answerPage(request, STATUS[refusal], refusalPage(refusal, dress), headers);

  /** What passed the door's rules and is no file: cleaned, met with its copies, and handed over when it is its turn. */
  const passOn = async (request: Passing): Promise<void> => {
    const { req, res, path, method } = request;
    const address = clientAddress(
      req.socket.remoteAddress,
      req.headers["x-forwarded-for"]?.toString(),
      settings.trustedProxies,
    );
    rewriteHeaders(req.headers, address, siteUrl);

    const body = method === "POST" ? await wholeBody(req) : undefined;
    if (body !== undefined && !req.complete) return; // its browser hung up, and what it meant to say nobody knows
    const form = body && (await readForm(body, req.headers["content-type"]));
    if (body !== undefined && form === undefined) return refuse(request, "badRequest");
    const browser = browserKey(req, address);
    // A module of a page that asks what is new is not its reader, who is still there.
    if (body === undefined && !path.startsWith("/api/")) repeats.movedOn(browser);
    let settle: Settle = () => {};
    if (body !== undefined && mayRepeat(path)) {
      const met = await meetCopies(repeats, request, browser, body);
      if (met === undefined) return;
      settle = met;
    }
    // Also where the page itself asks the database nothing: whoever fills in its form would do so in vain. After the
    // repeats: a second copy gets the first one's answer, whatever happened since.
    if (await isDatabaseGone()) return refuse(request, "database", { "Retry-After": RETRY_AFTER_SECONDS });

    if (waitsInLine(path)) {
      const leave = await line.enter();
      if (res.destroyed) {
        settle(undefined);
        return leave();
      }
      res.once("close", leave);
    } else if (bringsSession(req.headers.cookie)) res.once("close", line.pass());
    const post = form !== undefined && !namesAction(form) ? posts.get(path) : undefined;
    return handOver(request, form && post && { post, form });
  };

  const listener = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const target = req.url ?? "/";
    const path = pathOf(target);
    const method = req.method ?? "GET";
    const seal: Passing["seal"] = (answer, styles) => {
      sealAnswer(answer, { target, path, method, cookies: req.headers.cookie }, siteUrl, styles);
      if (isDraining) answer.setHeader("Connection", "close");
    };
    const request = { req, res, seal, path, method };

    const decision = decide({ method, target, httpVersion: req.httpVersion, headers: req.headers }, siteUrl);
    switch (decision.kind) {
      case "refuse":
        if (decision.refusal === "foreign")
          warn({ path: pathForLog(path) }, "a form from another origin was refused");
        return refuse(
          request,
          decision.refusal,
          decision.refusal === "method" ? { Allow: methodsAt(path).join(", ") } : {},
        );
      case "health":
        return answerHealth(request, decision, {
          healthToken: settings.healthToken,
          isDraining,
          isDatabaseUp,
          figures,
        });
      case "redirect":
        return answerRedirect(request, { status: 308, headers: [["Location", decision.location]] });
      case "pass":
        if (files.answer(request, path)) return;
        return passOn(request);
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
