/** The way out: every answer is held, undressed of scripts, compressed and sealed with the door's headers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { compress, encodingOf } from "./compression";
import type { Style } from "./files";
import type { Redirect } from "./repeats";
import { isText, STATUS, withoutScripts, withStylesInside } from "./rules";

// Bytes. The largest page is some 60 kB; what is larger than this is a fault, not a page.
const HELD_MAX = 2 * 1024 * 1024;
const WORTH_COMPRESSING = 600; // bytes: below it fits one packet anyway
const QUALITY = 4; // of Brotli: what is saved past it costs more time than it saves on the way

export interface Answering {
  req: IncomingMessage;
  res: ServerResponse;
  /** Called once, just before the headers leave; `styles` stand in the page itself. */
  seal(res: ServerResponse, styles?: readonly Style[]): void;
  /** Of the build: a browser that comes for the first time gets them within its page. */
  styles: readonly Style[];
  /** May replace an answer of the framework's by a page of the door's; gets its status. */
  replace(
    status: number,
  ): Promise<{ status: number; html: string; headers?: Record<string, string> } | undefined>;
}

/** Whoever has been here brings a cookie, and the stylesheet in its cache. */
const isFirstVisit = (req: IncomingMessage): boolean => req.headers.cookie === undefined;

const RESPONSE_INSIDES = /^(x-nextjs-|x-next-|x-middleware-|x-action-|x-powered-by$)/;

/** Sends a page of the door's own. */
export function answerPage(
  { req, res, seal }: Pick<Answering, "req" | "res" | "seal">,
  status: number,
  html: string,
  headers: Record<string, string> = {},
): void {
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.setHeader("Content-Type", "text/html; charset=utf-8");
  sendBody({ req, res, seal }, Buffer.from(html));
}

/** Sends whoever asks somewhere else; what it is told besides stands in the headers. */
export function answerRedirect(
  { res, seal }: Pick<Answering, "res" | "seal">,
  { status, headers }: Redirect,
): void {
  res.statusCode = status;
  for (const [name, value] of headers) res.setHeader(name, value);
  seal(res);
  res.end();
}

function sendBody(
  { req, res, seal }: Pick<Answering, "req" | "res" | "seal">,
  body: Buffer,
  styles?: readonly Style[],
): void {
  const encoding = body.length < WORTH_COMPRESSING ? "identity" : encodingOf(req);
  const sent = compress(body, encoding, QUALITY);
  res.setHeader("Vary", "Accept-Encoding");
  if (encoding !== "identity") res.setHeader("Content-Encoding", encoding);
  res.setHeader("Content-Length", sent.length);
  seal(res, styles);
  res.end(req.method === "HEAD" ? undefined : sent);
}

/**
 * Takes over `write`, `end`, `flushHeaders` and `writeHead` of a response before the framework gets it. Text is held
 * until it is whole; everything else goes through with its headers sealed.
 */
