import { pbkdf2 } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { promisify } from "node:util";

/** Node's own default for the pool that runs what would block (libuv, UV_THREADPOOL_SIZE). */
const POOL = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
/** Nanoseconds of work that tell a thread of the pool from one that did nothing meanwhile. */
const WORKED = 3_000_000;
/** About 10 ms of work, without the memory that a real hash would leave behind. */
const ITERATIONS = 15_000;

function workOfThreads(): Map<number, number> {
  const work = new Map<number, number>();
  for (const thread of readdirSync("/proc/self/task")) {
    const spent = readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ", 1)[0];
    work.set(Number(thread), Number(spent));
  }
  return work;
}

/**
 * Gives the threads that hash passwords a lower priority than the one that answers, so that a storm of sign-ins on few
 * cores leaves signed-in people untouched; a core that is free hashes as fast as before. Linux only, where a thread has
 * a priority of its own: the threads are known by the work they did for a hash. Returns how many were found; anything
 * that does not work out leaves everything as it was.
 */
export async function lowerHashThreads(): Promise<number> {
  if (process.platform !== "linux") return 0;
  try {
    const before = workOfThreads();
    const hash = promisify(pbkdf2);
    await Promise.all(Array.from({ length: POOL }, () => hash("", "", ITERATIONS, 32, "sha512")));
    let count = 0;
    for (const [thread, spent] of workOfThreads()) {
      if (thread === process.pid || spent - (before.get(thread) ?? 0) < WORKED) continue;
      setPriority(thread, constants.priority.PRIORITY_LOW);
      count += 1;
    }
    return count;
  } catch {
    return 0;
  }
}
