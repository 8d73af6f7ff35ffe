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
  saveCodes,
  securityOverview,
  turnOff,
  viewRemoval,
} from "./flow";
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
