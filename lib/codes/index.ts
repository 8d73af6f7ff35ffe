export { type CodeBinding, isCode, sendCode } from "./flow";
export { isLive, plainDigits } from "./rules";
export { type CodeRow, listCodes } from "./store";
