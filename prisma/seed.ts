import { type DemonstrationPerson, fillWithPeople } from "@/lib/demonstration";
import { now } from "@/lib/kernel/clock";

export { type DemonstrationPerson, describePeople, refusePeople } from "@/lib/demonstration";

/**
 * Fills a new database with the people of the demonstration, after one call of `filling`; returns those who are in it, new
 * or not.
 */
export const seedDemonstration = (filling: () => void): Promise<readonly DemonstrationPerson[]> =>
  fillWithPeople(now(), filling);
