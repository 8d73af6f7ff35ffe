/** What a log may say of an error: never its message, which can hold what somebody typed or a row of the database. */
export type Cause = {
  readonly name: string;
  /** Of the error and of what it came from: Prisma's, PostgreSQL's (53100 is a full disk), the system's. */
  readonly codes: readonly string[];
  /** Where it was thrown, nearest first. */
  readonly at: readonly string[];
};

const CODE = /^[A-Za-z0-9_]{2,40}$/;
const FRAMES = 6;
const DEPTH = 4;

function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== "object" || error === null || depth > DEPTH) return [];
  const { code, originalCode, cause, meta, driverAdapterError } = error as Record<string, unknown>;
  const own = [code, originalCode].filter((one) => typeof one === "string" && CODE.test(one)) as string[];
  return [...own, ...[cause, meta, driverAdapterError].flatMap((inner) => codesOf(inner, depth + 1))];
}

/** The cause of an error, for the log. */
export function causeOf(error: unknown): Cause {
  const { name = "", message = "", stack = "" } = error instanceof Error ? error : { name: typeof error };
  return {
    name: CODE.test(name) ? name : "unknown",
    codes: [...new Set(codesOf(error))],
    // The stack repeats the message first, and a message can look like a place.
    at: stack
      .slice(Math.max(0, stack.indexOf(message)) + message.length)
      .split("\n")
      .filter((line) => /^\s+at /.test(line))
      .slice(0, FRAMES)
      .map((line) => line.trim().slice(3)),
  };
}
