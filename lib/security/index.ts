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
export { readOverview, readProof, type SecurityOverview, type TrustedDevice } from "./store";
