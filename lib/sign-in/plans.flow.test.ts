/**
 * A plan lives as long as its connection. What is asked first on a new site is planned for nothing, and must still read
 * one account's rows alone when there are many: an EXISTS in a list of columns, in a CASE or beside an OR may be planned
 * as one look at the whole table, and a second condition that has an index of its own may be looked up by that one.
 */
import { randomUUID } from "node:crypto";
import { afterAll, expect, it } from "vitest";
import { makePerson, password } from "@/e2e/fixtures/people";
import { readEvent } from "@/lib/activity";
import { closePool, db, pool } from "@/lib/db";
import { after, hours } from "@/lib/kernel/durations";
import { hashToken, sealRowId } from "@/lib/kernel/secrets";
import { findSession } from "@/lib/sessions";
import { setupFacts } from "@/lib/setup";
import { accountRow, signIn } from "@/lib/setup/test-account";
import { begin } from ".";
import { admitWithSecondStep } from "./store/admissions";
import { spendChallenge } from "./store/passkeys";

const MANY = 2000;
const now = new Date();
const later = after(now, hours(1));
const visit = { now, address: "192.0.2.1", browser: "Firefox · Linux" };

type Asked = {
  readonly accountId: string;
  readonly sessionId: string;
  readonly email: string;
  readonly tokenHash: string;
};

/** Rows of a table, made of what each of them needs, for an account of somebody else. */
const many = <Row>(row: (place: number) => Row): Row[] =>
  Array.from({ length: MANY }, (_, place) => row(place));

const removalRow = (accountId: string) => ({
  id: randomUUID(),
  tokenHash: randomUUID(),
  accountId,
  kind: "",
  email: "",
  tries: 1,
  createdAt: now,
  expiresAt: later,
});

const fill = {
  Session: (accountId: string) =>
    db().session.createMany({
      data: many(() => ({
        id: randomUUID(),
        tokenHash: randomUUID(),
        accountId,
        createdAt: now,
        lastSeenAt: now,
        address: "",
        browser: "",
      })),
    }),
  Enrolment: async () => {
    const accounts = many(() => randomUUID());
    await db().account.createMany({
      data: accounts.map((id) => accountRow(id, now)),
    });
    await db().enrolment.createMany({
      data: accounts.map((accountId) => ({
        id: randomUUID(),
        accountId,
        sessionId: randomUUID(),
        kind: "phone",
        purpose: "",
        data: "",
        tries: 1,
        createdAt: now,
        expiresAt: later,
      })),
    });
  },
  Removal: (accountId: string) => db().removal.createMany({ data: many(() => removalRow(accountId)) }),
  Method: (accountId: string) =>
    db().method.createMany({
      data: many((position) => ({
        id: randomUUID(),
        accountId,
        kind: "passkey",
        data: "",
        position,
        createdAt: now,
      })),
    }),
  RecoveryCode: (accountId: string) =>
    db().recoveryCode.createMany({
      data: many((number) => ({ id: randomUUID(), accountId, number, lookup: "", hash: "", createdAt: now })),
    }),
  FormerAddress: (accountId: string) =>
    db().formerAddress.createMany({
      data: many(() => ({ id: randomUUID(), accountId, email: "", emailKey: "", toldUntil: later })),
    }),
} as const;

/** A passkey of the account that was removed, with the link that puts it back: its credential. */
async function removedPasskey({ accountId }: Asked): Promise<string> {
  const removal = removalRow(accountId);
  const credential = randomUUID();
  await db().removal.create({ data: removal });
  await db().method.create({
    data: {
      id: randomUUID(),
      accountId,
      kind: "passkey",
      data: "",
      credential,
      position: 7,
      createdAt: now,
      removedAt: now,
      removalId: removal.id,
    },
  });
  return credential;
}

let codesMade = 0;

