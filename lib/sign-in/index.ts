export {
  type Admitted,
  type AnswerRefusal,
  type Asked,
  type AttemptPage,
  answer,
  answerProof,
  type BeginReason,
  begin,
  beginProof,
  choose,
  type Purpose,
  signOut,
  viewAttempt,
} from "./flow";
export type { AskReason } from "./rules";
