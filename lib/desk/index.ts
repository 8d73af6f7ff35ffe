export { runDesk } from "./command";
export type { DeskTerminal } from "./commands";
export { deskExit } from "./ending";
export {
  beginByPass,
  confirmByPass,
  openPass,
  type PassReason,
  type PassView,
  resendByPass,
  viewPass,
} from "./pass";
