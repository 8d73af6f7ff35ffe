import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { generateSync } from "otplib";
import { asSomebodyElse, db, inTransaction, type Transaction } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { lockAccount } from "@/lib/sessions";
import { beginSetup, confirm, finish, type Owner, setupView } from ".";

/** Somebody for the flow tests: an account with one signed-in browser, without a second step. */
export type TestPerson = Owner & { readonly twoStepOnAt: Date | null; readonly token: string };

/** Another browser of the account, signed in. */
export async function signIn(accountId: string, email: string): Promise<TestPerson> {
  const id = randomUUID();
  const token = randomToken();
  const now = new Date();
  await db().session.create({
    data: {
      id,
      accountId,
      tokenHash: hashToken(token),
      createdAt: now,
      lastSeenAt: now,
      provenAt: now,
      address: "192.0.2.1",
      browser: "",
    },
  });
  return { id, accountId, email, twoStepOnAt: null, token };
}

/** A session with the token that it has at this moment, as the guard of a request finds it. */
export async function asFound<Session extends { readonly id: string }>(
  session: Session,
): Promise<Session & { readonly tokenHash: string }> {
  const { tokenHash } = await db().session.findUniqueOrThrow({ where: { id: session.id } });
  return { ...session, tokenHash };
}

/** The row of an account that nobody signs in to. */
export const accountRow = (id: string, now: Date) => ({
  id,
  name: "",
  email: id,
  emailKey: id,
  passwordHash: "",
  passwordChangedAt: now,
  createdAt: now,
});

/** A new account with one signed-in browser. */
export async function newPerson(): Promise<TestPerson> {
  const accountId = randomUUID();
  const email = `${accountId}@example.com`;
  const now = new Date();
  await db().account.create({
    data: {
      id: accountId,
      name: "Ann",
      email,
      emailKey: email,
      passwordHash: "nobody",
      passwordChangedAt: now,
      createdAt: now,
    },
  });
  return signIn(accountId, email);
}

let visits = 0;

/** A visit from an address of its own, so that no test spends another one's budget. */
export const visitAt = (now: Date = new Date()): Visit => {
  visits += 1;
  return { now, address: `10.1.${visits >> 8}.${visits & 255}`, browser: "Firefox · Linux" };
};

let numbersGiven = 0;

/** A mobile number that no other test of this file uses. */
export const newNumber = (): string => {
  numbersGiven += 1;
  return `+4474${String(numbersGiven * 1009 + 10_000_000).slice(0, 8)}`;
};

/** The newest message to a number, from the outbox. */
export function newestText(to: string): string {
  const lines = readFileSync(outboxPath(), "utf8").trim().split("\n");
  const messages = lines.map((line) => JSON.parse(line) as { to: string; body: string; channel: string });
  return messages.filter((message) => message.to === to).at(-1)?.body ?? "";
}

/** The newest code that was sent to a number, from the outbox. */
export function newestCode(to: string): string {
  const body = newestText(to);
  return /\d{6}/.exec(body)?.[0] ?? body.match(/(?:\d, ){5}\d/)?.[0].replaceAll(", ", "") ?? "";
}

/** The code that the app of a pending enrolment shows. */
export async function pendingAppCode(person: Owner, now = new Date()): Promise<string> {
  const { app } = await setupView(person, now);
  if (app?.method.kind !== "app") throw new Error("no app is being set up");
  return generateSync({ secret: app.method.data.secret, epoch: Math.floor(now.getTime() / 1000) });
}

/** Sets up a phone. */
export async function addPhone(person: Owner, number = newNumber()): Promise<string> {
  const begun = await beginSetup("phone", { number, country: "GB", channel: "text" }, person, visitAt());
  if (!begun.ok) throw new Error(begun.reason);
  const confirmed = await confirm("phone", newestCode(number), person, visitAt());
  if (!confirmed.ok) throw new Error(confirmed.reason);
  return number;
}

/** Sets up an app. */
export async function addApp(person: Owner): Promise<void> {
  const begun = await beginSetup("app", {}, person, visitAt());
  if (!begun.ok) throw new Error(begun.reason);
  const confirmed = await confirm("app", await pendingAppCode(person), person, visitAt());
  if (!confirmed.ok) throw new Error(confirmed.reason);
}

/**
 * Begins each of `works` while another transaction holds what `hold` locks, and changes something in that transaction once
 * all of them wait, for it or for each other: so they overlap, whoever is faster.
 */
export async function whileHeld<T>(
  hold: (tx: Transaction) => Promise<unknown>,
  works: readonly (() => Promise<T>)[],
  meanwhile: (tx: Transaction) => Promise<unknown> = async () => {},
): Promise<T[]> {
  const begun = await inTransaction(async (tx) => {
    await hold(tx);
    const pending = works.map((work) => asSomebodyElse(work));
    // They may end before the caller, who waits for this transaction first, looks at how.
    for (const work of pending) work.catch(() => {});
    for (let turn = 0; turn < 500; turn += 1) {
      // Of the locks, and not of the connections, whose list stays in a transaction what it was at first.
      const waiting = await tx.$queryRaw<unknown[]>`
        WITH RECURSIVE asking AS (SELECT DISTINCT "pid" FROM pg_locks WHERE NOT "granted"),
          waiting AS (
            SELECT pg_backend_pid() AS "pid"
            UNION SELECT a."pid" FROM asking a JOIN waiting w ON w."pid" = ANY (pg_blocking_pids(a."pid")))
        SELECT 1 FROM waiting WHERE "pid" <> pg_backend_pid()`;
      if (waiting.length >= works.length) {
        await meanwhile(tx);
        return { pending };
      }
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error("not all of them wait");
  });
  return Promise.all(begun.pending);
}

/**
 * Begins `work` while another transaction holds its account, and changes something in that transaction once `work` waits
 * for it: what happens between a read and its write.
 */
export async function whileAccountIsLocked<T>(
  { accountId }: { readonly accountId: string },
  work: () => Promise<T>,
  meanwhile: (tx: Transaction) => Promise<unknown>,
): Promise<T> {
  const [done] = await whileHeld((tx) => lockAccount(tx, accountId), [work], meanwhile);
  return done as T;
}

/** Does `work` while so many passwords wait to be hashed that no other is taken. */
export async function whileLineIsFull<T>(work: () => Promise<T>): Promise<T> {
  const shared = globalThis as { latchkeyHashing?: unknown };
  const before = shared.latchkeyHashing;
  const waiting = Array.from({ length: numbers.passwordHash.maxWaiting }, () => () => {});
  shared.latchkeyHashing = { running: Number.POSITIVE_INFINITY, waiting };
  try {
    return await work();
  } finally {
    shared.latchkeyHashing = before;
  }
}

/** Presses the last button. */
export const turnOnFor = (person: TestPerson, isTrustAsked = false) =>
  finish({ owner: person, isTrustAsked, deviceCookie: undefined }, visitAt());

/** Somebody with an app, a phone and Two-Step Verification on. */
export async function protectedPerson(): Promise<TestPerson> {
  const person = await newPerson();
  await addApp(person);
  await addPhone(person);
  const on = await turnOnFor(person);
  if (!on.ok) throw new Error(on.reason);
  return { ...person, token: on.value.admission.sessionToken, twoStepOnAt: new Date() };
}
