import { readdirSync } from "node:fs";
import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { lowerHashThreads } from "./hash-threads";

const hasThreadPriorities = process.platform === "linux";

test.runIf(hasThreadPriorities)(
  "the threads that hash step back, and the one that answers does not",
  async () => {
    const mine = getPriority(process.pid);
    const count = await lowerHashThreads();
    expect(count).toBeGreaterThan(0);
    expect(getPriority(process.pid)).toBe(mine);
    const lowered = readdirSync("/proc/self/task").filter((thread) => getPriority(Number(thread)) > mine);
    expect(lowered.length).toBeGreaterThanOrEqual(count);
  },
);
