export {
  type CodesTrial,
  type MethodTrial,
  sendTrialCode,
  startCodesTrial,
  type TrialReason,
  tryCodes,
  tryMethod,
  viewCodesTrial,
  viewMethodTrial,
} from "./flow";
export { isTrialDue } from "./rules";
