export { type BeginSetupReason, beginSetup, callInSetup, type ResendReason, sendAnother } from "./begin";
export { addPasskeyOfBrowser, passkeyOffer } from "./by-browser";
export { type ConfirmReason, confirm, confirmByGrant, confirmReplacement, methodEventFacts } from "./confirm";
export { finish } from "./finish";
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
  passkeyPath,
  placeOf,
  settingsPath,
  steps,
} from "./rules";
export {
  type EnrolKind,
  type Grant,
  hideCodes,
  type Owner,
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
