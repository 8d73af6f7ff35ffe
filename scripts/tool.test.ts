import { expect, test } from "vitest";
import { SettingsError } from "@/lib/kernel/config";
import { troubleText } from "./tool";

const withCode = (code: string) => Object.assign(new Error("to ann@example.com"), { code });

test.each([
  ["ECONNREFUSED", withCode("ECONNREFUSED"), /does not answer, or refuses \(ECONNREFUSED\).*DATABASE_URL/],
  ["a wrong password", withCode("28P01"), /refuses \(28P01\)/],
  ["Prisma's own", withCode("P1001"), /refuses \(P1001\)/],
  ["a table of another version", withCode("42P01"), /older than this version, or empty: start the site once/],
  ["the same as Prisma says it", withCode("P2021"), /older than this version/],
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
