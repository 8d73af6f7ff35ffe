import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { emailKey } from "@/lib/accounts";
import { closePool, db } from "@/lib/db";
import * as config from "@/lib/kernel/config";
import { after, days } from "@/lib/kernel/durations";
import * as site from "@/lib/kernel/site";
import { listActiveMethods, recoveryLookups } from "@/lib/methods";
import { isPassword } from "@/lib/passwords";
import { describePeople, fillWithPeople, refusePeople } from ".";
import { demonstrationCodes, demonstrationPassword, people } from "./rules";

const now = new Date("2026-11-24T10:00:00Z");

beforeEach(async () => {
  await db().account.deleteMany();
});
afterEach(() => vi.restoreAllMocks());
afterAll(closePool);

test("a new database is filled with everybody, each with what the printed line says", async () => {
  const filling = vi.fn();
  expect(await fillWithPeople(now, filling)).toEqual(people);
  expect(filling).toHaveBeenCalledOnce();
  for (const person of people) {
    const account = await db().account.findUniqueOrThrow({ where: { emailKey: emailKey(person.email) } });
    expect(account.id).toBe(person.id);
    expect(await isPassword(demonstrationPassword, account.passwordHash)).toBe(true);
    expect(account.twoStepOnAt !== null).toBe(person.methods.length > 0);
    expect(account.lockedUntil !== null).toBe(person.state === "locked-out");

    const active = await listActiveMethods(person.id);
    expect(active.broken).toBe(0);
    expect(active.methods.map(({ kind, data }) => ({ kind, data }))).toEqual(person.methods);

    const codes = await db().recoveryCode.findMany({ where: { accountId: person.id } });
    expect(codes).toHaveLength(person.methods.length > 0 ? demonstrationCodes.size : 0);
    expect(codes.filter((code) => code.usedAt !== null)).toHaveLength(person.spentRecoveryCodes);
  }
});

test("a printed recovery code is found and right", async () => {
  await fillWithPeople(now);
  const sam = people.find((person) => person.state === "several");
  const code = [...demonstrationCodes].at(-1) ?? "";
  const rows = await db().recoveryCode.findMany({
    where: { accountId: sam?.id, usedAt: null, lookup: { in: recoveryLookups(sam?.id ?? "", code) } },
  });
  expect(await Promise.all(rows.map((row) => isPassword(code, row.hash)))).toContain(true);
});

test("two instances that start at once fill it once", async () => {
  const both = await Promise.all([fillWithPeople(now), fillWithPeople(now)]);
  expect(both).toEqual([people, people]);
  expect(await db().account.count()).toBe(people.length);
  expect(await db().event.count({ where: { kind: "account-created" } })).toBe(people.length);
});

test("a second start changes nothing but the wait of the one who is locked out", async () => {
  await fillWithPeople(now);
  await db().account.updateMany({ where: { email: "nora@example.com" }, data: { name: "Nora Moss" } });
  const later = after(now, days(3));
  const filling = vi.fn();
  expect(await fillWithPeople(later, filling)).toEqual(people);
  expect(filling).not.toHaveBeenCalled();
  const nora = await db().account.findUniqueOrThrow({ where: { emailKey: "nora@example.com" } });
  expect(nora.name).toBe("Nora Moss");
  const lou = await db().account.findUniqueOrThrow({ where: { emailKey: "lou@example.com" } });
  expect(lou.lockedUntil?.getTime()).toBeGreaterThan(later.getTime());
});

test("a database in which somebody has an account already gets nobody", async () => {
  const account = { name: "", passwordHash: "", passwordChangedAt: now, createdAt: now };
  const email = "someone@example.org";
  await db().account.create({ data: { ...account, id: crypto.randomUUID(), email, emailKey: email } });
  expect(await fillWithPeople(now)).toEqual([]);
  expect(await db().account.count()).toBe(1);
  await expect(refusePeople()).resolves.toBeUndefined();
});

test("a real site gets nobody, and does not start on the database of a demonstration", async () => {
  await fillWithPeople(now);
  vi.spyOn(site, "isDemonstration").mockReturnValue(false);
  await expect(fillWithPeople(now)).rejects.toThrow();
  await expect(refusePeople()).rejects.toThrow(/ann@example\.com.*lou@example\.com/);
});

test.each([
  ["DATABASE_URL", "postgresql://elsewhere/latchkey"],
  ["DATA_DIR", undefined],
])("the refusal names the setting that leads to the database: %s", async (name, databaseUrl) => {
  await fillWithPeople(now);
  vi.spyOn(config, "settings").mockReturnValue({ ...config.settings(), databaseUrl });
  const { problems } = (await refusePeople().catch((error: unknown) => error)) as config.SettingsError;
  expect(problems).toEqual([expect.stringMatching(`^${name} .*nora@example\\.com`)]);
});

test("what is printed names everybody, the password, every key and where messages arrive", () => {
  const printed = describePeople(people).join("\n");
  for (const { email } of people) expect(printed).toContain(email);
  expect(printed).toContain(demonstrationPassword);
  expect(printed).toContain("JWSY WAB2 72TD PF55 LVQI 76Z5 GBZJ P7CT");
  expect(printed).toContain("/outbox");
  expect(describePeople([])).toEqual([]);
});
