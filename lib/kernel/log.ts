import { pino } from "pino";
import { causeOf } from "./cause";

/** What the owner of the site should see. Never a number, an address, a text or a secret. */
export const log = pino({
  level: "warn",
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: { err: causeOf },
});

/**
 * The framework talks to the console: what it is doing is of no use to anybody here, and what it complains of becomes a
 * line of the log like every other, so that no text of a stranger can begin a line of its own (AT-138).
 */
export function takeConsole(): void {
  console.log = console.info = () => {};
  console.error = console.warn = (...said: unknown[]) => {
    const err = said.find((one) => one instanceof Error);
    const words = said.filter((one) => typeof one === "string").join(" ");
    // Without words of its own a line would get the error's, which can hold what somebody typed.
    log.warn({ err }, words || "the framework complained");
  };
}
