export type { AppData } from "./app";
export { type Diagnosis, diagnose, type Entry, type OtherEntry, type WrongCode } from "./app/doctor";
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
export type {
  Acceptance,
  AnswerReason,
  CodeReason,
  Delivery,
  EnrolReason,
  Evidence,
  MethodFacts,
  SentCode,
  StoredRecoveryCode,
} from "./method";
export { methodWords } from "./names";
export type { MadePasskey, PasskeyData } from "./passkey";
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
export type { PhoneData, PhoneInput } from "./phone";
export { type Country, countryOfLanguages, listCountries } from "./phone/countries";
export { numberForReading, type PhoneChannel } from "./phone/number";
export { type RecoveryFile, recoveryFile } from "./recovery-codes/file";
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
  type ActiveMethods,
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
