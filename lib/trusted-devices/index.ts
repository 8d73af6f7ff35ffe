export { trustBrowser } from "./flow";
export { cookieWith, tokensInCookie } from "./rules";
export { type DeviceRow, endAllTrust, endTrust, listTrustedDevices } from "./store";
