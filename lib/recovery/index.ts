export {
  type BeginRecoveryReason,
  beginFromSignIn,
  beginWithLink,
  beginWithPassword,
} from "./begin";
export { type MailCodesReason, sendFinishCode, sendMailCodes } from "./codes";
export {
  acceptToHelp,
  askContacts,
  declineToHelp,
  giveCode,
  nameContact,
  readContacts,
  readNamedBy,
  removeContact,
} from "./contacts/flow";
export { type ProveReason, proveByCode, proveByPassword } from "./evidence";
export { type FinishReason, finishRecovery } from "./finish";
export { askOldNumber, type NumberReason } from "./old-number/flow";
export type { RecoveryState } from "./rules";
export { stopByToken, stopCase, stopRecovery } from "./stop";
export { addSupportCheck, goOnHere, startRecoveryForSupport } from "./support";
export { findCase, findRecovery, isBegunHere, listRecoveries, type Recovery, viewRecovery } from "./view";
export { type StartReason, startWaiting } from "./wait";
