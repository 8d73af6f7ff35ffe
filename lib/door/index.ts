export { openBuild } from "./build";
export { type Door, makeDoor } from "./door";
export type { BuiltFiles } from "./files";
export { securityHeaders } from "./rules";
