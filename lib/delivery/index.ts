export type { Channel } from "./channels";
export type { DeliveryFigures } from "./figures";
export {
  countryTraffic,
  enqueue,
  type HandOverState,
  handOver,
  inLanguageOf,
  isFree,
  type MessageToSend,
  numberHealth,
  receiveReport,
  sealMessage,
} from "./flow";
export { outboxPath } from "./providers/outbox";
export { areaBudgets, type FailureReason, type MessageState, numberBlocks } from "./rules";
export type { NewMessage } from "./store";
export { alertCall, alertText, type CodePurpose, codeCall, codeText, mail } from "./texts";
