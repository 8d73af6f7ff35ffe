export {
  type ActionName,
  actions,
  isProofEnough,
  readTask,
  scopeOfProof,
  type Task,
  type TaskFacts,
  taskFacts,
  taskOfPath,
  taskText,
} from "./actions";
export { alert, alertMail, securityChange, type TrustEndReason } from "./change";
export { dropTyped, keepTyped, readTyped, type TypedFields, typedFor } from "./kept";
export { doesWords, leadWords } from "./words";
