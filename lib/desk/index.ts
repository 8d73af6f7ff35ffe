export { type DeskTerminal, deskExit, runDesk } from "./command";
export {
  type AtDesk,
  addAgent,
  agentsAtDesk,
  approve,
  askAtDesk,
  carryOut,
  enterDesk,
  findAtDesk,
  leaveDesk,
  listRequests,
  lockoutAtDesk,
  readDesk,
  refuseRequest,
  removeAgent,
  request,
  timelineAtDesk,
} from "./flow";
export {
  beginByPass,
  confirmByPass,
  openPass,
  type PassReason,
  type PassView,
  resendByPass,
  viewPass,
} from "./pass";
export { dropAgent } from "./store";
