import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { journeys } from "./journeys";

it("docs/journeys.md is what the tables of steps say now (npx tsx scripts/journeys.ts draws it)", () => {
  expect(readFileSync(join(import.meta.dirname, "..", "docs", "journeys.md"), "utf8")).toBe(journeys());
});
