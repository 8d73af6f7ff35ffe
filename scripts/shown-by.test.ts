import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** The names of a file's tests: `test("…"`, `it.each(…)("…"` and their kin, and the `name` of a row that one is made of. */
const namesIn = (file: string): string[] =>
  [
    ...read(file).matchAll(
      /(?:(?:\b(?:test|it)(?:\.\w+)?|[\])])\(|^\s*name:)\s*(["'`])((?:\\.|(?!\1).)*)\1/gm,
    ),
  ].map(([, , name = ""]) => name.replace(/\\(.)/g, "$1"));

type Row = { readonly row: string; readonly shownBy: string };

const cellsOf = (line: string): string[] =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of those tables of a document that end with "shown by": the first cell, and what the last one names. */
function rowsOf(document: string): Row[] {
  const rows: Row[] = [];
  let isShown = false;
  for (const line of read(document).split("\n")) {
    const cells = cellsOf(line);
    const last = cells.at(-1);
    if (last === undefined) isShown = false;
    else if (last === "shown by") isShown = true;
    else if (isShown && !/^-+$/.test(last)) rows.push({ row: cells[0] ?? "", shownBy: last });
  }
  return rows;
}

/** The whole names of the tests that a last cell names, by file; what is not there is a failure. */
function testsOf(shownBy: string): string[] {
  return shownBy.split(/; (?=`)/).flatMap((part) => {
    const [, file = "", names = ""] = /^`([^`]+)` (".+")$/.exec(part) ?? [];
    expect(existsSync(join(root, file)) && names, part).toBeTruthy();
    return [...names.matchAll(/"([^"]+)"(?:, |$)/g)].flatMap(([, name = ""]) => {
      const known = namesIn(file).filter((candidate) => candidate.includes(name));
      expect(known, `${file}: ${name}`).not.toEqual([]);
      return known;
    });
  });
}

const attacksIn = (text: string): string[] => text.match(/\bAT-\d{3}\b/g) ?? [];

const documents = ["docs/flow.md", "docs/reliability.md", "docs/security.md"];

test.each(documents.flatMap((document) => rowsOf(document).map((row) => ({ document, ...row }))))(
  "$document, $row: every test that is said to show it is there, and has the number of its attack in its name",
  ({ row, shownBy }) => {
    if (/^no test: \S.{10,}$/.test(shownBy)) return;
    const named = attacksIn(testsOf(shownBy).join("\n"));
    for (const attack of attacksIn(row)) expect(named, shownBy).toContain(attack);
  },
);

test("no row is forgotten: the flow has fourteen, each once", () => {
  expect(rowsOf("docs/flow.md").map(({ row }) => row)).toEqual(
    Array.from({ length: 14 }, (_, place) => `S${place + 1}`),
  );
});

test("no attack is forgotten: whatever stands in the name of a test is a row of docs/security.md", () => {
  const files = ["app", "components", "e2e", "lib", "scripts"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(test|spec)\.tsx?$/.test(name))
      .map((name) => join(folder, name)),
  );
  const tested = new Set(attacksIn(files.flatMap(namesIn).join("\n")));
  const rows = new Set(
    rowsOf("docs/security.md")
      .flatMap(({ row }) => attacksIn(row))
      .sort(),
  );
  expect([...tested].sort()).toEqual([...rows]);
});
