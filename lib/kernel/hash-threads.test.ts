import { readdirSync } from "node:fs";
import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { lowerHashThreads } from "./hash-threads";

const hasThreadPriorities = process.platform === "linux";

test.runIf(hasThreadPriorities)(
  "the threads that hash step back, at most the pool's, and the one that answers does not",
  async () => {
    const mine = getPriority(process.pid);
    const found = await lowerHashThreads();
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(Number(process.env.UV_THREADPOOL_SIZE ?? 4));
    const lowered = readdirSync("/proc/self/task")
      .map(Number)
      .filter((thread) => getPriority(thread) > mine);
    expect(lowered.sort()).toEqual([...found].sort());
    expect(getPriority(process.pid)).toBe(mine);
  },
);
