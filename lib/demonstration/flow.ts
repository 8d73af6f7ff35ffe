import "server-only";
import { randomUUID } from "node:crypto";
import { emailKey } from "@/lib/accounts";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { SettingsError, settings } from "@/lib/kernel/config";
import { after, before, days } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { keyedHash } from "@/lib/kernel/secrets";
import { isDemonstration } from "@/lib/kernel/site";
import {
  identityOf,
  type MethodData,
  makeRecoveryCodes,
  type RecoverySet,
  replaceRecoveryCodes,
  sealMethodData,
} from "@/lib/methods";
import { hashPassword } from "@/lib/passwords";
import { type DemonstrationPerson, demonstrationCodes, demonstrationPassword, people } from "./rules";
import {
  findHolding,
  insertAccount,
  insertMethod,
  lockAgain,
  lockNewDatabase,
  spendFirstCodes,
} from "./store";

const ids = people.map((person) => person.id);

// The last of the waits, so that a newcomer can see it at any hour of the day they start on.
const lockedFor = numbers.failuresInRow.waits[3];
const failuresOfLocked = numbers.failuresInRow.step * numbers.failuresInRow.waits.length;

/** The slow part of a person, made before the transaction. */
type Hashes = { readonly passwordHash: string; readonly recovery: RecoverySet | undefined };

/**
 * Fills a new database with the people of the demonstration and returns those who are in it. A database in which
 * anybody has an account is left as it is; of several instances that start at once, one fills it. `filling` is called
 * before that, because it takes a moment.
 *
 * @throws Error when SITE_URL is https: everybody knows their password.
 */
export async function fillWithPeople(
  now: Date,
  filling: () => void = () => {},
): Promise<readonly DemonstrationPerson[]> {
  if (!isDemonstration()) throw new Error("people whose password is printed belong to no real site");
  let holding = await findHolding(ids);
  if (holding.isNew) {
    filling();
    const hashes = await Promise.all(people.map(hashesOf));
    await inTransaction(async (tx) => {
      if (!(await lockNewDatabase(tx))) return;
      for (const [place, person] of people.entries()) await addPerson(tx, person, hashes[place], now);
    });
    holding = await findHolding(ids);
  } else {
    for (const person of people)
      if (person.state === "locked-out" && holding.present.includes(person.id))
        await lockAgain(person.id, after(now, lockedFor));
  }
  return people.filter((person) => holding.present.includes(person.id));
}

/**
 * Refuses to start a real site on the database of a demonstration.
 *
 * @throws SettingsError naming each person whose password everybody knows.
 */
export async function refusePeople(): Promise<void> {
  const { present } = await findHolding(ids);
  const emails = people.filter((person) => present.includes(person.id)).map((person) => person.email);
  if (emails.length === 0) return;
  const place =
    settings().databaseUrl === undefined
      ? "DATA_DIR holds the database"
      : "DATABASE_URL leads to the database";
  const mend = settings().databaseUrl === undefined ? "Use another folder" : "Use another database";
  throw new SettingsError([
    `${place} of a demonstration: everybody knows the password of ${emails.join(", ")}. ${mend}, or delete these accounts.`,
  ]);
}

async function hashesOf(person: DemonstrationPerson): Promise<Hashes> {
  const [passwordHash, recovery] = await Promise.all([
    hashPassword(demonstrationPassword),
    person.methods.length === 0 ? undefined : makeRecoveryCodes(person.id, demonstrationCodes),
  ]);
  return { passwordHash, recovery };
}

async function addPerson(
  tx: Transaction,
  person: DemonstrationPerson,
  hashes: Hashes | undefined,
  now: Date,
): Promise<void> {
  if (hashes === undefined) throw new Error("a person of the demonstration has no hashes");
  const { id, name, email, methods, state } = person;
  const isLocked = state === "locked-out";
  const hasSecondStep = methods.length > 0;
  const createdAt = before(now, days(30));
  await insertAccount(tx, {
    id,
    name,
    email,
    emailKey: emailKey(email) ?? email,
    passwordHash: hashes.passwordHash,
    passwordChangedAt: createdAt,
    twoStepOnAt: hasSecondStep ? createdAt : null,
    failuresInRow: isLocked ? failuresOfLocked : 0,
    lockedUntil: isLocked ? after(now, lockedFor) : null,
    createdAt,
  });
  for (const [position, method] of methods.entries()) {
    const row = { id: randomUUID(), accountId: id };
    await insertMethod(tx, {
      ...row,
      kind: method.kind,
      data: sealMethodData("Method", row, method.data),
      identity: identityHash(id, method),
      position,
      createdAt,
      provenAt: createdAt,
    });
  }
  if (hashes.recovery !== undefined) {
    await replaceRecoveryCodes(tx, id, hashes.recovery.rows, createdAt);
    await spendFirstCodes(tx, id, person.spentRecoveryCodes, createdAt);
  }
  const here = { address: "127.0.0.1", browser: "" };
  await record(tx, id, "account-created", { ...here, now: createdAt });
  if (hasSecondStep) await record(tx, id, "two-step-on", { ...here, now: createdAt });
  if (isLocked) await record(tx, id, "second-step-waits", { ...here, now });
}

function identityHash(accountId: string, method: MethodData): string | null {
  const identity = identityOf(method);
  return identity === null ? null : keyedHash("phone lookup", [accountId, identity]);
}
