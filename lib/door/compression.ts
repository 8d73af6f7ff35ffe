/** How the bytes of an answer are made smaller. */
import type { IncomingMessage } from "node:http";
import zlib from "node:zlib";
import { chooseEncoding, type Encoding } from "./rules";

/** The best encoding that the client of a request takes. */
export const encodingOf = (req: IncomingMessage): Encoding =>
  chooseEncoding(String(req.headers["accept-encoding"] ?? ""));

/** `quality`: 1 to 11 for Brotli; gzip knows no better than 9. */
export function compress(body: Buffer, encoding: Encoding, quality: number): Buffer {
  if (encoding === "br") {
    const params = {
      [zlib.constants.BROTLI_PARAM_QUALITY]: quality,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    };
    return zlib.brotliCompressSync(body, { params });
  }
  return encoding === "gzip" ? zlib.gzipSync(body, { level: Math.min(quality, 9) }) : body;
}
