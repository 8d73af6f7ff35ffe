import "server-only";

export { changeCookies, clearCookie, readCookie, writeCookie } from "./cookies";
export { endOfSignIn } from "./end-of-sign-in";
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
