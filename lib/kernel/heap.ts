import { setFlagsFromString } from "node:v8";

/** Percent by which the heap may outgrow what was alive at the last full collection before the next one. */
const GROWTH = 30;
/** Bytes, roughly, that a function of WebAssembly runs before it is compiled a second time (V8's default: 1.8 million). */
const SECOND_COMPILATION_AFTER = 1_000_000_000;

/**
 * Two of V8's settings that are read whenever they are used, so that a running process can choose them; to be called
 * before anything large is done. A heap that may only grow by a third makes 265 MB under a storm of sign-ins of what were
 * 490, in the same processor time: most of it was rubbish that waited. And the database client's compiler of queries,
 * which is WebAssembly, is not optimised as a whole for what it does once at the start: that took 50 MB, which the
 * allocator never gave back.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  setFlagsFromString(`--wasm-tiering-budget=${SECOND_COMPILATION_AFTER}`);
}
