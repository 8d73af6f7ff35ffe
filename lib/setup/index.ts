export {
  type BeginReason,
  begin,
  type ConfirmReason,
  changeNumber,
  confirm,
  type EnrolKind,
  type Finished,
  type FinishReason,
  finish,
  hideCodes,
  methodEventFacts,
  type Owner,
  type Pending,
  type ResendReason,
  type SetupView,
  sendAnother,
  setupFacts,
  setupView,
  showCodes,
  shownCodes,
} from "./flow";
export { mayVisit, methodsNeeded, nextPath, nextStep, type StepName, settingsPath, steps } from "./rules";
export { dropEnrolments, type LockedAccount, listMethodRows, lockAccount } from "./store";
