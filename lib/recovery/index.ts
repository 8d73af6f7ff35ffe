export {
  type Acting,
  acceptToHelp,
  askContacts,
  declineToHelp,
  type GiveReason,
  giveCode,
  type NameContactReason,
  nameContact,
  readContacts,
  readNamedBy,
  removeContact,
} from "./contacts/flow";
export type { ContactRow, NamedBy } from "./contacts/store";
export {
  type AskReason,
  addSupportCheck,
  askOldNumber,
  type BeginRecoveryReason,
  beginFromSignIn,
  beginWithLink,
  beginWithPassword,
  type FinishReason,
  findRecovery,
  finishRecovery,
  goOnHere,
  isBegunHere,
  type NumberReason,
  type ProveReason,
  proveByCode,
  type Recovery,
  type StartReason,
  type Stopper,
  sendMailCodes,
  startRecoveryForSupport,
  startWaiting,
  stopByToken,
  stopRecovery,
  viewRecovery,
} from "./flow";
export { holdKept, type KeptHeldReason } from "./held";
export { lookAtRecoveries } from "./notices/flow";
export {
  changesHeldUntil,
  type ProofKind,
  type RecoveryState,
  removalsHeldUntil,
} from "./rules";
