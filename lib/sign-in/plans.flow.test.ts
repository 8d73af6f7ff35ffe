/**
 * A plan lives as long as its connection. What is asked first on a new site is planned for nothing, and must still read
 * one account's rows alone when there are many: an EXISTS in a list of columns, in a CASE or beside an OR may be planned
 * as one look at the whole table, a second condition that has an index of its own may be looked up by that one, and a join
 * with a part of WITH may walk along an index from end to end.
 */
import { randomUUID } from "node:crypto";
import { afterAll, expect, it } from "vitest";
import { makePerson, password } from "@/e2e/fixtures/people";
import { readEvent } from "@/lib/activity";
import { closePool, db, pool } from "@/lib/db";
import { askAtDesk } from "@/lib/desk/way-in";
import { after, hours } from "@/lib/kernel/durations";
import { hashToken, sealRowId } from "@/lib/kernel/secrets";
import { findSession } from "@/lib/sessions";
import { setupFacts } from "@/lib/setup";
import { accountRow, signIn } from "@/lib/setup/test-account";
import { begin } from ".";
import { admitWithoutSecondStep, admitWithPasskey, admitWithSecondStep } from "./store/admissions";
import { admitAtDesk, proveStepAtDesk } from "./store/desk";
import { spendPasskeyTry } from "./store/passkeys";
import { recordFailure, spendAttemptTry } from "./store/tries";

const MANY = 2000;
const now = new Date();
const later = after(now, hours(1));
const visit = { now, address: "192.0.2.1", browser: "Firefox · Linux" };

