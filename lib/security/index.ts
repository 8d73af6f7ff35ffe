export {
  askFirst,
  forgetAllDevices,
  forgetDevice,
  makeNewCodes,
  removeMethod,
  securityOverview,
  turnOff,
} from "./flow";
export { type RemovalReason, removal } from "./rules";
export { readOverview, type SecurityOverview, type TrustedDevice } from "./store";
