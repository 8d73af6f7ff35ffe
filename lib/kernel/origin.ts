/** What the scheme and the host of a URL say: whether it is of https, and whether it leads to this machine. */

/** Whether this is a URL of https: of SITE_URL it decides the posture, and the names of the cookies. */
export const isHttps = (url: URL): boolean => url.protocol === "https:";

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether a browser reaches a site under this host that listens where only this machine can reach it (`listen` in server.ts). */
export const isLoopbackName = (host: string): boolean => loopbackNames.has(host);

/** Whether an IP address is of this machine alone (RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
export const isLoopbackAddress = (address: string): boolean => /^(127(\.\d{1,3}){3}|::1)$/.test(address);

/** Whether what is sent to this host of a URL stays on this machine. */
export const isLoopbackHost = (host: string): boolean => isLoopbackName(host) || isLoopbackAddress(host);
