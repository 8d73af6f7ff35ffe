export {
  type AskedAtDesk,
  answerAtDesk,
  answerStepAtDesk,
  beginAtDesk,
  beginStepAtDesk,
  type DeskRefusal,
} from "./at-desk";
export {
  type PasskeyRefusal,
  passkeyOptionsForProof,
  passkeyOptionsForSignIn,
  proveByPasskey,
  signInByPasskey,
} from "./by-passkey";
export { endCopiedSession } from "./copies";
export {
  type Admitted,
  type Allowance,
  type AnswerRefusal,
  type Asked,
  type AttemptPage,
  answer,
  answerProof,
  type BeginReason,
  begin,
  beginProof,
  callInstead,
  choose,
  comparePassword,
  type Purpose,
  provenByAttempt,
  provePassword,
  signOut,
  viewAttempt,
  viewCodePage,
  viewOtherWays,
} from "./flow";
export type { AskReason } from "./rules";
export { giveBackPasswordTry } from "./store/password";
