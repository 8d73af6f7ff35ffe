/** People in bulk: those who sign in, and the many who are only there. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Client } from "pg";
import { hashToken, keyedHash, randomBase32, randomToken } from "@/lib/kernel/secrets";
import { sealMethodData } from "@/lib/methods";
import { hashPassword } from "@/lib/passwords";

/** Everybody's. */
export const PASSWORD = "eleven quiet ferries 88";

export interface Person {
  id: string;
  email: string;
  /** Of their app, base32. */
  secret: string;
}

let hashed: Promise<string> | undefined;

/** The one hash that everybody made here has, made by the site's own code. */
export function passwordHash(): Promise<string> {
  hashed ??= hashPassword(PASSWORD);
  return hashed;
}

/**
 * Makes people as a finished set-up leaves them: an app, a phone as backup, ten recovery codes, and Two-Step
 * Verification on. They may all sign in at once: each has a secret of their own, and a code is good once.
 */
export async function makePeople(client: Client, count: number): Promise<Person[]> {
  const hash = await passwordHash();
  const people = Array.from({ length: count }, () => ({
    id: randomUUID(),
    email: `b${randomBytes(8).toString("hex")}@example.com`,
    secret: randomBase32(32),
  }));
  const methods = people.flatMap((person, place) => {
    const app = { id: randomUUID(), accountId: person.id };
    const phone = { id: randomUUID(), accountId: person.id };
    const number = `+44770090${String(place % 10_000).padStart(4, "0")}`;
    return [
      {
        ...app,
        kind: "app",
        data: sealMethodData("Method", app, { secret: person.secret, tag: randomBase32(4) }),
        identity: null,
        position: 0,
      },
      {
        ...phone,
        kind: "phone",
        data: sealMethodData("Method", phone, { number, channel: "text" }),
        identity: keyedHash("phone lookup", [person.id, number]),
        position: 1,
      },
    ];
  });
  const ids = people.map(({ id }) => id);
  await client.query(
    `INSERT INTO "Account" ("id", "name", "email", "emailKey", "passwordHash", "passwordChangedAt", "twoStepOnAt", "createdAt", "language")
     SELECT id, 'Robin Example', email, email, $3, now(), now(), now(), 'en' FROM unnest($1::uuid[], $2::text[]) AS p(id, email)`,
    [ids, people.map(({ email }) => email), hash],
  );
  await client.query(
    `INSERT INTO "Method" ("id", "accountId", "kind", "data", "identity", "position", "createdAt", "provenAt")
     SELECT id, account, kind, data, identity, position, now(), now()
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[])
       AS m(id, account, kind, data, identity, position)`,
    [
      methods.map(({ id }) => id),
      methods.map(({ accountId }) => accountId),
      methods.map(({ kind }) => kind),
      methods.map(({ data }) => data),
      methods.map(({ identity }) => identity),
      methods.map(({ position }) => position),
    ],
  );
  await client.query(
    `INSERT INTO "RecoveryCode" ("id", "accountId", "number", "lookup", "hash", "createdAt")
     SELECT gen_random_uuid(), account, number, 'A', $2, now()
     FROM unnest($1::uuid[]) AS p(account), generate_series(1, 10) AS number`,
    [ids, hash],
  );
  return people;
}

/**
 * Signs people in without their screens, proven a moment ago and with three trusted browsers each, and returns the
 * values of their session cookies.
 */
export async function signIn(client: Client, people: readonly Person[]): Promise<string[]> {
  const tokens = people.map(() => randomToken());
  const ids = people.map(({ id }) => id);
  await client.query(
    `INSERT INTO "Session" ("id", "tokenHash", "accountId", "createdAt", "lastSeenAt", "provenAt", "methodKind", "address", "browser")
     SELECT gen_random_uuid(), token, account, now(), now(), now(), 'app', '192.0.2.1', 'Chrome · Linux'
     FROM unnest($1::text[], $2::uuid[]) AS s(token, account)`,
    [tokens.map(hashToken), ids],
  );
  await client.query(
    `INSERT INTO "Device" ("id", "accountId", "tokenHash", "browser", "address", "createdAt", "lastSeenAt", "trustedAt", "trustedUntil")
     SELECT gen_random_uuid(), account, encode(sha256((account::text || number)::bytea), 'hex'), 'Chrome · Linux', '192.0.2.1',
            now(), now(), now(), now() + interval '30 days'
     FROM unnest($1::uuid[]) AS p(account), generate_series(1, 3) AS number`,
    [ids],
  );
  await client.query(
    `INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
     SELECT account, 'signed-in', now(), '192.0.2.1', 'Chrome · Linux', '{"method":"app","reason":"new-browser"}'::jsonb
     FROM unnest($1::uuid[]) AS p(account), generate_series(1, 5)`,
    [ids],
  );
  return tokens;
}

