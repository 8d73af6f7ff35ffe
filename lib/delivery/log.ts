import { pino } from "pino";

/** What the owner should see of messages. Never a number, an address, a text or a secret. */
export const log = pino({ level: "warn", base: null, timestamp: pino.stdTimeFunctions.isoTime });
