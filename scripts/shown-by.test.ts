import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (file: string) => readFileSync(join(import.meta.dirname, "..", file), "utf8");

/** The names of a file's tests: `test("…"`, `it.each(…)("…"` and their kin. */
const namesIn = (file: string): string[] =>
  [...read(file).matchAll(/(?:\b(?:test|it)(?:\.\w+)?|[\])])\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g)].map(
    ([, , name = ""]) => name.replace(/\\(.)/g, "$1"),
  );

/** The rows of a document's table: the first cell, and what the last one names. */
const rowsOf = (document: string): { row: string; shownBy: string }[] =>
  read(document)
    .split("\n")
    .filter((line) => /^\| [A-Z]+-?\d/.test(line))
    .map((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      return { row: cells[1] ?? "", shownBy: cells.at(-2) ?? "" };
    });

const documents = ["docs/flow.md", "docs/reliability.md"];

test.each(documents.flatMap((document) => rowsOf(document).map((row) => ({ document, ...row }))))(
  "$document, $row: every test that is said to show it is there",
  ({ shownBy }) => {
    if (/^no test: \S.{10,}$/.test(shownBy)) return;
    for (const part of shownBy.split(/; (?=`)/)) {
      const [, file = "", names = ""] = /^`([^`]+)` (".+")$/.exec(part) ?? [];
      expect(existsSync(join(import.meta.dirname, "..", file)) && names, part).toBeTruthy();
      for (const [, name = ""] of names.matchAll(/"([^"]+)"(?:, |$)/g))
        expect(
          namesIn(file).filter((known) => known.includes(name)),
          `${file}: ${name}`,
        ).not.toEqual([]);
    }
  },
);

test("no row is forgotten: the flow has fourteen, each once", () => {
  expect(rowsOf("docs/flow.md").map(({ row }) => row)).toEqual(
    Array.from({ length: 14 }, (_, place) => `S${place + 1}`),
  );
});
