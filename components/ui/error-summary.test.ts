import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("what is wrong with a form stands before its title, in every file that shows both", () => {
  const files = ["app", "components"]
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith(".tsx"))
    .map((file) => ({ file, source: readFileSync(file, "utf8") }))
    .filter(({ source }) => source.includes("<ErrorSummary") && source.includes("<PageTitle"));
  expect(files.length).toBeGreaterThan(25);
  const late = files.filter(
    ({ source }) => source.indexOf("<ErrorSummary") > source.lastIndexOf("<PageTitle"),
  );
  expect(late.map(({ file }) => file)).toEqual([]);
});