export function takeOver({ req, res, seal, styles, replace }: Answering, path: string): void {
  const original = {
    write: res.write,
    end: res.end,
    flushHeaders: res.flushHeaders,
    writeHead: res.writeHead,
  };
  const isPost = req.method === "POST"; // also where the framework is asked for the page of a refused form
  let way: "undecided" | "held" | "through" | "done" = "undecided";
  const chunks: Buffer[] = [];
  let size = 0;

  const giveBack = () => {
    way = "done";
    Object.assign(res, original);
  };
  const contentType = () => String(res.getHeader("Content-Type") ?? "");
  const isHtml = () => /^text\/html\b/i.test(contentType());

  const undress = () => {
    for (const name of res.getHeaderNames()) if (RESPONSE_INSIDES.test(name)) res.removeHeader(name);
    res.removeHeader("Link"); // preloads: of scripts, or of a stylesheet that the page has or names
  };

  const decide = () => {
    if (way !== "undecided") return;
    // The guard of a page that is drawn again with what its action refused: a browser would post the form once more, there.
    if (isPost && res.statusCode === 307) res.statusCode = 303;
    const hasBody = req.method !== "HEAD" && res.statusCode !== 204 && res.statusCode !== 304;
    // A file to keep may be long, and no script of it runs anywhere.
    const isFile = /^attachment\b/i.test(String(res.getHeader("Content-Disposition") ?? ""));
    way = (hasBody && isText(contentType()) && !isFile) || res.statusCode >= 500 ? "held" : "through";
    if (way === "held") return;
    res.writeHead = original.writeHead; // Node calls it itself, from the first of the other three
    undress();
    if (isText(contentType())) res.setHeader("Vary", "Accept-Encoding");
    // The length the framework knows is of what it would have sent, scripts and all.
    if (req.method === "HEAD" && isHtml()) res.removeHeader("Content-Length");
    seal(res);
  };

  const finish = async () => {
    const { statusCode } = res;
    // The framework's answers to a form that is of another build, or of none: one line of bare text, where a page is due.
    const isBare = [STATUS.outdated, STATUS.badRequest].includes(statusCode) && !path.startsWith("/api/");
    const isFault = statusCode >= 500 || (isBare && !isHtml());
    const page = size > HELD_MAX ? await replace(500) : isFault ? await replace(statusCode) : undefined;
    const isRedirect = statusCode >= 300 && statusCode < 400;
    undress();
    giveBack();
    // Nobody is there for a page; where a form leads is still told to its second copy (copies.ts).
    if (res.destroyed && !isRedirect) {
      res.end();
      return;
    }
    if (page) {
      for (const name of ["Set-Cookie", "Content-Encoding", "ETag"]) res.removeHeader(name);
      answerPage({ req, res, seal }, page.status, page.html, page.headers);
      return;
    }
    // The page of a redirect is never shown.
    const whole = Buffer.concat(isRedirect ? [] : chunks);
    if (!isHtml()) return sendBody({ req, res, seal }, whole);
    const html = withoutScripts(whole.toString("utf8"), path);
    if (!isFirstVisit(req)) return sendBody({ req, res, seal }, Buffer.from(html));
    const dressed = withStylesInside(html, styles);
    sendBody({ req, res, seal }, Buffer.from(dressed.html), dressed.styles);
  };

  const hold = (chunk: unknown, encoding: unknown) => {
    if (chunk === undefined || chunk === null || typeof chunk === "function") return;
    const bytes =
      typeof chunk === "string"
        ? Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8")
        : Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > HELD_MAX) chunks.length = 0;
    else chunks.push(bytes);
  };

  // Whoever holds an answer must say that it has begun, or the framework starts a second one into it.
  Object.defineProperty(res, "headersSent", {
    configurable: true,
    get: () =>
      way === "held" || res.writableEnded || (res as unknown as { _header: unknown })._header != null,
  });

  res.writeHead = ((status: number, ...rest: unknown[]) => {
    res.statusCode = status;
    const headers = rest.find((argument) => typeof argument === "object" && argument !== null) ?? {};
    const pairs = Array.isArray(headers)
      ? headers.flatMap((name, place) => (place % 2 === 0 ? [[name, headers[place + 1]]] : []))
      : Object.entries(headers);
    for (const [name, value] of pairs) if (value !== undefined) res.setHeader(name, value);
    return res;
  }) as typeof res.writeHead;
  res.flushHeaders = () => {
    decide();
    if (way === "through") original.flushHeaders.call(res);
  };
  res.write = ((chunk: unknown, encoding?: unknown, done?: unknown) => {
    decide();
    if (way !== "held") return Reflect.apply(original.write, res, [chunk, encoding, done]);
    hold(chunk, encoding);
    const call = typeof encoding === "function" ? encoding : done;
    if (typeof call === "function") process.nextTick(call as () => void);
    return true;
  }) as typeof res.write;
  res.end = ((chunk?: unknown, encoding?: unknown, done?: unknown) => {
    decide();
    if (way !== "held") {
      giveBack();
      return Reflect.apply(original.end, res, [chunk, encoding, done]);
    }
    hold(chunk, encoding);
    const call = [chunk, encoding, done].find((argument) => typeof argument === "function");
    if (call) res.once("finish", call as () => void);
    res.write = () => false;
    res.end = () => res;
    finish().catch((error) => res.destroy(error instanceof Error ? error : undefined));
    return res;
  }) as typeof res.end;
}
