export type { Channel } from "./channels";
export { enqueue, type HandOverState, handOver, type MessageToSend, sealMessage } from "./flow";
export { outboxPath } from "./providers/outbox";
export { findMessageState, type NewMessage } from "./store";
export { type CodePurpose, codeCall, codeText, mail } from "./texts";
export { startWorker } from "./worker";
