export { EmbeddedDatabaseError } from "./error";
export { type EmbeddedDatabase, startEmbeddedDatabase } from "./start";
