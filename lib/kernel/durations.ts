/** Durations are whole milliseconds; these builders make the unit visible where a duration is written. */
export const seconds = (count: number): number => count * 1000;
/** Minutes in milliseconds. */
export const minutes = (count: number): number => seconds(count * 60);
/** Hours in milliseconds. */
export const hours = (count: number): number => minutes(count * 60);
/** Days of 24 hours in milliseconds (waits are counted in UTC, so daylight saving never shortens one). */
export const days = (count: number): number => hours(count * 24);

/** The moment `duration` milliseconds after `moment`. */
export const after = (moment: Date, duration: number): Date => new Date(moment.getTime() + duration);
/** The moment `duration` milliseconds before `moment`. */
export const before = (moment: Date, duration: number): Date => new Date(moment.getTime() - duration);
