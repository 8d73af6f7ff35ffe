export { type EventFacts, type EventKind, eventKinds } from "./kinds";
export { eventReason, eventSentence } from "./sentences";
export { type EventRow, listEvents, record } from "./store";
