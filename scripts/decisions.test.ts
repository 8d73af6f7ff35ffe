import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const folder = path.join(import.meta.dirname, "..", "docs", "decisions");
const files = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));
const read = (name: string) => readFileSync(path.join(folder, name), "utf8");

test("every decision is in the list, by its number and its heading", () => {
  const list = read("README.md");
  expect(files.length).toBeGreaterThan(30);
  for (const name of files) {
    const heading = /^# (\d{4}) (.+)$/m.exec(read(name));
    expect(heading?.[1], name).toBe(name.slice(0, 4));
    expect(list).toContain(`| [${name.slice(0, 4)}](${name}) | ${heading?.[2]} |`);
  }
  expect(list.match(/\]\(\d{4}-/g)?.length, "no line without its file").toBe(files.length);
});
