/** Messages: how soon the code page follows the provider, how fast alerts leave, what a long queue costs a sign-in. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Client } from "pg";
import { sealMessage } from "@/lib/delivery";
import { after, days } from "@/lib/kernel/durations";
import { type Figure, mean, median, percentile } from "./figures";
import type { Loader } from "./loader";
import { makePeople, PASSWORD, type Person } from "./people";
import { makeDataDir, type Site, startSite, withDatabase } from "./site";
import { readForms, toCodePage, type Visitor } from "./visitor";

const PROVIDER_MS = 150;
const CODES = 40; // under the day's budget of one prefix, which everybody's number here shares
const ALERTS_A_SECOND = 200;
const QUEUED = 100_000;

type Bench = {
  readonly folder: string;
  readonly load: Loader;
  /** Scales a count down where the bench itself is tried. */
  readonly few: (count: number) => number;
  readonly say: (line: string) => void;
};

/** A gateway that takes everything after a moment, and notes when it answered last. */
async function startGateway(): Promise<{ url: string; answeredAt: () => number; stop: () => void }> {
  let answeredAt = Number.NaN;
  const server = http.createServer((request, response) => {
    request.resume();
    setTimeout(() => {
      answeredAt = performance.now();
      response.end("{}");
    }, PROVIDER_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, answeredAt: () => answeredAt, stop: () => server.close() };
}

/** From the moment at which the provider has answered to the last byte of the page with the code form. */
async function measureCodePage({ folder, few }: Bench): Promise<Figure> {
  const gateway = await startGateway();
  const site = await startSite(folder, makeDataDir(), {
    env: { SMS_PROVIDER: "http", HTTP_TEXT_URL: gateway.url },
  });
  const warmUp = 5;
  const people = await withDatabase(site, async (client) => {
    const made = await makePeople(client, few(CODES) + warmUp);
    // By text first.
    await client.query(`UPDATE "Method" SET "position" = 1 - "position" WHERE "accountId" = ANY($1)`, [
      made.map(({ id }) => id),
    ]);
    return made;
  });
  const agent = new http.Agent({ keepAlive: true });
  const waits: number[] = [];
  let forms: Awaited<ReturnType<typeof readForms>> | undefined;
  for (const [place, { email, secret }] of people.entries()) {
    const visitor: Visitor = { port: site.port, agent, address: `198.18.200.${place + 1}` };
    const credentials = { email, secret, password: PASSWORD };
    if (forms === undefined) {
      forms = await readForms(visitor, credentials);
      continue;
    }
    const from = performance.now();
    await toCodePage(visitor, credentials, forms.password);
    if (!(gateway.answeredAt() > from)) throw new Error("no code went through the gateway");
    if (place >= warmUp) waits.push(performance.now() - gateway.answeredAt());
  }
  agent.destroy();
  await site.stop();
  gateway.stop();
  const worst = percentile(waits, 0.95);
  return {
    figure: "the code page after the provider's answer, p95",
    wanted: "< 100 ms",
    measured: `${worst.toFixed(0)} ms (p50 ${median(waits).toFixed(0)} ms, ${waits.length} codes)`,
    isReached: worst < 100,
  };
}

/** Puts alerts into the queue as their changes would, each to somebody else, due at `dueAt`. */
async function queueAlerts(client: Client, count: number, dueAt: Date): Promise<void> {
  const now = new Date();
  const atOnce = 2_000;
  for (let done = 0; done < count; done += atOnce) {
    const rows = Array.from({ length: Math.min(atOnce, count - done) }, (_none, place) =>
      sealMessage({
        accountId: null,
        channel: "email",
        purpose: "alert",
        to: `alert-${done + place}@example.com`,
        subject: "Your password at Latchkey was changed",
        body: "The password of your account at Latchkey was changed. Other browsers were signed out.",
        now,
        expiresAt: after(now, days(4)),
      }),
    );
    await client.query(
      `INSERT INTO "Message" ("id", "channel", "purpose", "content", "recipient", "state", "createdAt", "nextTryAt", "expiresAt")
       SELECT id, 'email', 'alert', content, recipient, 'queued', $4, $5, $6
       FROM unnest($1::uuid[], $2::text[], $3::text[]) AS m(id, content, recipient)`,
      [
        rows.map(({ id }) => id),
        rows.map(({ content }) => content),
        rows.map(({ recipient }) => recipient),
        now,
        dueAt,
        after(now, days(4)),
      ],
    );
  }
}

/** How many alerts a second one instance hands to the outbox, which takes each at once with one line in a file. */
async function measureDrain({ folder, few }: Bench): Promise<Figure> {
  const site = await startSite(folder, makeDataDir());
  const count = few(6_000);
  const { rate, cpu } = await withDatabase(site, async (client) => {
    await queueAlerts(client, count, after(new Date(), days(1)));
    await client.query("VACUUM (ANALYZE)");
    const cpuFrom = site.cpuMs();
    await client.query(`UPDATE "Message" SET "nextTryAt" = now()`);
    for (;;) {
      const { rows } = await client.query<{ left: number; seconds: number }>(
        `SELECT count(*) FILTER (WHERE "state" = 'queued')::int AS left,
                extract(epoch FROM max("handedOverAt") - min("handedOverAt"))::float8 AS seconds FROM "Message"`,
      );
      const [row] = rows;
      if (row?.left === 0) return { rate: count / row.seconds, cpu: (site.cpuMs() - cpuFrom) / count };
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  });
  await site.stop();
  return {
    figure: "alerts a second that one instance hands to a provider that takes each at once",
    wanted: `>= ${ALERTS_A_SECOND}`,
    measured: `${rate.toFixed(0)} (${count} alerts; ${cpu.toFixed(1)} ms of processor time each)`,
    isReached: rate >= ALERTS_A_SECOND,
  };
}

/** Sign-ins beside a long queue whose mail server is down, to the same beside none. */
async function measureQueue({ folder, load, few }: Bench): Promise<Figure> {
  const rounds = 6;
  const count = few(120);
  const env = { EMAIL_PROVIDER: "http", HTTP_EMAIL_URL: "http://127.0.0.1:9/" }; // nobody listens at "discard"
  const sides: { site: Site; people: Person[]; costs: number[] }[] = [];
  for (const queued of [0, few(QUEUED)]) {
    const site = await startSite(folder, makeDataDir(), { env });
    const people = await withDatabase(site, async (client) => {
      const made = await makePeople(client, (rounds + 1) * count);
      await queueAlerts(client, queued, new Date());
      await client.query("VACUUM (ANALYZE)");
      return made;
    });
    sides.push({ site, people, costs: [] });
  }
  const cost = async ({ site, people }: (typeof sides)[number]) => {
    const some = people.splice(0, count);
    const from = site.cpuMs();
    await load.run({
      kind: "sign-ins",
      port: site.port,
      people: some.map(({ email, secret }) => ({ email, secret, password: PASSWORD })),
      inFlight: 2,
      withPage: true,
    });
    return (site.cpuMs() - from) / count;
  };
  for (const side of sides) await cost(side);
  for (let round = 0; round < rounds; round += 1)
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) side.costs.push(await cost(side));
  for (const { site } of sides) await site.stop();
  const [none = Number.NaN, many = Number.NaN] = sides.map(({ costs }) => mean(costs));
  return {
    figure: "sign-in, CPU of site and database with 100,000 queued messages to none",
    wanted: "<= 1.10",
    measured: `${(many / none).toFixed(2)} (${many.toFixed(1)} to ${none.toFixed(1)} ms)`,
    isReached: many / none <= 1.1,
  };
}

/** The figures of messages, one after the other, each on sites of its own. */
export async function measureDelivery(bench: Bench): Promise<Figure[]> {
  bench.say("  the code page…");
  const figures = [await measureCodePage(bench)];
  bench.say("  alerts…");
  figures.push(await measureDrain(bench));
  bench.say("  a long queue…");
  figures.push(await measureQueue(bench));
  return figures;
}
