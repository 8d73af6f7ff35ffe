/**
 * The code of a failure: PostgreSQL's own (SQLSTATE) where Prisma wraps it, else Prisma's or the system's; "" for none. A
 * raw statement that fails is "P2010" to Prisma, whatever the reason.
 */
export function codeOf(error: unknown): string {
  const { code, meta } = error as {
    code?: unknown;
    meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } };
  };
  const original = meta?.driverAdapterError?.cause?.originalCode;
  return typeof original === "string" ? original : typeof code === "string" ? code : "";
}
