/** What goes along with a piece of work and all that it sets going, instead of being an argument of everything. */
import type { AsyncLocalStorage } from "node:async_hooks";

/**
 * A value that is carried under this name. One for the process: files of ours are in the door's bundle and in several of the
 * framework's, and in modules of the browser, which never carry anything and know no module of Node.
 */
export function carried<Value>(name: string): () => AsyncLocalStorage<Value> {
  const key = Symbol.for(`latchkey.${name}`);
  const shared = globalThis as { [key]?: AsyncLocalStorage<Value> };
  return () => {
    shared[key] ??= new (process.getBuiltinModule("node:async_hooks").AsyncLocalStorage)<Value>();
    return shared[key];
  };
}
