import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const read = (file: string) => readFileSync(join(import.meta.dirname, "..", file), "utf8");

it("each of the twelve losses in docs/lockout.md is walked by the test of the same name, and no other is", () => {
  const headings = [...read("docs/lockout.md").matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  const names = [...read("e2e/losses.spec.ts").matchAll(/^test\("([^"]+)"/gm)].map(([, name]) => name);
  expect(headings.map((heading) => Number.parseInt(heading ?? "", 10))).toEqual(
    Array.from({ length: 12 }, (_, place) => place + 1),
  );
  expect(names).toEqual(headings);
});
