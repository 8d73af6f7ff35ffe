/**
 * What `next build` made, answered without the framework's own server: each page and route by the handler that it
 * exports, each file by its bytes (docs/decisions/0040). The door has done the rest of a server's work by then.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathOf } from "./rules";

/** The interface of a built page or route, as the framework documents it for those who serve a build themselves. */
type Handler = (
  req: IncomingMessage,
  res: ServerResponse,
  context: {
    readonly requestMeta: { readonly initURL: string; readonly hostname: string };
    readonly waitUntil: (work: Promise<unknown>) => void;
  },
) => Promise<unknown>;

/** The page for everything that is not there. */
const NOT_FOUND = "/_not-found";

/** What a browser may load besides pages. The framework's scripts are not in it: no page of ours names one. */
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};
const OUR_MODULE = "text/javascript; charset=utf-8";

export interface Build {
  /** Answers a request for a page, a route or a file; rejects with what a page threw, and nothing is sent then. */
  readonly handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  /** The paths of the stylesheets, for the door's own pages. */
  readonly stylesheets: readonly string[];
}

interface BuiltFile {
  readonly body: Buffer;
  readonly tag: string;
  readonly type: string;
}

function readBuiltFile(file: string, type: string): BuiltFile {
  const body = readFileSync(file);
  return { body, tag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`, type };
}

/** The files below `folder`, some dozen of a few kilobytes, by the path under which they are asked for. */
function filesOf(folder: string, prefix: string, typeOf: (ending: string) => string | undefined) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).flatMap((name): [string, BuiltFile][] => {
    const path = String(name).replaceAll("\\", "/");
    const type = typeOf(/\.([a-z0-9]+)$/.exec(path)?.[1] ?? "");
    return type === undefined ? [] : [[`${prefix}${path}`, readBuiltFile(join(folder, path), type)]];
  });
}

/**
 * Whether the framework will read in this path what stands in it. It parses the address once more, by which "..", "#" or
 * "\\" become another one without what the page was asked about; and a part that is called like the placeholder of its
 * pattern ("[token]") counts as none, so that one from the query would take its place.
 */
function isPlain(path: string, siteUrl: URL): boolean {
  try {
    return (
      new URL(path, siteUrl).pathname === path &&
      !path.split("/").some((part) => /^\[.*\]$/.test(decodeURIComponent(part)))
    );
  } catch {
    return false;
  }
}

/** The target without what the framework would take for parts of the path (`nxtPtoken=…`), as its own server leaves them out. */
function withoutPathParts(target: string): string {
  const [path = "", query] = target.split(/\?(.*)/s, 2);
  if (query === undefined) return target;
  const kept = new URLSearchParams(query);
  const taken = [...kept.keys()].filter((name) => /^nxt[PI]/.test(name));
  if (taken.length === 0) return target;
  for (const name of taken) kept.delete(name);
  return kept.size === 0 ? path : `${path}?${kept}`;
}

/**
 * Opens the build in `folder`, which must be the working directory: the framework looks for its own files from there.
 * A page is loaded when it is first asked for. Throws when the folder holds no build.
 */
export function openBuild(folder: string, siteUrl: URL): Build {
  const require = createRequire(join(folder, "package.json"));
  require("next/dist/server/node-environment"); // what the framework wants before anything else of it
  const built = (name: string) => JSON.parse(readFileSync(join(folder, ".next", name), "utf8"));

  // Page as the framework names it ("/(signed-out)/sign-in/page") to file, and to the path it answers.
  const files: Readonly<Record<string, string>> = built("server/app-paths-manifest.json");
  const paths: Readonly<Record<string, string>> = built("app-path-routes-manifest.json");
  const fileOf = new Map(
    Object.entries(paths).flatMap(([page, path]): [string, string][] => {
      const file = files[page];
      return file === undefined ? [] : [[path, join(folder, ".next", "server", file)]];
    }),
  );
  // In the framework's order: the more particular first.
  const { dynamicRoutes }: { dynamicRoutes: readonly { page: string; regex: string }[] } =
    built("routes-manifest.json");
  const patterns = dynamicRoutes.map(({ page, regex }) => ({ page, regex: new RegExp(regex) }));

  const routeOf = (path: string): string => {
    if (path.startsWith("/_")) return NOT_FOUND; // the framework's own, which nobody asks for
    if (!path.includes("[") && fileOf.has(path)) return path;
    const route = patterns.find(({ regex }) => regex.test(path))?.page;
    return route !== undefined && isPlain(path, siteUrl) ? route : NOT_FOUND;
  };

  const handlers = new Map<string, Handler>();
  const handlerOf = (route: string): Handler => {
    let handler = handlers.get(route);
    if (handler === undefined) {
      const file = fileOf.get(route);
      if (file === undefined) throw new Error("the build lacks a page that its own list names");
      handler = (require(file) as { handler: Handler }).handler;
      handlers.set(route, handler);
    }
    return handler;
  };

  const loose = new Map([
    ...filesOf(join(folder, ".next", "static"), "/_next/static/", (ending) => TYPES[ending]),
    ...filesOf(join(folder, "public"), "/", (ending) => (ending === "js" ? OUR_MODULE : TYPES[ending])),
  ]);

  return {
    stylesheets: [...loose.keys()].filter((path) => path.endsWith(".css")),
    handle: async (req, res) => {
      const url = withoutPathParts(req.url ?? "/");
      req.url = url;
      const path = pathOf(url);
      const file = req.method === "POST" ? undefined : loose.get(path);
      if (file !== undefined) return sendFile(file, req, res);
      const bare = path.replace(/\/+$/, "");
      if (bare !== path && bare !== "" && routeOf(bare) !== NOT_FOUND) {
        // A page has one address. To a page of ours only, and by the site's own name: "//elsewhere/" is none of them.
        res.writeHead(308, { Location: siteUrl.origin + bare + url.slice(path.length) });
        res.end();
        return;
      }
      const route = routeOf(path);
      if (route === NOT_FOUND) res.statusCode = 404;
      await handlerOf(route)(req, res, {
        requestMeta: { initURL: siteUrl.origin + url, hostname: siteUrl.hostname },
        waitUntil: () => {}, // what goes on after an answer goes on by itself in a process that stays
      });
    },
  };
}

function sendFile({ body, tag, type }: BuiltFile, req: IncomingMessage, res: ServerResponse): void {
  res.setHeader("ETag", tag);
  if (req.headers["if-none-match"] === tag) {
    res.statusCode = 304;
    res.end();
    return;
  }
  res.setHeader("Content-Type", type);
  res.end(body);
}
