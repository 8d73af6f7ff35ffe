import { expect, test } from "vitest";
import { orderWith, retirement } from "./rules";

test("the new number stands where the old one stood, and the old one is the last backup", () => {
  expect(orderWith(["app", "old", "key", "new"], { oldId: "old", newId: "new" })).toEqual([
    "app",
    "new",
    "key",
    "old",
  ]);
  expect(orderWith(["old", "new"], { oldId: "old", newId: "new" })).toEqual(["new", "old"]);
});

test("the last way of getting in never goes by itself", () => {
  expect(retirement(0)).toBe("keep");
  expect(retirement(1)).toBe("retire");
});
