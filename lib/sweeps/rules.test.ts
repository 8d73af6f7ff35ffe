import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { numbers } from "@/lib/kernel/numbers";
import { dueBefore, sweepRules } from "./rules";

const now = new Date("2026-11-24T10:00:00Z");

test.each(sweepRules)(
  "$table.$column is the first column of an index, so a sweep reads what it deletes",
  ({ table, column }) => {
    const schema = readFileSync("prisma/schema.prisma", "utf8");
    const model = new RegExp(`^model ${table} \\{[^}]*^\\}`, "m").exec(schema)?.[0];
    expect(model).toMatch(new RegExp(`@@index\\(\\[${column}[\\],]`));
  },
);

/** The tables without a rule, and what keeps each from growing for ever. */
const unswept: Readonly<Record<string, string>> = {
  Account: "a person's; it goes when they do (docs/delete-an-account.sql)",
  RecoveryCode: "ten an account, replaced as a set",
  DeskAgent: "the few who work at the desk, named by its owner",
  RecoveryProof: "goes with its recovery",
  RecoveryContact: "a few an account, named and removed by its owner",
};

test("every table has a rule, or a reason to have none", () => {
  const schema = readFileSync("prisma/schema.prisma", "utf8");
  const models = [...schema.matchAll(/^model (\w+) \{/gm)].map(([, name = ""]) => name);
  const known = [...sweepRules.map(({ table }) => table as string), ...Object.keys(unswept)];
  expect(known.sort()).toEqual(models.sort());
});

test("a table has one rule", () => {
  expect(new Set(sweepRules.map((rule) => rule.table)).size).toBe(sweepRules.length);
});

test("nothing that still counts is due", () => {
  const keepOf = (table: string) => sweepRules.find((rule) => rule.table === table)?.keep ?? -1;
  expect(keepOf("Session")).toBeGreaterThanOrEqual(numbers.session.idle);
  expect(keepOf("Device")).toBeGreaterThanOrEqual(numbers.trustedDevice.lifetime);
  expect(keepOf("Message")).toBeGreaterThanOrEqual(numbers.mailLink.confirmAddress);
});

test("what is due lies `keep` before now", () => {
  expect(dueBefore({ table: "Event", column: "at", keep: 1000 }, now)).toEqual(
    new Date("2026-11-24T09:59:59Z"),
  );
});
