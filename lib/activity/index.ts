export { exportFormats, exportText } from "./export";
export { allEvents, noteWrongPassword, readEvent, readEvents } from "./flow";
export type { EventFacts, EventKind } from "./kinds";
export { parseEventId, parseTopic, type Topic, topics } from "./rules";
export { eventReason, eventSentence } from "./sentences";
export { type EventOfAccount, type EventRow, listEvents, record, recordIfThere } from "./store";
