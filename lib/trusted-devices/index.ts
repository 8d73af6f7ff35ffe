export { trustBrowser } from "./flow";
export { cookieWith, tokensInCookie } from "./rules";
export { type DeviceRow, endAllTrust, endCopiedTrust, endTrust, listTrustedDevices } from "./store";
export { type PresentedTokens, presentedFor, presentedTokens, successorOf } from "./tokens";
