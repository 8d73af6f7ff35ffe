export type { CodePurpose } from "@/lib/delivery";
export { isSwitchedOff, mayNotSendTo } from "./countries";
export { allowanceOf, type CodeBinding, isCode, repeatByCall, type SendReason, sendCode } from "./flow";
export { type Allowance, isLive, plainDigits, readBase32 } from "./rules";
export { listCodes, newestSentCode, type SentCode } from "./store";
