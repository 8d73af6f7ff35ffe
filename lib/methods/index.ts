export type { AppData } from "./app";
export { diagnose, type OtherEntry } from "./app/doctor";
export { entryUri, stepAt } from "./app/totp";
export {
  beginMethod,
  challengeOf,
  describeMethod,
  guessableKinds,
  identityOf,
  isAnswerShaped,
  isProvenByDigits,
  verifyAnswer,
} from "./flow";
export { type LabelReason, readLabel } from "./label";
export type { Acceptance, AnswerReason, EnrolReason, MethodFacts } from "./method";
export { methodWords } from "./names";
export {
  type ChallengeUse,
  challengeOfTry,
  isChallengeOfTry,
  issueChallenge,
  readChallenge,
} from "./passkey/challenges";
export { credentialKey, readAssertion, readAttestation, readClientData } from "./passkey/credential";
export { creationOptions, requestOptions } from "./passkey/options";
export { passkeySignals, spendChallenge } from "./passkey/store";
export type { PhoneData } from "./phone";
export { countryOfLanguages, listCountries } from "./phone/countries";
export { numberForReading } from "./phone/number";
export { recoveryFile } from "./recovery-codes/file";
export {
  drawRecoveryCodes,
  makeRecoveryCodes,
  type RecoverySet,
  recoveryCodesUnlessBusy,
  recoveryLookups,
} from "./recovery-codes/set";
export { isTrialAnswer, isTrialShaped, placesOfTrial } from "./recovery-codes/trial";
export { type MethodData, type MethodKind, methods } from "./registry";
export {
  type ActiveMethod,
  findProvable,
  listActiveMethods,
  type MethodRow,
  openMethodData,
  openMethods,
  type RightAnswer,
  replaceRecoveryCodes,
  retireRecoveryCodes,
  sealMethodData,
  spendAnswer,
} from "./store";
