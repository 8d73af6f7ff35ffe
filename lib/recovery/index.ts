export {
  type Acting,
  type AskingCase,
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
  type BeginRecoveryReason,
  beginFromSignIn,
  beginWithLink,
  beginWithPassword,
  type FinishReason,
  findCase,
  findRecovery,
  finishRecovery,
  goOnHere,
  isBegunHere,
  listRecoveries,
  type ProveReason,
  proveByCode,
  proveByPassword,
  type Recovery,
  type StartReason,
  sendFinishCode,
  sendMailCodes,
  startRecoveryForSupport,
  startWaiting,
  stopByToken,
  stopCase,
  stopRecovery,
  viewRecovery,
} from "./flow";
export { lookAtRecoveries } from "./notices/flow";
export { askOldNumber, type NumberReason, textAskedNumbers } from "./old-number/flow";
export type {
  ProofKind,
  RecoveryState,
} from "./rules";
