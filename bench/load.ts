/** The process that makes the load, apart from the one that measures: one job at a time, by messages of its parent. */
import http from "node:http";
import { verify } from "@node-rs/argon2";
import type { Span } from "./figures";
import { type Credentials, open, readForms, signIn, type Visitor } from "./visitor";

/** As many sign-ins as there are people, `inFlight` at a time, each from an address of its own. */
export interface SignInJob {
  kind: "sign-ins";
  port: number;
  people: Credentials[];
  inFlight: number;
  withPage: boolean;
}
/** Signed-in pages: one after the other, or (with `everyMs`) at fixed moments whatever the answers take. */
export interface PageJob {
  kind: "pages";
  port: number;
  path: string;
  sessions: string[];
  count: number;
  everyMs?: number;
}
/** Bare Argon2id, `inFlight` at a time. */
export interface HashJob {
  kind: "hashes";
  hash: string;
  password: string;
  inFlight: number;
  seconds: number;
}
export type Job = SignInJob | PageJob | HashJob;
export type Report = { spans: Span[] } | { error: string };

let addresses = 0;

/** Another address each time, out of a network that is nobody's (RFC 2544). */
function freshAddress(): string {
  addresses += 1;
  const half = process.env.BENCH_LOAD === "2" ? 19 : 18;
  return `198.${half}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

const timed = async (work: () => Promise<unknown>): Promise<Span> => {
  const from = performance.timeOrigin + performance.now();
  await work();
  return { from, to: performance.timeOrigin + performance.now() };
};

/** Runs `work` with each item, `inFlight` at a time. */
async function each<T>(
  items: Iterable<T>,
  inFlight: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const one = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}

const forms = new Map<number, Awaited<ReturnType<typeof readForms>>>();

async function signIns({ port, people, inFlight, withPage }: SignInJob): Promise<Span[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
  const visitor = (): Visitor => ({ port, agent, address: freshAddress() });
  const [first] = people;
  let hidden = forms.get(port);
  if (hidden === undefined && first) {
    hidden = await readForms(visitor(), first);
    forms.set(port, hidden);
  }
  const known = hidden ?? { password: [], code: [] };
  const spans: Span[] = [];
  await each(people, inFlight, async (person) => {
    spans.push(await timed(() => signIn(visitor(), person, known, withPage)));
  });
  agent.destroy();
  return spans;
}

async function pages({ port, path, sessions, count, everyMs }: PageJob): Promise<Span[]> {
  const agent = new http.Agent({ keepAlive: true });
  const visitor: Visitor = { port, agent, address: freshAddress() };
  const spans: Span[] = [];
  const one = async (place: number) => {
    const session = sessions[place % sessions.length] ?? "";
    spans.push(await timed(() => open(visitor, path, session)));
  };
  if (everyMs === undefined) for (let place = 0; place < count; place += 1) await one(place);
  else {
    const begin = performance.now();
    const under: Promise<void>[] = [];
    for (let place = 0; place < count; place += 1) {
      const wait = begin + place * everyMs - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      under.push(one(place));
    }
    await Promise.all(under);
  }
  agent.destroy();
  return spans;
}

async function hashes({ hash, password, inFlight, seconds }: HashJob): Promise<Span[]> {
  const spans: Span[] = [];
  const end = performance.now() + seconds * 1000;
  function* turns() {
    while (performance.now() < end) yield undefined;
  }
  await each(turns(), inFlight, async () => {
    spans.push(
      await timed(async () => {
        if (!(await verify(hash, password))) throw new Error("the bare hash is wrong");
      }),
    );
  });
  return spans;
}

process.on("message", async (job: Job) => {
  let report: Report;
  try {
    const spans =
      job.kind === "sign-ins"
        ? await signIns(job)
        : job.kind === "pages"
          ? await pages(job)
          : await hashes(job);
    report = { spans };
  } catch (error) {
    report = { error: String(error instanceof Error ? error.message : error) };
  }
  process.send?.(report);
});
process.on("disconnect", () => process.exit(0));
