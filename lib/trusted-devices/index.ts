export { trustBrowser } from "./flow";
export { cookieWith, tokensInCookie } from "./rules";
export { endAllTrust, endCopiedTrust, endTrust, listTrustedDevices, type TrustedDevice } from "./store";
export { type PresentedTokens, presentedFor, presentedTokens, successorOf } from "./tokens";