/** What an account has after many years. */
const OLD = { methods: 10, devices: 20, sessions: 50, events: 100_000 };

/** Gives somebody who is signed in everything that an old account has. */
export async function growOld(client: Client, { id }: Person): Promise<void> {
  const sealed = Array.from({ length: OLD.methods - 2 }, (_, place) => {
    const row = { id: randomUUID(), accountId: id };
    const number = `+4477009002${String(place).padStart(2, "0")}`;
    return { id: row.id, data: sealMethodData("Method", row, { number, channel: "text" }) };
  });
  await client.query(
    `INSERT INTO "Method" ("id", "accountId", "kind", "data", "label", "position", "createdAt", "lastUsedAt", "provenAt")
     SELECT id, $1, 'phone', data, 'Phone ' || place, place + 1, now(), now(), now()
     FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS m(id, data, place)`,
    [id, sealed.map((method) => method.id), sealed.map(({ data }) => data)],
  );
  await client.query(
    `INSERT INTO "Device" ("id", "accountId", "tokenHash", "browser", "address", "createdAt", "lastSeenAt", "trustedAt", "trustedUntil")
     SELECT gen_random_uuid(), $1, encode(sha256(('old' || number)::bytea), 'hex'), 'Firefox · Linux', '192.0.2.1',
            now(), now(), now(), now() + interval '30 days' FROM generate_series(4, $2::int) AS number`,
    [id, OLD.devices],
  );
  await client.query(
    `INSERT INTO "Session" ("id", "tokenHash", "accountId", "createdAt", "lastSeenAt", "address", "browser")
     SELECT gen_random_uuid(), encode(sha256(('old' || number)::bytea), 'hex'), $1, now(), now(), '192.0.2.1', 'Firefox · Linux'
     FROM generate_series(2, $2::int) AS number`,
    [id, OLD.sessions],
  );
  await client.query(
    `INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
     SELECT $1, 'signed-in', now() - number * interval '1 minute', '192.0.2.1', 'Firefox · Linux', '{"method":"app","reason":"new-browser"}'
     FROM generate_series(1, $2::int) AS number`,
    [id, OLD.events],
  );
}

/**
 * Fills the database with people who do nothing: each with a method, a session, a trusted browser and an event. Their
 * method opens with no key, because nobody looks at it.
 */
export async function fill(client: Client, count: number): Promise<void> {
  const sql = [
    `CREATE TEMPORARY TABLE crowd AS SELECT gen_random_uuid() AS id FROM generate_series(1, ${count})`,
    `INSERT INTO "Account" ("id", "name", "email", "emailKey", "passwordHash", "passwordChangedAt", "twoStepOnAt", "createdAt")
     SELECT id, 'Somebody', 'c' || id || '@example.com', 'c' || id || '@example.com', $hash$${await passwordHash()}$hash$,
            now(), now(), now() FROM crowd`,
    `INSERT INTO "Method" ("id", "accountId", "kind", "data", "position", "createdAt")
     SELECT gen_random_uuid(), id, 'app', repeat('x', 150), 0, now() FROM crowd`,
    `INSERT INTO "Session" ("id", "tokenHash", "accountId", "createdAt", "lastSeenAt", "address", "browser")
     SELECT gen_random_uuid(), encode(sha256(('s' || id)::bytea), 'hex'), id, now(), now(), '192.0.2.1', 'Chrome · Linux' FROM crowd`,
    `INSERT INTO "Device" ("id", "accountId", "tokenHash", "browser", "address", "createdAt", "lastSeenAt", "trustedAt", "trustedUntil")
     SELECT gen_random_uuid(), id, encode(sha256(('d' || id)::bytea), 'hex'), 'Chrome · Linux', '192.0.2.1',
            now(), now(), now(), now() + interval '30 days' FROM crowd`,
    `INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts")
     SELECT id, 'signed-in', now(), '192.0.2.1', 'Chrome · Linux', '{}' FROM crowd`,
    "DROP TABLE crowd",
  ];
  for (const statement of sql) await client.query(statement);
}
