export { type EventFacts, type EventKind, eventKinds } from "./kinds";
export { type EventRow, listEvents, record } from "./store";
