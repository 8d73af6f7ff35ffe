export { isProofFresh, isSessionLive, isTouchDue } from "./rules";
export {
  deleteSessionByToken,
  deleteSessions,
  findSession,
  listSessions,
  type SessionRow,
  touchSession,
} from "./store";
