export { openBuild } from "./build";
export { makeDoor } from "./door";
export type { Post, Posts } from "./posts";
export { securityHeaders } from "./rules";
