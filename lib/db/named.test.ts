import { expect, test } from "vitest";
import { numbered } from "./named";

test("names become numbers in the order in which they stand first, each once", () => {
  const text = `UPDATE "A" SET "x" = $new, "at" = $now WHERE "id" = $id::uuid AND "x" <> $new AND "y" > $now`;
  expect(numbered(text, { id: "i", new: "n", now: 3 })).toEqual({
    text: `UPDATE "A" SET "x" = $1, "at" = $2 WHERE "id" = $3::uuid AND "x" <> $1 AND "y" > $2`,
    values: ["n", 3, "i"],
  });
});

test("one text takes other values each time", () => {
  expect(numbered("SELECT $a, $b", { a: 1, b: null }).values).toEqual([1, null]);
  expect(numbered("SELECT $a, $b", { b: 2, a: false }).values).toEqual([false, 2]);
});

test("a value that is not given is refused, and one that is not named is left out", () => {
  expect(() => numbered("SELECT $a", {})).toThrow("$a");
  expect(() => numbered("SELECT $a", { a: undefined })).toThrow("$a");
  expect(numbered("SELECT $a", { a: 1, b: 2 }).values).toEqual([1]);
});
