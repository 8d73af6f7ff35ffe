import "server-only";

export { clearCookie, readCookie, writeCookie } from "./cookies";
export {
  admit,
  currentSession,
  dismiss,
  pageBefore,
  peekSession,
  requireFreshProofForAction,
  requireFreshProofForPage,
  requireSession,
  takeAskedFor,
  typedBefore,
  wantedTask,
} from "./guards";
export { languages, postVisit, visit } from "./visit";
