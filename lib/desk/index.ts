export { addAgent, agentsAtDesk, askToAddAgent, removeAgent } from "./agents";
export { runDesk } from "./command";
export type { DeskTerminal } from "./commands";
export { deskExit } from "./ending";
export {
  approve,
  askToApprove,
  askToCarryOut,
  carryOut,
  listRequests,
  refuseRequest,
  request,
} from "./flow";
export { findAtDesk, lockoutAtDesk, timelineAtDesk } from "./looks";
export {
  beginByPass,
  confirmByPass,
  openPass,
  type PassReason,
  type PassView,
  resendByPass,
  viewPass,
} from "./pass";
export { giveStep } from "./steps";
export { type AtDesk, askAtDesk, enterDesk, leaveDesk, readDesk } from "./way-in";
