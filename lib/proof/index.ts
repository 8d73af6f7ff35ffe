export { alert, securityChange, type TrustEndReason } from "./change";
