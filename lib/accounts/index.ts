export { BusyError, hashPassword, isHashOutdated, isPassword } from "./passwords";
export { emailKey } from "./rules";
