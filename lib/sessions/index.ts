export { endOtherSessions, endSession, endSessionOfEvent } from "./flow";
export { isSessionLive, isTouchDue, sightOf } from "./rules";
export {
  type Admission,
  deleteSession,
  deleteSessionByToken,
  deleteSessions,
  findSession,
  hasSession,
  type LockedAccount,
  listSessions,
  lockAccount,
  lockAccountIfThere,
  lockAccounts,
  rotateSession,
  type SessionRow,
  type Touch,
  touchSession,
} from "./store";
export { holdSession, leadThrownOut, SessionEndedError } from "./thrown-out";
