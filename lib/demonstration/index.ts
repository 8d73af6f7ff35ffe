export { describePeople, fillWithPeople, refusePeople } from "./flow";
export { type DemonstrationPerson, demonstrationPassword } from "./rules";
