import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Milliseconds for which the answer to a form is kept for its second copy. */
const KEPT_FOR = 2000;

/** The redirect that a form was answered with, cookies and all. */
export type Redirect = { readonly status: number; readonly headers: readonly [string, string | string[]][] };

/** Takes what a form was answered with, if that is for its second copy too; the first call counts. */
export type Settle = (answer: Redirect | undefined) => void;

/**
 * Tells a form that was sent twice by a double click, and gives its second copy the answer of the first. Without it, a
 * form that gives the session a new token would meet its own second copy with the old one: the browser shows the second
 * answer, and the person would be signed out by their own hand. Only a copy of everything counts (address, cookies,
 * browser, fields), only for two seconds, only a redirect is given again, and only until the browser asks for a page: whoever
 * presses the same button on the page that came then means it.
 */
export class Repeats {
  readonly #answers = new Map<string, Map<string, Promise<Redirect | undefined>>>();

  /**
   * The answer to the first copy, if this is a second one; else undefined, and `settle` takes what is answered. It must
   * be called, be it with nothing: the next copy waits for it. `isFirst` is false for one whose first copy had no answer
   * to share.
   */
  async meet(
    browser: string,
    copy: string,
  ): Promise<{ readonly again: Redirect } | { readonly settle: Settle; readonly isFirst: boolean }> {
    let waitedFor: Promise<Redirect | undefined> | undefined;
    // Of several that wait for one answer that is none to share, the next one is acted on, and the others wait for that one.
    for (;;) {
      const other = this.#answers.get(browser)?.get(copy);
      if (other === undefined || other === waitedFor) break;
      const again = await other;
      if (again !== undefined) return { again };
      waitedFor = other;
    }
    const answers = this.#answers.get(browser) ?? new Map<string, Promise<Redirect | undefined>>();
    this.#answers.set(browser, answers);
    let tell: Settle = () => {};
    const told = new Promise<Redirect | undefined>((resolve) => {
      tell = resolve;
    });
    answers.set(copy, told);
    const settle: Settle = (answer) => {
      tell(answer);
      setTimeout(() => {
        if (answers.get(copy) === told) answers.delete(copy); // not that of another copy, which came later
        if (answers.size === 0 && this.#answers.get(browser) === answers) this.#answers.delete(browser);
      }, KEPT_FOR).unref();
    };
    return { settle, isFirst: waitedFor === undefined };
  }

  /** The browser asked for a page: what it posts from now on is no second copy of anything. */
  movedOn(browser: string): void {
    this.#answers.delete(browser);
  }
}

/**
 * Waits until a body has arrived whole, leaving it to be read. Call it before anything else waits; its length is bounded.
 * It comes back too when the browser hangs up on the way: then `req.complete` is false, and the body a part of one.
 */
export async function wholeBody(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  const push = req.push.bind(req);
  await new Promise<void>((resolve) => {
    req.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      push(chunk, encoding);
      if (chunk === null) resolve();
      else parts.push(Buffer.from(chunk as Uint8Array));
      // Never "full": nobody reads before it is whole.
      return true;
    };
    req.once("close", resolve);
  });
  return Buffer.concat(parts);
}

const boundaryOf = (contentType: string | undefined): string | undefined =>
  /boundary=("?)([^";]+)\1/.exec(contentType ?? "")?.[2];

/** The fields as bytes: without the boundary, which a browser makes anew for each copy. */
function withoutBoundary(body: Buffer, contentType: string | undefined): Buffer {
  const boundary = boundaryOf(contentType);
  return boundary === undefined
    ? body
    : Buffer.from(body.toString("latin1").replaceAll(boundary, "-"), "latin1");
}

const digest = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(String(part.length)).update(":").update(part);
  return hash.digest("base64");
};

/** Which browser asks, as far as its address, its cookies and its own name tell. */
export const browserKey = (req: IncomingMessage, address: string): string =>
  digest(address, req.headers.cookie ?? "", req.headers["user-agent"] ?? "");

/** What makes two posts of one browser copies of each other. */
export const copyKey = (req: IncomingMessage, body: Buffer): string =>
  digest(req.url ?? "", withoutBoundary(body, req.headers["content-type"]));

/**
 * Where a second copy may be given the first one's answer. A browser that sends a form twice drops the answer to the first
 * copy, and what came with it. That matters for:
 * - what a signed-in browser posts, because its session may get a new token;
 * - the sign-up, whose answer sets a cookie;
 * - both posts of a sign-in, whose answer sets the session;
 * - what a link puts back, and what an access pass opens, because each works once.
 *
 * One code still makes one session: a copy has the same bytes, cookies and address, so it gets what its sender has already.
 */
export const mayRepeat = (path: string): boolean =>
  ["/sign-up", "/sign-in", "/sign-in/two-step", "/account"].includes(path) ||
  /^\/(?:account\/|put-back\/|access-pass(?:\/|$))/.test(path);
