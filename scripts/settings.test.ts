import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.dirname(import.meta.dirname);
const read = (...file: string[]) => readFileSync(path.join(root, ...file), "utf8");
const named = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();

/** What the site asks its environment for, by the names in the source. */
const asked = ["config.ts", "provider-settings.ts"].flatMap((file) =>
  named(read("lib", "kernel", file), /\bvalue\("([A-Z_]+)"\)/g),
);
const documents = read("docs", "settings.md") + read("docs", "delivery.md");

test("every setting that the site reads is in the documents", () => {
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter((name) => !documents.includes(`\`${name}\``))).toEqual([]);
});

test("the table of settings names none that the site does not read", () => {
  const listed = named(read("docs", "settings.md"), /^\| `([A-Z_]+)`/gm);
  expect(listed.length).toBeGreaterThan(10);
  const sources = read("lib", "kernel", "config.ts") + read("lib", "kernel", "provider-settings.ts");
  const isRead = (name: string) =>
    asked.includes(name) || sources.includes(`"${name}"`) || /_PROVIDER$/.test(name);
  expect(listed.filter((name) => !isRead(name))).toEqual([]);
});

test("a build does not depend on any setting of the table", async () => {
  const { isSetting } = (await import("./setup.mjs" as string)) as { isSetting: (name: string) => boolean };
  const listed = named(read("docs", "settings.md"), /`([A-Z]+_?[A-Z_]*[A-Z])`/g).filter(
    (name) => !/^(NODE_EXTRA_CA_CERTS|UV_THREADPOOL_SIZE)$/.test(name),
  );
  expect(listed.filter((name) => !isSetting(name))).toEqual([]);
});
