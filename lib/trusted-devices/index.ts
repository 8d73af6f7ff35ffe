export { type DeviceRow, endAllTrust, endTrust, listTrustedDevices } from "./store";
