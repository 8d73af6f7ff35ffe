import { pino } from "pino";

/** What the owner of the site should see. Never a number, an address, a text or a secret. */
export const log = pino({ level: "warn", base: null, timestamp: pino.stdTimeFunctions.isoTime });