type Asked = {
  readonly accountId: string;
  readonly sessionId: string;
  readonly email: string;
  readonly tokenHash: string;
  /** Of its app. */
  readonly methodId: string;
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

/** Accounts that nobody signs in to: their ids. */
async function manyAccounts(): Promise<string[]> {
  const ids = many(() => randomUUID());
  await db().account.createMany({ data: ids.map((id) => accountRow(id, now)) });
  return ids;
}

const attemptRow = (accountId: string, sessionId: string | null = null) => ({
  id: randomUUID(),
  tokenHash: randomUUID(),
  accountId,
  sessionId,
  purpose: "sign-in",
  reason: "new-browser",
  tries: 5,
  createdAt: now,
  expiresAt: later,
});

const fill = {
  Account: manyAccounts,
  SignInAttempt: (accountId: string) =>
    db().signInAttempt.createMany({ data: many(() => attemptRow(accountId)) }),
  DeskAgent: async () =>
    db().deskAgent.createMany({
      data: (await manyAccounts()).map((accountId) => ({ accountId, name: "", addedAt: now })),
    }),
  Device: (accountId: string) =>
    db().device.createMany({
      data: many(() => ({
        id: randomUUID(),
        accountId,
        tokenHash: randomUUID(),
        browser: "",
        address: "",
        createdAt: now,
        lastSeenAt: now,
        trustedUntil: later,
      })),
    }),
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
    await db().enrolment.createMany({
      data: (await manyAccounts()).map((accountId) => ({
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
const nextCode = (): number => {
  codesMade += 1;
  return codesMade;
};

/** A second step that is asked of the account, of one who is signed in at the desk or not. */
async function asked({ accountId }: Asked, sessionId: string | null = null): Promise<string> {
  const { id } = await db().signInAttempt.create({ data: attemptRow(accountId, sessionId) });
  return id;
}

/** A code of the app that was not used yet, as it is used up. */
const appCode = () => ({ counter: BigInt(nextCode()) });

const atDesk = (sessionId: string) => ({ ...visit, sessionId, ownerKey: null });

/** Makes the account an agent's, where it is none yet. */
const asAgent = ({ accountId }: Asked) =>
  db().deskAgent.createMany({ data: [{ accountId, name: "", addedAt: now }], skipDuplicates: true });

const signingIn = (knownId: string | null = null) => ({
  ...visit,
  sessionId: randomUUID(),
  sessionTokenHash: randomUUID(),
  formerTokenHash: null,
  methodKind: null,
  eventFacts: {},
  messages: [],
  device: { knownId, newId: randomUUID(), tokenHash: randomUUID(), trustedUntil: null },
});

type Table = keyof typeof fill;

const questions: [what: string, tables: readonly Table[], ask: (of: Asked) => Promise<unknown>][] = [
  [
    "a session",
    ["Method"],
    async ({ tokenHash }) => {
      expect((await findSession(tokenHash, now))?.hasPasskeys).toBe(false);
    },
  ],
  [
    "an event with what can be done about it",
    ["Session"],
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
    ["Enrolment"],
    async ({ accountId, sessionId, email }) => {
      const facts = await setupFacts({ id: sessionId, accountId, email }, now);
      expect(facts).toMatchObject({ isPhonePending: false });
    },
  ],
  [
    "a passkey that was removed",
    ["Removal"],
    async (of) => {
      const presented = {
        credentialKey: await removedPasskey(of),
        challengeHash: randomUUID(),
        expiresAt: later,
        budgets: { keys: ["a:b"], max: [1000], windows: [1000] },
        tokens: { hashes: [], successorHashes: [] },
        now,
        address: visit.address,
      };
      expect(await spendPasskeyTry(presented)).toMatchObject({ isSpent: true, mayComeBack: true });
    },
  ],
  [
    "a sign-in by a recovery code",
    ["RecoveryCode", "Account"],
    async (of) => {
      const [attemptId, recoveryCodeId] = [await asked(of), randomUUID()];
      await db().recoveryCode.create({
        data: {
          id: recoveryCodeId,
          accountId: of.accountId,
          number: nextCode(),
          lookup: "",
          hash: "",
          createdAt: now,
        },
      });
      expect(await admitWithSecondStep(signingIn(), attemptId, null, { recoveryCodeId })).toBe(true);
    },
  ],
  [
    "a sign-in by a trusted device",
    ["Device"],
    async ({ accountId }) => {
      const account = await db().account.findUniqueOrThrow({ where: { id: accountId } });
      // Of a device that is gone since it was read: nobody is let in.
      expect(await admitWithoutSecondStep(signingIn(randomUUID()), { ...account, accountId }, [])).toBe(
        false,
      );
    },
  ],
  [
    "a try of the second step",
    ["SignInAttempt", "Method", "Account"],
    async (of) => {
      const { tokenHash } = await db().signInAttempt.update({
        where: { id: await asked(of) },
        data: { methodId: of.methodId },
      });
      const tried = await spendAttemptTry({
        tokenHash,
        purpose: "sign-in",
        sessionId: null,
        answerHash: randomUUID(),
        deviceTokens: { hashes: [], successorHashes: [] },
        now,
        address: visit.address,
      });
      expect(tried).toMatchObject({ mayBeJudged: true, triesLeft: 4 });
    },
  ],
  [
    "a sign-in by a code of the app",
    ["Method", "Account", "Device"],
    async (of) => {
      // A browser that is gone since it was read: its table may be empty when that is planned.
      const facts = signingIn(randomUUID());
      expect(await admitWithSecondStep(facts, await asked(of), of.methodId, appCode())).toBe(true);
    },
  ],
  [
    "a sign-in by a passkey alone",
    ["Method", "Account"],
    async ({ accountId, methodId }) => {
      const used = { methodId, accountId, data: "", ...appCode() };
      expect(await admitWithPasskey(signingIn(), used)).toBe(true);
    },
  ],
  [
    "a wrong answer that may end its method",
    ["Method"],
    async (of) => {
      const failure = {
        ...visit,
        attemptId: await asked(of),
        sessionId: null,
        messages: [],
        accountId: of.accountId,
        methodId: of.methodId,
        end: { facts: {}, messages: [] },
        kind: "second-step-failed",
        facts: {},
      } as const;
      expect(await recordFailure(failure)).toEqual({ isMethodDisabled: false });
    },
  ],
  [
    "a sign-in at the support desk",
    ["Method", "Account", "DeskAgent"],
    async (of) => {
      await asAgent(of);
      const facts = {
        ...atDesk(randomUUID()),
        sessionTokenHash: randomUUID(),
        callerHash: "",
        expiresAt: later,
        messages: [],
      };
      expect(await admitAtDesk(facts, await asked(of), of.methodId, appCode())).toBe(true);
    },
  ],
  [
    "a code for one step at the support desk",
    ["Method", "Account", "DeskAgent"],
    async (of) => {
      await asAgent(of);
      const id = randomUUID();
      await db().deskSession.create({
        data: {
          id,
          tokenHash: id,
          accountId: of.accountId,
          createdAt: now,
          expiresAt: later,
          callerHash: "",
        },
      });
      expect(await proveStepAtDesk(atDesk(id), await asked(of, id), of.methodId, appCode())).toBe(true);
    },
  ],
  [
    "whether somebody may use the support desk",
    ["Method", "DeskAgent"],
    async (of) => {
      await asAgent(of);
      expect(await askAtDesk({ email: of.email, password }, visit)).toMatchObject({ ok: true });
    },
  ],
  [
    "a sign-in by a password",
    ["FormerAddress"],
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

it.each(questions.flatMap(([what, tables, ask]) => tables.map((table) => [what, table, ask] as const)))(
  "%s, first asked on a new site, reads no %s of other accounts when there are many",
  async (_what, table, ask) => {
    await db().account.deleteMany();
    const [person, crowd] = [await makePerson({ methods: ["app"] }), await makePerson()];
    const { id: sessionId, token } = await signIn(person.id, person.email);
    const { id: methodId } = await db().method.findFirstOrThrow({ where: { accountId: person.id } });
    const of = {
      accountId: person.id,
      sessionId,
      email: person.email,
      tokenHash: hashToken(token),
      methodId,
    };
    // Met by a new connection: what is asked now is planned for next to nothing. In full, because an index keeps the pages of
    // what was deleted, and would be planned for as a long one.
    await pool().query("VACUUM (FULL, ANALYZE)");
    await closePool();
    await ask(of);
    await fill[table](crowd.id);
    const from = await rowsRead(table);
    await ask(of);
    expect((await rowsRead(table)) - from).toBeLessThan(100);
  },
);
