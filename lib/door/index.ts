export { openBuild } from "./build";
export { makeDoor } from "./door";
export type { Posts } from "./posts";
export { securityHeaders } from "./rules";
