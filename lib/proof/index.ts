export { alert, alertMail, securityChange, type TrustEndReason } from "./change";
