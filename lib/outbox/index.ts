export { readOutbox } from "./flow";
export type { OutboxMessage } from "./rules";
