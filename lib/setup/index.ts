export { type BeginReason, begin, callInstead, type ResendReason, sendAnother } from "./begin";
export { addPasskeyOfBrowser, passkeyOffer } from "./by-browser";
export { type ConfirmReason, confirm, type Joined, methodEventFacts } from "./confirm";
export { type Finished, type FinishReason, finish } from "./finish";
export {
  type Pending,
  passkeyToMake,
  pendingPhone,
  phoneAllowance,
  type SetupView,
  setupView,
} from "./pages";
export {
  addPath,
  mayMakePasskey,
  mayVisit,
  methodsPath,
  nextPath,
  nextStep,
  passkeyPath,
  placeOf,
  type StepName,
  settingsPath,
  steps,
} from "./rules";
export {
  type EnrolKind,
  type Grant,
  hideCodes,
  type Owner,
  type Shown,
  setupFacts,
  showCodes,
  shownCodes,
  shownCodesIn,
} from "./standing";
export {
  dropEnrolments,
  dropUnfinished,
  keepRetiringLast,
  listMethodRows,
} from "./store";
