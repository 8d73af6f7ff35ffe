/** The near end of load.ts. */
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import type { Span } from "./figures";
import type { Job, Report } from "./load";

export interface Loader {
  pid: number;
  /** Hands a job over and waits for its report. Rejects when any request of it did not end as it should. */
  run(job: Job): Promise<Span[]>;
  stop(): void;
}

/** Starts a process for load; `number` sets its client addresses apart from another's. */
export function startLoader(number: 1 | 2): Loader {
  const child: ChildProcess = fork(path.join(import.meta.dirname, "load.ts"), {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, BENCH_LOAD: String(number), UV_THREADPOOL_SIZE: "4" },
  });
  return {
    pid: child.pid ?? 0,
    run: (job) =>
      new Promise((resolve, reject) => {
        const gone = () => reject(new Error("the load process ended"));
        child.once("exit", gone);
        child.once("message", (report: Report) => {
          child.off("exit", gone);
          if ("error" in report) reject(new Error(`${job.kind}: ${report.error}`));
          else resolve(report.spans);
        });
        child.send(job);
      }),
    stop: () => child.disconnect(),
  };
}
