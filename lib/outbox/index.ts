export { readOutbox } from "./flow";
