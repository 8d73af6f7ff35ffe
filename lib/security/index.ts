export {
  askFirst,
  enrolledOf,
  forgetAllDevices,
  forgetDevice,
  makeNewCodes,
  moveMethod,
  type NameReason,
  nameMethod,
  proveAnother,
  removeMethod,
  type SaveReason,
  saveCodes,
  securityOverview,
  turnOff,
} from "./flow";
export { type Direction, type RemovalReason, removal } from "./rules";
export {
  countCodesLeft,
  dropProof,
  findProof,
  forgetLastUsed,
  readOverview,
  readProof,
  type SecurityOverview,
  type SuspendedMethod,
  type TrustedDevice,
  writeOrder,
} from "./store";
