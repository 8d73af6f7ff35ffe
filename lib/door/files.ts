/** The files of a build: read once at the start, answered from memory, each compressed once for each encoding. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { compress, encodingOf } from "./compression";
import type { Encoding } from "./rules";

/** What a browser may load besides pages. The framework's scripts are not in it: no page of ours names one. */
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};
const OUR_MODULE = "text/javascript; charset=utf-8";
const BEST = 11; // Brotli's best: for a file once, in some ten milliseconds

interface BuiltFile {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  /** By which a browser asks whether the file changed. */
  readonly tag: string;
  readonly compressed: Map<Encoding, Buffer>;
}

function read(path: string, file: string, type: string): BuiltFile {
  const body = readFileSync(file);
  const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return { path, type, body, tag, compressed: new Map() };
}

/** The files below `folder`, some dozen of a few kilobytes, by the path under which they are asked for. */
function filesOf(folder: string, prefix: string, typeOf: (ending: string) => string | undefined) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).flatMap((name) => {
    const path = String(name).replaceAll("\\", "/");
    const type = typeOf(/\.([a-z0-9]+)$/.exec(path)?.[1] ?? "");
    return type === undefined ? [] : [read(`${prefix}${path}`, join(folder, path), type)];
  });
}

/** A stylesheet as it may stand in a page itself. */
export interface Style {
  readonly path: string;
  readonly css: string;
  /** Its source expression for `style-src` (CSP 3, 2.3.1): this text and no other. */
  readonly hash: string;
}

const styleOf = ({ path, body }: BuiltFile): Style => ({
  path,
  css: body.toString("utf8"),
  hash: `'sha256-${createHash("sha256").update(body).digest("base64")}'`,
});

export class BuiltFiles {
  /** The stylesheets that every page wears. */
  readonly styles: readonly Style[];
  readonly #files: ReadonlyMap<string, BuiltFile>;

  /** Reads what `next build` left in `folder`, the modules of ours beside it, and the icon. */
  constructor(folder: string) {
    const icon = join(folder, ".next", "server", "app", "icon.svg.body");
    const files = [
      ...filesOf(join(folder, ".next", "static"), "/_next/static/", (ending) => TYPES[ending]),
      ...filesOf(join(folder, "public"), "/", (ending) => (ending === "js" ? OUR_MODULE : TYPES[ending])),
      ...(existsSync(icon) ? [read("/icon.svg", icon, "image/svg+xml")] : []),
    ];
    this.#files = new Map(files.map((file) => [file.path, file]));
    this.styles = files.filter(({ path }) => path.endsWith(".css")).map(styleOf);
  }

  /** Answers with the file at `path`; false when there is none, or the request is no reading. */
  answer(
    { req, res, seal }: { req: IncomingMessage; res: ServerResponse; seal(res: ServerResponse): void },
    path: string,
  ): boolean {
    const file = req.method === "POST" ? undefined : this.#files.get(path);
    if (file === undefined) return false;
    res.setHeader("ETag", file.tag);
    res.setHeader("Vary", "Accept-Encoding");
    if (req.headers["if-none-match"] === file.tag) {
      res.statusCode = 304;
      seal(res);
      res.end();
      return true;
    }
    const { encoding, body } = this.#inEncoding(file, encodingOf(req));
    res.setHeader("Content-Type", file.type);
    if (encoding !== "identity") res.setHeader("Content-Encoding", encoding);
    res.setHeader("Content-Length", body.length);
    seal(res);
    res.end(req.method === "HEAD" ? undefined : body);
    return true;
  }

  #inEncoding(file: BuiltFile, wanted: Encoding): { encoding: Encoding; body: Buffer } {
    let body = file.compressed.get(wanted);
    if (body === undefined) {
      body = compress(file.body, wanted, BEST);
      file.compressed.set(wanted, body);
    }
    return body.length < file.body.length
      ? { encoding: wanted, body }
      : { encoding: "identity", body: file.body };
  }
}
