export {
  type BeginRecoveryReason,
  beginFromSignIn,
  beginWithLink,
  beginWithPassword,
} from "./begin";
export { type AskReason, sendFinishCode, sendMailCodes } from "./codes";
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
export { type ProveReason, proveByCode, proveByPassword } from "./evidence";
export { type FinishReason, finishRecovery } from "./finish";
export { lookAtRecoveries } from "./notices/flow";
export { askOldNumber, type NumberReason, textAskedNumbers } from "./old-number/flow";
export type {
  ProofKind,
  RecoveryState,
} from "./rules";
export { stopByToken, stopCase, stopRecovery } from "./stop";
export { addSupportCheck, goOnHere, startRecoveryForSupport } from "./support";
export { findCase, findRecovery, isBegunHere, listRecoveries, type Recovery, viewRecovery } from "./view";
export { type StartReason, startWaiting } from "./wait";
