export { fillWithPeople, refusePeople } from "./flow";
export { describePeople } from "./print";
export type { DemonstrationPerson } from "./rules";
