export type { Channel } from "./channels";
export { enqueue, type HandOverState, handOver } from "./flow";
export { outboxPath } from "./providers/outbox";
export { findMessageState } from "./store";
export { type CodePurpose, codeCall, codeText, mail } from "./texts";
export { startWorker } from "./worker";
