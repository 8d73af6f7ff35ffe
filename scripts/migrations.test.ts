import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..", "prisma", "migrations");

/** What the release before, still running on the same database, could trip over. */
const breaking: readonly [what: string, sql: RegExp][] = [
  ["a table, column, view, type or function goes", /\bDROP\s+(TABLE|COLUMN|VIEW|TYPE|FUNCTION|SCHEMA)\b/i],
  ["something is renamed", /\bRENAME\b/i],
  ["a column gets another type", /\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i],
  [
    "a column must be filled that need not be",
    /\bALTER\s+COLUMN\s+\S+\s+(SET\s+NOT\s+NULL|DROP\s+DEFAULT)\b/i,
  ],
  ["a new column must be filled", /\bADD\s+(COLUMN\s+)?"\w+"(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b/i],
];

/** The line by which a migration says that it does so, and why. */
const MARK = /^-- Stop the old instances first: \S.{10,}$/m;

/** Older than the rule; an applied migration is never edited. */
const before = ["0018_recovery_finish", "0020_desk_cases", "0025_address_keys"];

const withoutComments = (sql: string) => sql.replace(/--.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
const broken = (sql: string): string[] =>
  breaking.filter(([, pattern]) => pattern.test(withoutComments(sql))).map(([what]) => what);

test("a migration leaves what the release before uses, or says in its own words that the old instances must be stopped first", () => {
  const marked = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => {
      const sql = readFileSync(join(folder, name, "migration.sql"), "utf8");
      return broken(sql).length > 0 && !MARK.test(sql);
    })
    .map(({ name }) => name);
  expect(marked).toEqual(before);
});

test("every moment in the database is one of UTC, whatever zone a machine is in", () => {
  for (const name of readdirSync(folder).filter((entry) => !entry.endsWith(".toml")))
    expect(withoutComments(readFileSync(join(folder, name, "migration.sql"), "utf8")), name).not.toMatch(
      /\b(TIMESTAMP|TIME)\b/i,
    );
});

test.each([
  [`DROP TABLE "Code"`, 1],
  [`ALTER TABLE "Code" DROP COLUMN "sealed"`, 1],
  [`ALTER TABLE "Code" RENAME COLUMN "sealed" TO "shut"`, 1],
  [`ALTER TABLE "Code" ALTER COLUMN "tries" TYPE BIGINT`, 1],
  [`ALTER TABLE "Code" ALTER COLUMN "sealed" SET NOT NULL`, 1],
  [`ALTER TABLE "Code" ADD COLUMN "a" TEXT, ADD COLUMN "b" TEXT NOT NULL`, 1],
  [`ALTER TABLE "Code" ADD COLUMN "a" TEXT NOT NULL DEFAULT '', ADD COLUMN "b" TEXT`, 0],
  [`CREATE TABLE "New" ("id" TEXT NOT NULL)`, 0],
  [`DROP INDEX "Code_idx"; CREATE OR REPLACE FUNCTION f() RETURNS INT`, 0],
  [`-- DROP TABLE "Code"`, 0],
])("%s: %i", (sql, count) => {
  expect(broken(sql)).toHaveLength(count);
});
