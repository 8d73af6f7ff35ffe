export { openBuild } from "./build";
export { makeDoor } from "./door";
export { securityHeaders } from "./rules";
