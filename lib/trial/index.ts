export {
  type MethodTrial,
  sendTrialCode,
  startCodesTrial,
  type TrialReason,
  type TrialUse,
  tryCodes,
  tryMethod,
  viewCodesTrial,
  viewMethodTrial,
} from "./flow";
export { isTrialDue } from "./rules";
