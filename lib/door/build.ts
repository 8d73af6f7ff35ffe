/**
 * What `next build` made, answered without the framework's own server: each page and route by the handler that it
 * exports, each file by its bytes (files.ts; docs/decisions/0040). The door has done the rest of a server's work by then.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { BuiltFiles } from "./files";
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

export interface Build {
  /** Answers a request for a page or a route; rejects with what a page threw, and nothing is sent then. */
  readonly handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  readonly files: BuiltFiles;
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

/**
 * The target without what the framework would take for parts of the path (`nxtPtoken=…`), as its own server leaves them
 * out.
 */
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

  return {
    files: new BuiltFiles(folder),
    handle: async (req, res) => {
      const url = withoutPathParts(req.url ?? "/");
      req.url = url;
      const path = pathOf(url);
      const bare = path.replace(/(?<=.)\/{2,}/g, "/").replace(/\/+$/, "");
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
