export { endOtherSessions, endSession, endSessionOfEvent } from "./flow";
export { isSeenElsewhere, isSessionLive, isTouchDue } from "./rules";
export {
  deleteSession,
  deleteSessionByToken,
  deleteSessions,
  findSession,
  listSessions,
  rotateSession,
  type SessionRow,
  touchSession,
} from "./store";
