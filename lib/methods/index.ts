export type { AppData } from "./app";
export { entryUri } from "./app/totp";
export {
  beginMethod,
  challengeOf,
  describeMethod,
  identityOf,
  isAnswerShaped,
  isProvenByDigits,
  verifyAnswer,
} from "./flow";
export { type LabelReason, readLabel } from "./label";
export type {
  Acceptance,
  AnswerReason,
  Delivery,
  EnrolReason,
  Evidence,
  MethodFacts,
  SentCode,
  StoredRecoveryCode,
} from "./method";
export { methodWords } from "./names";
export type { PhoneData, PhoneInput } from "./phone";
export { type Country, countryOfLanguages, listCountries } from "./phone/countries";
export { numberForReading, type PhoneChannel } from "./phone/number";
export {
  makeRecoveryCodes,
  type RecoverySet,
  recoveryCodesUnlessBusy,
  recoveryLookups,
} from "./recovery-codes/set";
export { isTrialAnswer, isTrialShaped, placesOfTrial } from "./recovery-codes/trial";
export { isMethodKind, type MethodData, type MethodKind, methods } from "./registry";
export {
  type ActiveMethod,
  type ActiveMethods,
  listActiveMethods,
  type MethodRow,
  openMethodData,
  openMethods,
  replaceRecoveryCodes,
  sealMethodData,
} from "./store";
