export { type ExportFormat, exportFormats, exportText } from "./export";
export { allEvents, type EventPage, noteWrongPassword, readEvent, readEvents } from "./flow";
export { type EventFacts, type EventKind, eventKinds } from "./kinds";
export { parseEventId, parseTopic, type Topic, topics } from "./rules";
export { eventReason, eventSentence } from "./sentences";
export { type EventOfAccount, type EventRow, listEvents, record, recordIfThere } from "./store";
