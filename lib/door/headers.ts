/** The headers that the framework gets with a request, and those that leave with an answer. */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { isCookie } from "@/lib/kernel/cookie-names";
import type { Style } from "./files";
import {
  askedFor,
  askedForCookie,
  cacheControl,
  clearSiteData,
  isTakenOff,
  securityHeaders,
  signedOutSaid,
} from "./rules";

/** Takes off what only the door may say, and says it: from where the request comes, and to which site. */
export function rewriteHeaders(headers: IncomingHttpHeaders, address: string, siteUrl: URL): void {
  for (const name of Object.keys(headers)) if (isTakenOff(name)) delete headers[name];
  headers["x-latchkey-address"] = address;
  headers["x-forwarded-for"] = address;
  // The framework compares a form's Origin with these, and makes its links from them.
  headers.host = siteUrl.host;
  headers["x-forwarded-host"] = siteUrl.host;
  headers["x-forwarded-proto"] = siteUrl.protocol.slice(0, -1);
}

/** Sets the headers and cookies that every answer leaves with; `styles` stand in the page itself. */
export function sealAnswer(
  answer: ServerResponse,
  request: {
    readonly target: string;
    readonly path: string;
    readonly method: string;
    readonly cookies: string | undefined;
  },
  siteUrl: URL,
  styles?: readonly Style[],
): void {
  const { target, path } = request;
  for (const [name, value] of Object.entries(securityHeaders(siteUrl, path, styles)))
    answer.setHeader(name, value);
  answer.setHeader("Cache-Control", cacheControl(path, answer.statusCode));
  const location = answer.getHeader("Location");
  const page = askedFor(
    target,
    answer.statusCode,
    location === undefined ? undefined : String(location),
    siteUrl,
  );
  const said = signedOutSaid(request, answer.statusCode, siteUrl);
  if (said !== undefined) answer.appendHeader("Set-Cookie", said);
  const setCookies = [answer.getHeader("Set-Cookie") ?? []].flat().map(String);
  const forgotten = clearSiteData(setCookies);
  if (forgotten !== undefined) answer.setHeader("Clear-Site-Data", forgotten);
  // An action that set or cleared it itself (signing out) knows better.
  const isSettled = setCookies.some((cookie) => isCookie(cookie, "asked-for"));
  if (page !== undefined && !isSettled) answer.appendHeader("Set-Cookie", askedForCookie(page, siteUrl));
}
