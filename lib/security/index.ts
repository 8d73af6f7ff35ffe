export { makeNewCodes, saveCodes } from "./codes";
export { forgetAllDevices, forgetDevice } from "./devices";
export { enrolledOf } from "./enrolled";
export { securityOverview, turnOff } from "./flow";
export { type NameReason, nameMethod } from "./naming";
export { askFirst, moveUp } from "./order";
export { proveAnother, removeMethod, viewRemoval } from "./removal";
export type { RemovalReason } from "./rules";
export {
  countCodesLeft,
  dropProof,
  findProof,
  forgetLastUsed,
  listDisabled,
  readOverview,
  readProof,
  type SecurityOverview,
  type SuspendedMethod,
  writeOrder,
} from "./store";
