/** The embedded database cannot run here; the message says why, and how to mend it. */
export class EmbeddedDatabaseError extends Error {
  override name = "EmbeddedDatabaseError";
}
