export {
  askFirst,
  forgetAllDevices,
  forgetDevice,
  makeNewCodes,
  removeMethod,
  type SaveReason,
  saveCodes,
  securityOverview,
  turnOff,
} from "./flow";
export { type RemovalReason, removal } from "./rules";
export { readOverview, type SecurityOverview, type TrustedDevice } from "./store";
