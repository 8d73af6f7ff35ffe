import "server-only";

export { clearCookie, cookieName, readCookie, writeCookie } from "./cookies";
export {
  admit,
  currentSession,
  dismiss,
  peekSession,
  requireFreshProof,
  requireSession,
  returnPath,
  takeAskedFor,
} from "./guards";
export { requireFreshProofKeeping, typedBefore } from "./typed";
export { languages, postVisit, visit } from "./visit";
