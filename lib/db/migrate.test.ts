import { expect, test } from "vitest";
import { MigrationError, pendingMigrations } from "./migrate";

const one = { name: "20260101_one", sql: "", checksum: "1" };
const two = { name: "20260102_two", sql: "", checksum: "2" };

test("a new database gets every migration, an up-to-date one none", () => {
  expect(pendingMigrations([one, two], [])).toEqual([one, two]);
  expect(pendingMigrations([one, two], [one])).toEqual([two]);
  expect(pendingMigrations([one, two], [two, one])).toEqual([]);
});

test("a migration that was changed after it was applied is refused by name", () => {
  expect(() => pendingMigrations([one], [{ name: one.name, checksum: "other" }])).toThrow(MigrationError);
  expect(() => pendingMigrations([one], [{ name: one.name, checksum: "other" }])).toThrow(one.name);
});

test("a database that is newer than the code is refused by the name of what the code lacks", () => {
  expect(() => pendingMigrations([one], [one, two])).toThrow(/newer than this code.*20260102_two/);
});

test("a migration that would come before an applied one is refused", () => {
  expect(() => pendingMigrations([one, two], [two])).toThrow(/20260101_one comes before 20260102_two/);
});
