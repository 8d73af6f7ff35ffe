export { startCodesTrial, tryCodes, viewCodesTrial } from "./codes";
export {
  type MethodTrial,
  sendTrialCode,
  type TrialReason,
  type TrialUse,
  tryMethod,
  viewMethodTrial,
} from "./flow";
export { isTrialDue } from "./rules";
