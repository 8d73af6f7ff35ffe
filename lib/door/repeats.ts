import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Milliseconds for which the answer to a form is kept for its second copy. */
const KEPT_FOR = 2000;

/** The redirect that a form was answered with, cookies and all. */
export type Redirect = { readonly status: number; readonly headers: readonly [string, string | string[]][] };

/**
 * Tells a form that was sent twice by a double click, and gives its second copy the answer of the first. Without it, a
 * form that gives the session a new token would meet its own second copy with the old one: the browser shows the second
 * answer, and the person would be signed out by their own hand. Only a copy of everything counts (address, cookies,
 * fields), only for two seconds, and only a redirect is given again.
 */
export class Repeats {
  readonly #answers = new Map<string, Promise<Redirect | undefined>>();

  /** The answer to the first copy, if this is a second one; else undefined, and `settle` takes what is answered. */
  async meet(
    key: string,
  ): Promise<{ readonly again: Redirect } | { readonly settle: (answer: Redirect | undefined) => void }> {
    const first = this.#answers.get(key);
    const again = await first;
    if (again !== undefined) return { again };
    let settle: (answer: Redirect | undefined) => void = () => {};
    this.#answers.set(key, new Promise((resolve) => (settle = resolve)));
    return {
      settle: (answer) => {
        settle(answer);
        setTimeout(() => this.#answers.delete(key), KEPT_FOR).unref();
      },
    };
  }
}

/**
 * Waits until a body has arrived whole, leaving it to be read, and returns its fields as bytes: without the boundary,
 * which a browser makes anew for each copy. Call it before anything else waits; the door has bounded its length.
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
  const boundary = /boundary=("?)([^";]+)\1/.exec(req.headers["content-type"] ?? "")?.[2];
  const body = Buffer.concat(parts);
  return boundary === undefined
    ? body
    : Buffer.from(body.toString("latin1").replaceAll(boundary, "-"), "latin1");
}

/** What makes two requests copies of each other. */
export const copyKey = (req: IncomingMessage, address: string, body: Buffer): string =>
  createHash("sha256")
    .update(JSON.stringify([req.url, address, req.headers.cookie ?? ""]))
    .update(body)
    .digest("base64");

/**
 * Where a second copy may be given the first one's answer: what a signed-in browser posts, and the wish for an account,
 * whose cookie would else be lost. Never where a code or a link is traded for something: those work once.
 */
export const mayRepeat = (path: string): boolean =>
  path === "/sign-up" || path === "/account" || path.startsWith("/account/");
