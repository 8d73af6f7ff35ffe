/** The sign-in page as a phone meets it for the first time: bytes, requests, paint, blocking. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import zlib from "node:zlib";
import { type Browser, chromium } from "@playwright/test";
import { median } from "./figures";

export interface Fetched {
  path: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** Body and headers, as they came over the connection. */
  wireBytes: number;
}

function fetchCold(port: number, path: string): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    http
      .get(
        {
          host: "127.0.0.1",
          port,
          path,
          agent: false,
          headers: { Host: `localhost:${port}`, "Accept-Encoding": "gzip, deflate, br", Accept: "*/*" },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("end", () =>
            resolve({
              path,
              headers: response.headers,
              body: Buffer.concat(chunks),
              wireBytes: response.socket.bytesRead,
            }),
          );
        },
      )
      .on("error", reject);
  });
}

const unpack = ({ headers, body }: Fetched): Buffer =>
  headers["content-encoding"] === "br" ? zlib.brotliDecompressSync(body) : body;

/** A page and everything that its HTML and its stylesheets name, each fetched by a client that has nothing yet. */
export async function fetchPage(port: number, path: string): Promise<{ parts: Fetched[]; scripts: number }> {
  const page = await fetchCold(port, path);
  const html = unpack(page).toString();
  const named = [...html.matchAll(/<(?:link|img|script|source)\b[^>]*?\b(?:href|src)="([^"]+)"/g)].map(
    ([, url]) => url,
  );
  const parts = [page];
  for (const url of new Set(named)) if (url?.startsWith("/")) parts.push(await fetchCold(port, url));
  for (const part of [...parts]) {
    if (!/text\/css/.test(part.headers["content-type"] ?? "")) continue;
    for (const [, url = ""] of unpack(part)
      .toString()
      .matchAll(/url\(["']?(\/[^"')]+)/g))
      parts.push(await fetchCold(port, url));
  }
  return { parts, scripts: (html.match(/<script\b/g) ?? []).length };
}

/** Serves the given files from memory, and nothing else: as fast as a page can be served. */
async function serve(
  files: Map<string, { headers: http.OutgoingHttpHeaders; body: Buffer }>,
): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const file = files.get(request.url ?? "");
    if (file) response.writeHead(200, file.headers).end(file.body);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** What Node sets itself, for each connection anew. */
const OF_THE_CONNECTION = new Set(["connection", "date", "keep-alive", "transfer-encoding"]);

const kept = ({ headers }: Fetched): http.OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name)));

/** The same files and headers byte for byte, served statically: "Cross-Origin-Opener-Policy" alone costs a new process. */
export function serveTwin(parts: readonly Fetched[]): Promise<http.Server> {
  return serve(new Map(parts.map((part) => [part.path, { headers: kept(part), body: part.body }])));
}

/** One static file of plain text that weighs as much as page, stylesheet and icon together. */
export function serveText(path: string, bytes: number): Promise<http.Server> {
  const head = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Text</title><h1>Text</h1><p>`;
  const body = Buffer.from(head + "Words of a static page. ".repeat(bytes / 24)).subarray(0, bytes);
  return serve(new Map([[path, { headers: { "content-type": "text/html; charset=utf-8" }, body }]]));
}

export const portOf = (server: http.Server): number => (server.address() as AddressInfo).port;

export interface Paint {
  /** Largest contentful paint and total blocking time, milliseconds, medians. */
  lcp: number;
  blocking: number;
  requests: number;
}

// A slow phone on a slow network: four times slower than this machine, 1.6 Mbit/s, 150 ms a round trip.
const SLOW_NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: 1.6e6 / 8,
  uploadThroughput: 0.75e6 / 8,
};

async function paintOnce(browser: Browser, url: string): Promise<Paint> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, isMobile: true });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", SLOW_NETWORK);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let requests = 0;
  session.on("Network.requestWillBeSent", () => {
    requests += 1;
  });
  await page.addInitScript(() => {
    const seen = { lcp: 0, blocking: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.lcp = Math.max(seen.lcp, entry.startTime);
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.blocking += Math.max(0, entry.duration - 50);
    }).observe({ type: "longtask", buffered: true });
  });
  await page.goto(url, { waitUntil: "load" });
  await page.waitForTimeout(400);
  const seen = await page.evaluate(
    () => (globalThis as unknown as { seen: { lcp: number; blocking: number } }).seen,
  );
  await context.close();
  return { ...seen, requests };
}

/** Opens each page `times` times in turn, cold each time, and gives medians in the same order. */
export async function paint(
  executablePath: string,
  urls: readonly string[],
  times: number,
): Promise<Paint[]> {
  const browser = await chromium.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    const all: Paint[][] = urls.map(() => []);
    for (const url of urls) await paintOnce(browser, url); // the browser's own first time
    for (let turn = 0; turn < times; turn += 1)
      for (const [place, url] of urls.entries()) all[place]?.push(await paintOnce(browser, url));
    return all.map((paints) => ({
      lcp: median(paints.map(({ lcp }) => lcp)),
      blocking: median(paints.map(({ blocking }) => blocking)),
      requests: Math.max(...paints.map(({ requests }) => requests)),
    }));
  } finally {
    await browser.close();
  }
}
