import { now } from "@/lib/kernel/clock";
import { hours } from "@/lib/kernel/durations";
import { currentLanguage, localeOf } from "@/lib/kernel/language";

/** How much of a moment is told: the day and the time, the day alone, or the time alone. */
export type TimeDetail = "moment" | "day" | "clock";

const day = { day: "numeric", month: "short", year: "numeric" } as const;
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" } as const;
const details = { moment: { ...day, ...clock }, day, clock } satisfies Record<TimeDetail, unknown>;

// Making one costs more than all it ever formats.
const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(detail: TimeDetail): Intl.DateTimeFormat {
  const locale = localeOf(currentLanguage());
  const known = formats.get(`${locale} ${detail}`);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, { ...details[detail], timeZone: "UTC" });
  formats.set(`${locale} ${detail}`, made);
  return made;
}

/** A moment as words, for a sentence of the catalogue: "24 Nov 2026, 10:32 UTC". */
export function timeText(at: Date, detail: TimeDetail = "moment"): string {
  return formatFor(detail).format(at);
}

const NAMED_DAY_AFTER = hours(12); // "until 20:48" would be today's

/** When something can be tried again, for a sentence: the time alone while nobody can mistake its day. */
export function untilText(at: Date | undefined, from: Date = now()): string {
  if (at === undefined) return "";
  return timeText(at, at.getTime() - from.getTime() < NAMED_DAY_AFTER ? "clock" : "moment");
}

/** A moment, for people and for machines. The zone is said, because the server does not know the person's. */
export function Time({ at, detail = "moment" }: { at: Date; detail?: TimeDetail }) {
  return <time dateTime={at.toISOString()}>{timeText(at, detail)}</time>;
}
