import "server-only";

export { clearCookie, cookieName, readCookie, writeCookie } from "./cookies";
export {
  admit,
  currentSession,
  dismiss,
  pageBefore,
  peekSession,
  requireFreshProof,
  requireSession,
  returnPath,
  takeAskedFor,
  typedBefore,
  wantedTask,
} from "./guards";
export { languages, postVisit, visit } from "./visit";
