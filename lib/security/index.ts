export {
  askFirst,
  enrolledOf,
  forgetAllDevices,
  forgetDevice,
  makeNewCodes,
  moveUp,
  type NameReason,
  nameMethod,
  proveAnother,
  removeMethod,
  type SaveReason,
  saveCodes,
  securityOverview,
  turnOff,
} from "./flow";
export { type RemovalReason, removal } from "./rules";
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
