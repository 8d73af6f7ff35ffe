/** What Linux tells of a process under /proc: processor time, memory, children. */
import fs from "node:fs";

const TICK_MS = 10; // USER_HZ is 100 on every Linux that Node runs on

interface Stat {
  parent: number;
  /** Of the process with all its threads, those that have ended too. */
  ownMs: number;
  /** Of its children that have ended. */
  endedChildrenMs: number;
}

function stat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it ended meanwhile
  }
  // The name in brackets may hold blanks; the fields after it are counted from "state", number 3 of proc(5).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  return {
    parent: field(4),
    ownMs: (field(14) + field(15)) * TICK_MS,
    endedChildrenMs: (field(16) + field(17)) * TICK_MS,
  };
}

/** A process and everything it has started that still lives. */
function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of fs.readdirSync("/proc")) {
    const pid = Number(entry);
    const parent = Number.isInteger(pid) ? stat(pid)?.parent : undefined;
    if (parent !== undefined) parents.set(pid, parent);
  }
  const tree = [root];
  for (const member of tree) for (const [pid, parent] of parents) if (parent === member) tree.push(pid);
  return tree;
}

/** Processor time in milliseconds that a process has used, with all its threads. */
export const cpuMs = (pid: number): number => stat(pid)?.ownMs ?? 0;

/** Processor time of a process and its children, the ended ones too: what a PostgreSQL server has used in all. */
export function treeCpuMs(root: number): number {
  const ended = stat(root)?.endedChildrenMs ?? 0;
  return treeOf(root).reduce((sum, pid) => sum + cpuMs(pid), ended);
}

const kiB = (file: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(fs.readFileSync(file, "utf8"))?.[1] ?? Number.NaN);

/** Resident memory of a process in MB (10^6 bytes): every page it has in memory, shared ones too. */
export const residentMB = (pid: number): number => (kiB(`/proc/${pid}/status`, "VmRSS") * 1024) / 1e6;

/**
 * Memory of a process tree in MB as proportional set size: a page that several share counts once in the sum. Adding up
 * resident sizes would count PostgreSQL's shared memory once for each of its processes.
 */
export function proportionalMB(root: number): number {
  let sum = 0;
  for (const pid of treeOf(root)) {
    try {
      sum += kiB(`/proc/${pid}/smaps_rollup`, "Pss");
    } catch {
      // it ended meanwhile
    }
  }
  return (sum * 1024) / 1e6;
}
