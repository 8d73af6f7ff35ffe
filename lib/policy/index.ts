export { policyStanding } from "./flow";
export { policyLines } from "./rules";
