export { endOtherSessions, endSession, endSessionOfEvent } from "./flow";
export { isSessionLive, isTouchDue } from "./rules";
export {
  deleteSessionByToken,
  deleteSessions,
  findSession,
  listSessions,
  rotateSession,
  type SessionRow,
  touchSession,
} from "./store";