/** A second step that is asked of the account, and a recovery code that answers it. */
async function answered({ accountId }: Asked) {
  const [attemptId, recoveryCodeId] = [randomUUID(), randomUUID()];
  await db().signInAttempt.create({
    data: {
      id: attemptId,
      tokenHash: randomUUID(),
      accountId,
      purpose: "sign-in",
      reason: "new-browser",
      tries: 5,
      createdAt: now,
      expiresAt: later,
    },
  });
  codesMade += 1;
  await db().recoveryCode.create({
    data: { id: recoveryCodeId, accountId, number: codesMade, lookup: "", hash: "", createdAt: now },
  });
  return { attemptId, recoveryCodeId };
}

const signingIn = () => ({
  ...visit,
  sessionId: randomUUID(),
  sessionTokenHash: randomUUID(),
  formerTokenHash: null,
  methodKind: null,
  eventFacts: {},
  messages: [],
  device: { knownId: null, newId: randomUUID(), tokenHash: randomUUID(), trustedUntil: null },
});

const questions: [what: string, table: keyof typeof fill, ask: (of: Asked) => Promise<unknown>][] = [
  [
    "a session",
    "Method",
    async ({ tokenHash }) => {
      expect((await findSession(tokenHash, now))?.hasPasskeys).toBe(false);
    },
  ],
  [
    "an event with what can be done about it",
    "Session",
    async ({ accountId, sessionId }) => {
      const event = await db().event.create({
        data: { accountId, at: now, kind: "signed-in", address: "", browser: "", facts: {}, sessionId },
      });
      const id = sealRowId(String(event.id), accountId);
      expect(await readEvent({ id: sessionId, accountId }, id, now)).toMatchObject({
        isSessionThere: true,
        hasOtherSessions: false,
      });
    },
  ],
  [
    "where a set-up stands",
    "Enrolment",
    async ({ accountId, sessionId, email }) => {
      const facts = await setupFacts({ id: sessionId, accountId, email }, now);
      expect(facts).toMatchObject({ isPhonePending: false });
    },
  ],
  [
    "a passkey that was removed",
    "Removal",
    async (of) => {
      const asked = {
        credentialKey: await removedPasskey(of),
        challengeHash: randomUUID(),
        expiresAt: later,
        budgets: { keys: ["a:b"], max: [1000], windows: [1000] },
        tokens: { hashes: [], successorHashes: [] },
        now,
        address: visit.address,
      };
      expect(await spendChallenge(asked)).toMatchObject({ isSpent: true, mayComeBack: true });
    },
  ],
  [
    "a sign-in by a recovery code",
    "RecoveryCode",
    async (of) => {
      const { attemptId, recoveryCodeId } = await answered(of);
      expect(await admitWithSecondStep(signingIn(), attemptId, null, { recoveryCodeId })).toBe(true);
    },
  ],
  [
    "a sign-in by a password",
    "FormerAddress",
    async ({ email }) => {
      const begun = await begin({ email, password }, { devices: undefined, session: undefined }, visit);
      expect(begun).toMatchObject({ value: { kind: "asked" } });
    },
  ],
];

afterAll(closePool);

async function rowsRead(table: string): Promise<number> {
  await pool().query("SELECT pg_stat_force_next_flush()");
  const { rows } = await pool().query<{ read: number }>(
    `SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS "read"
     FROM pg_stat_user_tables WHERE relname = $1`,
    [table],
  );
  return rows[0]?.read ?? 0;
}

it.each(questions)(
  "%s, first asked on a new site, reads no %s of other accounts when there are many",
  async (_what, table, ask) => {
    const [person, crowd] = [await makePerson({ methods: ["app"] }), await makePerson()];
    const { id: sessionId, token } = await signIn(person.id, person.email);
    const of = { accountId: person.id, sessionId, email: person.email, tokenHash: hashToken(token) };
    await db().session.deleteMany({ where: { accountId: { not: person.id } } });
    await db().$executeRawUnsafe(`DELETE FROM "${table}" WHERE "accountId" <> '${person.id}'`);
    // Met by a new connection: what is asked now is planned for next to nothing.
    await pool().query("VACUUM (ANALYZE)");
    await closePool();
    await ask(of);
    await fill[table](crowd.id);
    const from = await rowsRead(table);
    await ask(of);
    expect((await rowsRead(table)) - from).toBeLessThan(100);
  },
);
