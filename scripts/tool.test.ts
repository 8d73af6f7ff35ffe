import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { SettingsError } from "@/lib/kernel/config";
import { troubleText, withDatabase } from "./tool";

const none = path.join(os.tmpdir(), `latchkey-none-${process.pid}`);
vi.mock("@/lib/kernel/config", async (original) => ({
  ...(await original<typeof import("@/lib/kernel/config")>()),
  settings: () => ({ dataDir: none, databaseUrl: undefined }),
}));

const withCode = (code: string) => Object.assign(new Error("to ann@example.com"), { code });

test.each([
  ["ECONNREFUSED", withCode("ECONNREFUSED"), /does not answer, or refuses \(ECONNREFUSED\).*DATABASE_URL/],
  ["a wrong password", withCode("28P01"), /refuses \(28P01\)/],
  ["Prisma's own", withCode("P1001"), /refuses \(P1001\)/],
  ["a table of another version", withCode("42P01"), /older than this version, or empty: start the site once/],
  ["the same as Prisma says it", withCode("P2021"), /older than this version/],
  [
    "the same out of a raw statement",
    Object.assign(withCode("P2010"), { meta: { driverAdapterError: { cause: { originalCode: "42P01" } } } }),
    /older than this version/,
  ],
  ["a silent one", new Error("Connection terminated due to connection timeout"), /does not answer in time/],
  [
    "a bug",
    new TypeError("undefined of ann@example.com"),
    /failed by itself \(TypeError\)\. Look what was done/,
  ],
  ["settings", new SettingsError(["PORT must be a number"]), /^PORT must be a number$/],
])("%s: what is wrong and what to do, and nothing of anybody's", (_what, error, words) => {
  expect(troubleText(error)).toMatch(words);
  expect(troubleText(error)).not.toContain("ann@");
});

test("where there is no site's data a tool says so, and makes none", async () => {
  const work = vi.fn();
  const error = await withDatabase(work).catch((one: unknown) => one);
  expect(troubleText(error)).toBe(
    `There is no site's data in ${none}, or this user may not read it. Set DATA_DIR or DATABASE_URL as the site has it; if the site is new, start it once.`,
  );
  expect(work).not.toHaveBeenCalled();
  expect(fs.existsSync(none)).toBe(false);
});
