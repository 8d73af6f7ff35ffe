import { readFileSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { deliverAll } from "@/e2e/fixtures/rounds";
import { askReset } from "@/lib/accounts";
import { closePool, db, pool } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, days, minutes } from "@/lib/kernel/durations";
import { answer, begin } from "@/lib/sign-in";

/** Statements for the owner of a site, as the documents have them. */
const statementsOf = (file: string): string =>
  readFileSync(path.join(import.meta.dirname, "..", "..", "docs", file), "utf8");
const address = new URL(process.env.DATABASE_URL ?? "");
const name = address.pathname.slice(1);
const dump = `${name}_dump`;

/**
 * Asks on a connection to another database of the same server: nobody may be in one that is copied or dropped. Nothing is
 * dropped by force, which would end the server's own vacuum there, and only the server's owner may; without it the server
 * waits for whoever is leaving, and sends its vacuum away by itself.
 */
async function asOwner(...asked: string[]): Promise<void> {
  await closePool();
  const elsewhere = new URL(address);
  elsewhere.pathname = "/postgres";
  const client = new Client({ connectionString: elsewhere.toString() });
  await client.connect();
  try {
    for (const one of asked) await client.query(one);
  } finally {
    await client.end();
  }
}
const takeDump = () => asOwner(`CREATE DATABASE ${dump} TEMPLATE ${name}`);
const restore = () => asOwner(`DROP DATABASE ${name}`, `CREATE DATABASE ${name} TEMPLATE ${dump}`);

afterAll(async () => {
  await asOwner(`DROP DATABASE IF EXISTS ${dump}`);
  await closePool();
});

let visits = 0;
const visitAt = (now: Date) => {
  visits += 1;
  return { now, address: `10.2.0.${visits}`, browser: "Chrome · Linux" };
};

const start = (person: Person, devices: string | undefined, now: Date) =>
  begin({ email: person.email, password }, { devices, session: undefined }, visitAt(now));

/** Signs in with both steps; gives back the browser's cookie. */
async function enter(
  person: Person,
  code: string,
  { isTrustAsked = false, now = new Date() } = {},
): Promise<string | undefined> {
  const begun = await start(person, undefined, now);
  if (!begun.ok || begun.value.kind !== "asked") throw new Error(`not asked: ${JSON.stringify(begun)}`);
  const done = await answer(
    { token: begun.value.attemptToken, answer: code, isTrustAsked },
    { devices: undefined, session: undefined },
    visitAt(now),
  );
  if (!done.ok) throw new Error(done.reason);
  return done.value.deviceCookie;
}

const mailsTo = (email: string): number =>
  readFileSync(outboxPath(), "utf8")
    .split("\n")
    .filter((line) => line.includes(`"to":"${email}"`)).length;

test("an older dump that was put back lets nobody in without a second step, and sends nothing a second time", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const now = new Date();
  const devices = await enter(person, appCode(person, now), { isTrustAsked: true, now });
  await askReset(person.email, visitAt(now));
  await takeDump();

  // What the dump knows nothing of: the mails went out, the trust was ended, somebody signed in once more.
  await deliverAll();
  const sent = mailsTo(person.email);
  expect(sent).toBeGreaterThan(0);
  await db().device.updateMany({ data: { trustedUntil: null } });
  expect(await start(person, devices, now)).toMatchObject({ value: { kind: "asked" } });
  const later = after(now, minutes(2));
  await enter(person, appCode(person, later), { now: later });
  expect(await db().session.count({ where: { accountId: person.id } })).toBe(2);
  await restore();

  // As it is, the trust that its owner ended is back, and so is the link of the mail.
  expect(await db().session.count({ where: { accountId: person.id } })).toBe(1);
  expect(await db().device.count({ where: { trustedUntil: { gt: now } } })).toBe(1);
  expect(await db().mailLink.count({ where: { accountId: person.id } })).toBe(1);
  await pool().query(statementsOf("after-a-restore.sql"));

  expect(await db().session.count()).toBe(0);
  expect(await db().mailLink.count()).toBe(0);
  expect(await start(person, devices, now)).toMatchObject({ value: { kind: "asked" } });
  await deliverAll();
  expect(mailsTo(person.email)).toBe(sent);
  // And the site is whole: its owner comes in as ever.
  const tomorrow = after(now, days(1));
  await enter(person, appCode(person, tomorrow), { now: tomorrow });
  expect(await db().session.count({ where: { accountId: person.id } })).toBe(1);
});

test("an account that is deleted leaves nothing of its own behind, its log included", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  await enter(person, appCode(person), { isTrustAsked: true });
  await pool().query(statementsOf("delete-an-account.sql").replaceAll(":'email'", `'${person.email}'`));
  const { rows } = await pool().query<{ table: string }>(
    `SELECT c.table_name AS "table" FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND c.column_name = 'accountId' AND t.table_type = 'BASE TABLE'`,
  );
  expect(rows.length).toBeGreaterThan(10);
  for (const { table } of rows) {
    const left = await pool().query(`SELECT 1 FROM "${table}" WHERE "accountId" = $1`, [person.id]);
    expect(left.rowCount, table).toBe(0);
  }
});
