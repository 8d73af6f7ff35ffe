export { openBuild } from "./build";
export { type Door, makeDoor } from "./door";
export { securityHeaders } from "./rules";
