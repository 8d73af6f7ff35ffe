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
export { alert, securityChange } from "./change";
export { heldUntil, holdKept, type KeptHeldReason, readHold } from "./hold";
export { dropTyped, keepTyped, readTyped, type TypedFields, typedFor } from "./kept";
export { alertByPhone, phonesToTell, phonesToTellSince } from "./phones";
export { changesHeldUntil, removalsHeldUntil } from "./rules";
export { dropAgent, endWorkAtDesk } from "./store";
export { alertMail } from "./texts";
export type { PhoneToTell } from "./told";
export { leadWords } from "./words";
