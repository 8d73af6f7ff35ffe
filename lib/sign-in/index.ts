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
export { callInstead, choose, type WayReason } from "./codes";
export { endCopiedSession } from "./copies";
export { answer, begin, signOut } from "./flow";
export { type AttemptPage, viewAttempt, viewCodePage, viewOtherWays } from "./pages";
export { comparePassword, provenByAttempt, provePassword } from "./password";
export type { Admitted, AnswerRefusal, BeginReason } from "./posts";
export { answerProof, beginProof } from "./proofs";
export type { AskReason } from "./rules";
