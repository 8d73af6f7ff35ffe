import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openRowId, sealRowId } from "./secrets";

const [ann, bob] = [randomUUID(), randomUUID()];

test("a row id in an address opens for its own account only, and is the same every time", () => {
  for (const id of ["1", "120045", "9223372036854775807"]) {
    expect(openRowId(sealRowId(id, ann), ann)).toBe(id);
    expect(openRowId(sealRowId(id, ann), bob)).toBeUndefined();
    expect(sealRowId(id, ann)).toBe(sealRowId(id, ann));
  }
});

test("ids that follow each other have nothing in common, so an address does not tell how much happens", () => {
  const ids = Array.from({ length: 200 }, (_, place) => sealRowId(String(place + 1), ann));
  expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(200);
  expect([...ids].sort()).not.toEqual(ids);
});

test("what nobody made opens nothing", () => {
  for (const text of ["", "1", "0".repeat(32), "f".repeat(32), "F".repeat(32), `${sealRowId("1", ann)}00`])
    expect(openRowId(text, ann)).toBeUndefined();
  const flipped = sealRowId("1", ann).replace(/^./, (first) => (first === "0" ? "1" : "0"));
  expect(openRowId(flipped, ann)).toBeUndefined();
});
