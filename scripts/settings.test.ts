import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { settingNames } from "@/lib/kernel/config";

const root = path.dirname(import.meta.dirname);
const read = (...file: string[]) => readFileSync(path.join(root, ...file), "utf8");
const named = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();

const documents = read("docs", "settings.md") + read("docs", "delivery.md");

test("every setting that the site reads is in the documents", () => {
  expect(settingNames.length).toBeGreaterThan(20);
  // A gateway for calls or mails has the settings of one for texts, and is told by them.
  const told = settingNames.filter((name) => !/^HTTP_(VOICE|EMAIL)_/.test(name));
  expect(told.filter((name) => !documents.includes(`\`${name}\``))).toEqual([]);
});

test("the table of settings names none that the site does not read", () => {
  const listed = named(read("docs", "settings.md"), /^\| `([A-Z_]+)`/gm);
  expect(listed.length).toBeGreaterThan(10);
  expect(listed.filter((name) => !settingNames.includes(name))).toEqual([]);
});

test("a build does not depend on any setting of the table", async () => {
  const { isSetting } = (await import("./setup.mjs" as string)) as { isSetting: (name: string) => boolean };
  const listed = named(read("docs", "settings.md"), /`([A-Z]+_?[A-Z_]*[A-Z])`/g).filter(
    (name) => !/^(NODE_EXTRA_CA_CERTS|UV_THREADPOOL_SIZE)$/.test(name),
  );
  expect(listed.filter((name) => !isSetting(name))).toEqual([]);
});
