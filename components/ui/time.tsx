/** How much of a moment is told: the day and the time, the day alone, or the time alone. */
export type TimeDetail = "moment" | "day" | "clock";

const day = { day: "numeric", month: "short", year: "numeric" } as const;
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" } as const;
const formats: Record<TimeDetail, Intl.DateTimeFormat> = {
  moment: new Intl.DateTimeFormat("en-GB", { ...day, ...clock, timeZone: "UTC" }),
  day: new Intl.DateTimeFormat("en-GB", { ...day, timeZone: "UTC" }),
  clock: new Intl.DateTimeFormat("en-GB", { ...clock, timeZone: "UTC" }),
};

/** A moment as words, for a sentence of the catalogue: "24 Nov 2026, 10:32 UTC". */
export function timeText(at: Date, detail: TimeDetail = "moment"): string {
  return formats[detail].format(at);
}

/** A moment, for people and for machines. The zone is said, because the server does not know the person's. */
export function Time({ at, detail = "moment" }: { at: Date; detail?: TimeDetail }) {
  return <time dateTime={at.toISOString()}>{timeText(at, detail)}</time>;
}
