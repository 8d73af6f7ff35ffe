/**
 * The start and the end of the site: settings, keys, database, the framework behind the door, the worker; and back.
 * `scripts/start.mjs` builds this file into build/server.mjs and runs it in its own process.
 */
import http from "node:http";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { posts } from "@/app/posts";
import { EmbeddedDatabaseError, startEmbeddedDatabase } from "@/lib/db/embedded";
import { isDatabaseGone, isDatabaseUp } from "@/lib/db/health";
import { MigrationError, migrate } from "@/lib/db/migrate";
import { closePool } from "@/lib/db/pool";
import { channelNames } from "@/lib/delivery/channels";
import { deliveryFigures } from "@/lib/delivery/figures";
import { handOverAllDue, tidyUp } from "@/lib/delivery/flow";
import { closeMailers } from "@/lib/delivery/providers/smtp";
import { makeDoor, openBuild, securityHeaders } from "@/lib/door";
import { runApart } from "@/lib/kernel/apart";
import { now } from "@/lib/kernel/clock";
import { type Settings, SettingsError, settings as settingsOfProcess } from "@/lib/kernel/config";
import { openDataDir } from "@/lib/kernel/data-dir";
import { lowerHashThreads } from "@/lib/kernel/hash-threads";
import { keepHeapSmall } from "@/lib/kernel/heap";
import { loadKeys } from "@/lib/kernel/keys";
import { log, takeConsole } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { type Round, startRounds } from "@/lib/kernel/rounds";
import { retireDue } from "@/lib/new-number";
import { lookAtNumbers } from "@/lib/number-health";
import { openPlaces } from "@/lib/places";
import { lookAtRecoveries } from "@/lib/recovery/notices/flow";
import { textAskedNumbers } from "@/lib/recovery/old-number/flow";
import { removeOverdue } from "@/lib/stolen";
import { sweep } from "@/lib/sweeps";
// @ts-expect-error plain JavaScript, because the start runs it before there are packages
import { portProblem } from "./scripts/port.mjs";

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 65_000; // longer than the 60 s of common proxies, so that the proxy is the one who hangs up
const DRAIN_MS = 10_000;
const DATABASE_WAIT_MS = 30_000;
const LEAVING_MS = 25_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The person at the keyboard can mend these; no stack would help. Anything else is a bug, and its stack does. */
function problemsOf(error: unknown): readonly string[] {
  if (error instanceof SettingsError) return error.problems;
  if (error instanceof EmbeddedDatabaseError || error instanceof MigrationError) return [error.message];
  if ((error as NodeJS.ErrnoException).syscall === "listen") {
    const problem = portProblem(error as NodeJS.ErrnoException, settingsOfProcess().port);
    if (problem !== undefined) return [problem];
  }
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

/** An outside database may come up later than the site, for instance after a reboot of both. */
async function waitForDatabase(url: string): Promise<void> {
  const giveUpAt = Date.now() + DATABASE_WAIT_MS;
  for (let turn = 0; ; turn += 1) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      const { code = "", message } = error as Error & { code?: string };
      const mayPass = /^(E[A-Z_]+|57P0\d|)$/.test(code) && code !== "ENOTFOUND";
      if (!mayPass || Date.now() > giveUpAt) {
        throw new SettingsError([
          `DATABASE_URL: the database does not let us in (${message || code}). Check the address, the name and the password, and that it runs.`,
        ]);
      }
      if (turn === 0) say("Waiting for the database…");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/** Whether anything of the site lies in DATA_DIR: its database, its keys, or what the outbox was handed. */
const keepsAnything = (settings: Settings): boolean =>
  settings.databaseUrl === undefined ||
  settings.secretKeys === undefined ||
  [...settings.smsProviders, ...settings.voiceProviders, ...settings.emailProviders].includes("outbox");

async function openDatabase(settings: Settings): Promise<() => Promise<void>> {
  let leave = async () => {};
  if (settings.databaseUrl === undefined) {
    const database = await startEmbeddedDatabase({ dataDir: settings.dataDir, say });
    process.env.DATABASE_URL = database.url;
    leave = () => database.stop();
  } else {
    process.env.DATABASE_URL = settings.databaseUrl;
    await waitForDatabase(settings.databaseUrl);
  }
  try {
    await migrate(process.env.DATABASE_URL, { say });
  } catch (error) {
    await leave();
    throw error;
  }
  return leave;
}

/** Node's own answers to what isn't HTTP (or is too long, or too slow) would lack the headers of every other answer. */
function answerBrokenRequest(settings: Settings): (error: Error & { code?: string }, socket: Socket) => void {
  const fixed = Object.entries({
    ...securityHeaders(new URL(settings.siteUrl)),
    "Cache-Control": "no-store",
    Connection: "close",
    "Content-Length": "0",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return (error, socket) => {
    const status =
      error.code === "HPE_HEADER_OVERFLOW"
        ? "431 Request Header Fields Too Large"
        : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
          ? "408 Request Timeout"
          : "400 Bad Request";
    if (socket.writable && error.code !== "ECONNRESET")
      socket.end(`HTTP/1.1 ${status}\r\n${fixed.join("")}\r\n`);
    else socket.destroy();
  };
}

/**
 * Listens where the site can be reached: on http only this machine can (SITE_URL is a loopback name then, and the
 * outbox shows codes to whoever asks); behind a proxy everywhere, or at LISTEN_ADDRESS.
 */
async function listen(settings: Settings, listener: http.RequestListener): Promise<http.Server[]> {
  if (settings.listenAddress !== undefined) {
    try {
      return [await listenOn(settings, listener, settings.listenAddress)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRNOTAVAIL") throw error;
      throw new SettingsError([
        `LISTEN_ADDRESS: this machine has no address ${settings.listenAddress}. Use one of its own, or remove it.`,
      ]);
    }
  }
  const hosts = settings.isProductionPosture ? ["::"] : ["127.0.0.1", "::1"];
  const servers: http.Server[] = [];
  for (const host of hosts) {
    try {
      servers.push(await listenOn(settings, listener, host));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const hasNoSuchFamily = code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
      if (hasNoSuchFamily && host === "::") servers.push(await listenOn(settings, listener, "0.0.0.0"));
      else if (!hasNoSuchFamily || host !== "::1") throw error;
    }
  }
  return servers;
}

async function listenOn(
  settings: Settings,
  listener: http.RequestListener,
  host: string,
): Promise<http.Server> {
  const server = http.createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 5_000,
      requireHostHeader: false, // the door asks for it (lib/door/rules.ts)
    },
    listener,
  );
  // Without a listener Node would answer 417 itself; the door takes "Expect" off.
  server.on("checkExpectation", listener);
  server.on("clientError", answerBrokenRequest(settings));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, host, resolve);
  });
  return server;
}

