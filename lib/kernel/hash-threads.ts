import { pbkdf2 } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { promisify } from "node:util";

/** Node's own default for the pool that runs what would block (libuv, UV_THREADPOOL_SIZE). */
const POOL = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
/** As newer versions of libuv call their threads; those of Node 20 have no name of their own. */
const NAME = "libuv-worker";
/** Nanoseconds of work that tell a thread of the pool from one that did nothing meanwhile. */
const WORKED = 3_000_000;
/** About 10 ms of work, without the memory that a real hash would leave behind. */
const ITERATIONS = 15_000;
/** Rounds of hashes: on a busy machine one thread takes two of a round, and another none. */
const ROUNDS = 8;

const read = (thread: number, file: string): string =>
  readFileSync(`/proc/self/task/${thread}/${file}`, "utf8").trim();

const threads = (): number[] =>
  readdirSync("/proc/self/task")
    .map(Number)
    .filter((thread) => thread !== process.pid);

/** Nanoseconds of processor time by thread. */
const work = (): Map<number, number> =>
  new Map(threads().map((thread) => [thread, Number(read(thread, "schedstat").split(" ", 1)[0])]));

/** The threads that work when passwords are hashed, at most as many as the pool has. */
async function hashThreads(): Promise<number[]> {
  const hash = promisify(pbkdf2);
  const worked = new Set<number>();
  for (let round = 0; round < ROUNDS && worked.size < POOL; round += 1) {
    const before = work();
    await Promise.all(Array.from({ length: POOL }, () => hash("", "", ITERATIONS, 32, "sha512")));
    const named = threads().filter((thread) => read(thread, "comm") === NAME);
    if (named.length > 0) return named;
    for (const [thread, spent] of work()) if (spent - (before.get(thread) ?? 0) >= WORKED) worked.add(thread);
  }
  // V8's own, which may have had work meanwhile and must not wait, are older: they are there before any hash can be.
  return [...worked].sort((left, right) => left - right).slice(-POOL);
}

/**
 * Gives the threads that hash passwords a lower priority than the one that answers. The gain: on a core that both want, the
 * thread that answers goes first, where it would else get half, so that a storm of sign-ins on few cores leaves signed-in
 * people untouched (docs/decisions/0022); a core that is free hashes as fast as before. The cost: at the start, once,
 * `ROUNDS` rounds of some 10 ms at most. Linux only, where a thread has a priority of its own. Returns those that were found;
 * where that does not work out the gain is lost and nothing else, so nobody is told.
 */
export async function lowerHashThreads(): Promise<number[]> {
  if (process.platform !== "linux") return [];
  try {
    const found = await hashThreads();
    for (const thread of found) setPriority(thread, constants.priority.PRIORITY_LOW);
    return found;
  } catch {
    return []; // a system that shows no threads, or lets nobody lower them
  }
}
