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

/** What an answer is given by, as Node made it or as whoever came before has put in its place. */
type Ways = Pick<ServerResponse, "write" | "end" | "flushHeaders" | "writeHead">;

/** The headers that `writeHead` was given, in whichever of its forms. */
function headersGiven(given: readonly unknown[]): [string, string | string[] | undefined][] {
  const headers = given.find((argument) => typeof argument === "object" && argument !== null) ?? {};
  return Array.isArray(headers)
    ? headers.flatMap((name, place) => (place % 2 === 0 ? [[name, headers[place + 1]]] : []))
    : Object.entries(headers);
}

/** What is to be called when it is done, among what `write` or `end` was given. */
const callbackOf = (given: readonly unknown[]): (() => void) | undefined =>
  given.find((argument): argument is () => void => typeof argument === "function");

/** An answer between the framework and the browser. */
class HeldAnswer {
  readonly #answering: Answering;
  readonly #path: string;
  readonly #isPost: boolean;
  readonly #original: Ways;
  #way: "undecided" | "held" | "through" | "done" = "undecided";
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(answering: Answering, path: string) {
    const { req, res } = answering;
    this.#answering = answering;
    this.#path = path;
    this.#isPost = req.method === "POST"; // also where the framework is asked for the page of a refused form
    this.#original = {
      write: res.write,
      end: res.end,
      flushHeaders: res.flushHeaders,
      writeHead: res.writeHead,
    };
  }

  /** Puts its own ways in the place of the response's. */
  takeOver(): void {
    const { res } = this.#answering;
    // Whoever holds an answer must say that it has begun, or the framework starts a second one into it.
    Object.defineProperty(res, "headersSent", {
      configurable: true,
      get: () =>
        this.#way === "held" || res.writableEnded || (res as unknown as { _header: unknown })._header != null,
    });
    res.writeHead = ((status: number, ...rest: unknown[]) => {
      res.statusCode = status;
      for (const [name, value] of headersGiven(rest)) if (value !== undefined) res.setHeader(name, value);
      return res;
    }) as Ways["writeHead"];
    res.flushHeaders = () => {
      this.#decide();
      if (this.#way === "through") this.#original.flushHeaders.call(res);
    };
    res.write = ((...given: unknown[]) => this.#write(given)) as Ways["write"];
    res.end = ((...given: unknown[]) => this.#end(given)) as Ways["end"];
  }

  #giveBack(): void {
    this.#way = "done";
    Object.assign(this.#answering.res, this.#original);
  }

  #contentType(): string {
    return String(this.#answering.res.getHeader("Content-Type") ?? "");
  }

  #isHtml(): boolean {
    return /^text\/html\b/i.test(this.#contentType());
  }

  /** Takes off what the framework says of itself. */
  #undress(): void {
    const { res } = this.#answering;
    for (const name of res.getHeaderNames()) if (RESPONSE_INSIDES.test(name)) res.removeHeader(name);
    res.removeHeader("Link"); // preloads: of scripts, or of a stylesheet that the page has or names
  }

  /** Whether it is held or goes through, told by its headers; what goes through is sealed at once. */
  #decide(): void {
    if (this.#way !== "undecided") return;
    const { req, res, seal } = this.#answering;
    // The guard of a page that is drawn again with what its action refused: a browser would post the form once more, there.
    if (this.#isPost && res.statusCode === 307) res.statusCode = 303;
    const hasBody = req.method !== "HEAD" && res.statusCode !== 204 && res.statusCode !== 304;
    // A file to keep may be long, and no script of it runs anywhere.
    const isFile = /^attachment\b/i.test(String(res.getHeader("Content-Disposition") ?? ""));
    const isHeld = (hasBody && isText(this.#contentType()) && !isFile) || res.statusCode >= 500;
    this.#way = isHeld ? "held" : "through";
    if (isHeld) return;
    res.writeHead = this.#original.writeHead; // Node calls it itself, from the first of the other three
    this.#undress();
    if (isText(this.#contentType())) res.setHeader("Vary", "Accept-Encoding");
    // The length the framework knows is of what it would have sent, scripts and all.
    if (req.method === "HEAD" && this.#isHtml()) res.removeHeader("Content-Length");
    seal(res);
  }

  #hold(chunk: unknown, encoding: unknown): void {
    if (chunk === undefined || chunk === null || typeof chunk === "function") return;
    const bytes =
      typeof chunk === "string"
        ? Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8")
        : Buffer.from(chunk as Uint8Array);
    this.#size += bytes.length;
    if (this.#size > HELD_MAX) this.#chunks.length = 0;
    else this.#chunks.push(bytes);
  }

  #write(given: unknown[]): boolean {
    this.#decide();
    if (this.#way !== "held") return Reflect.apply(this.#original.write, this.#answering.res, given);
    const [chunk, encoding] = given;
    this.#hold(chunk, encoding);
    const done = callbackOf(given);
    if (done) process.nextTick(done);
    return true;
  }

  #end(given: unknown[]): ServerResponse {
    const { res } = this.#answering;
    this.#decide();
    if (this.#way !== "held") {
      this.#giveBack();
      return Reflect.apply(this.#original.end, res, given);
    }
    const [chunk, encoding] = given;
    this.#hold(chunk, encoding);
    const done = callbackOf(given);
    if (done) res.once("finish", done);
    res.write = () => false;
    res.end = () => res;
    this.#finish().catch((error) => res.destroy(error instanceof Error ? error : undefined));
    return res;
  }

  /** The status for which a page of the door's may take its place; none: it is as it should be. */
  #failure(): number | undefined {
    const { statusCode } = this.#answering.res;
    if (this.#size > HELD_MAX) return STATUS.trouble;
    // The framework's answers to a form that is of another build, or of none: one line of bare text, where a page is due.
    const isBare =
      [STATUS.outdated, STATUS.badRequest].includes(statusCode) && !this.#path.startsWith("/api/");
    return statusCode >= 500 || (isBare && !this.#isHtml()) ? statusCode : undefined;
  }

  /** Sends what was held, now that it is whole. */
  async #finish(): Promise<void> {
    const { req, res, seal, styles, replace } = this.#answering;
    const isRedirect = res.statusCode >= 300 && res.statusCode < 400;
    const failure = this.#failure();
    const page = failure === undefined ? undefined : await replace(failure);
    this.#undress();
    this.#giveBack();
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
    const whole = Buffer.concat(isRedirect ? [] : this.#chunks);
    if (!this.#isHtml()) return sendBody({ req, res, seal }, whole);
    const html = withoutScripts(whole.toString("utf8"), this.#path);
    if (!isFirstVisit(req)) return sendBody({ req, res, seal }, Buffer.from(html));
    const dressed = withStylesInside(html, styles);
    sendBody({ req, res, seal }, Buffer.from(dressed.html), dressed.styles);
  }
}

/**
 * Takes over `write`, `end`, `flushHeaders` and `writeHead` of a response before the framework gets it. Text is held
 * until it is whole; everything else goes through with its headers sealed.
 */
export function takeOver(answering: Answering, path: string): void {
  new HeldAnswer(answering, path).takeOver();
}