/** Stops accepting and lets what is under way finish, for at most ten seconds. */
async function drain(servers: http.Server[]): Promise<void> {
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const late = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, DRAIN_MS);
  await closed;
  clearTimeout(late);
}

/**
 * Settles the demonstration's people in a process of its own: making their passwords takes a hundred megabytes, which
 * the memory allocator would not give back while the site lives. Resolves with the lines to print.
 */
async function settlePeople(): Promise<string[]> {
  const { DATABASE_URL, ...env } = process.env;
  // Under its own name: with DATABASE_URL the settings would ask for SECRET_KEYS too.
  if (!settingsOfProcess().databaseUrl) env.EMBEDDED_DATABASE_URL = DATABASE_URL;
  else env.DATABASE_URL = DATABASE_URL;
  return runApart(fileURLToPath(new URL("./people.mjs", import.meta.url)), {
    env: env as NodeJS.ProcessEnv,
    say,
    what: "Looking after the people of the demonstration",
  });
}

/** What this process does beside answering. */
const rounds: readonly Round[] = [
  ...channelNames.map((channel) => ({
    name: `delivery by ${channel}`,
    every: numbers.delivery.pollEvery,
    run: (isStopping: () => boolean) => handOverAllDue(channel, isStopping),
  })),
  { name: "costs of messages", every: numbers.delivery.askCost.every, run: () => tidyUp() },
  { name: "recovery notices", every: numbers.recovery.lookEvery, run: lookAtRecoveries },
  { name: "old numbers of recoveries", every: numbers.recovery.lookEvery, run: textAskedNumbers },
  { name: "failing numbers", every: numbers.numberHealth.lookEvery, run: () => lookAtNumbers(now()) },
  { name: "retiring numbers", every: numbers.newNumber.lookEvery, run: () => retireDue(now()) },
  { name: "suspended methods", every: numbers.stolen.lookEvery, run: () => removeOverdue(now()) },
  { name: "sweeps", every: numbers.sweep.every, run: (isStopping) => sweep(now(), isStopping) },
];

/** What has been opened, in that order; leaving closes it in the other. */
const opened: (() => Promise<unknown>)[] = [];
let isLeaving = false;

/** Ends the process, with everything that was opened put away. Asked twice, it ends at once. */
async function leave(exitCode: number): Promise<void> {
  if (isLeaving) process.exit(1);
  isLeaving = true;
  setTimeout(() => process.exit(1), LEAVING_MS).unref();
  for (const close of opened.reverse())
    await close().catch((error) => log.warn({ err: error }, "while leaving"));
  process.exit(exitCode);
}

async function start(): Promise<void> {
  keepHeapSmall();
  takeConsole();
  // Read once for the whole process, before DATABASE_URL is set for the embedded database.
  const settings = settingsOfProcess();
  if (keepsAnything(settings)) openDataDir(settings.dataDir);
  loadKeys(settings, say);
  try {
    openPlaces(settings.geoDatabase);
  } catch (error) {
    throw new SettingsError([
      `GEO_DATABASE ${(error as Error).message}: ${settings.geoDatabase}. Give the path of a .mmdb file (GeoLite2 City, DB-IP City), or remove it.`,
    ]);
  }

  const database = openDatabase(settings);
  opened.push(async () => (await database.catch(() => undefined))?.());
  process.env.AUTH_URL = `${settings.siteUrl}/api/auth`;
  const { handle, files } = openBuild(process.cwd(), new URL(settings.siteUrl));
  const people = await database.then(settlePeople);
  opened.push(closePool);

  const door = makeDoor({
    settings,
    handle,
    posts,
    isDatabaseUp,
    isDatabaseGone,
    figures: () => deliveryFigures(now()),
    files,
    warn: (facts, message) => log.warn(facts, message),
  });
  const servers = await listen(settings, door.listener);
  void lowerHashThreads();
  opened.push(async () => closeMailers());
  const running = startRounds(rounds, (facts, message) => log.warn(facts, message));
  opened.push(() => running.stop());
  opened.push(() => {
    door.drain();
    return drain(servers);
  });

  if (isLeaving) return;
  for (const line of people) say(line);
  say("");
  say(`${settings.siteName} is ready: ${settings.siteUrl}   (Ctrl-C stops it)`);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!isLeaving) say("Stopping…");
    void leave(0);
  });
}

// What one request breaks is not everybody's end; without a listener it would be.
process.on("uncaughtException", (error) => log.error({ err: error }, "nobody caught it"));

start().catch((error: unknown) => {
  if (isLeaving) return; // what was being opened was closed under it
  for (const line of problemsOf(error)) process.stderr.write(`${line}\n`);
  void leave(1);
});
