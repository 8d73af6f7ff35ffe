import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPlaces, placeOf, whereFrom } from "./places";
import { placesDatabase } from "./test-database";

const folder = mkdtempSync(join(tmpdir(), "latchkey-places-"));
const file = join(folder, "places.mmdb");
const bytes = placesDatabase({
  "192.0.2.0/24": { city: "Utrecht", country: "Netherlands" },
  "198.51.100.0/24": { country: "Canada" },
});
beforeAll(() => writeFileSync(file, bytes));
afterAll(() => rmSync(folder, { recursive: true }));

test("an address is told by its town and country, by its country alone, or by itself", () => {
  openPlaces(file);
  expect(placeOf("192.0.2.77")).toBe("Utrecht, Netherlands");
  expect(placeOf("198.51.100.1")).toBe("Canada");
  expect(whereFrom("192.0.2.77")).toBe("Utrecht, Netherlands (192.0.2.77)");
  for (const unknown of ["203.0.113.9", "127.0.0.1", "2001:db8::1", "unknown", ""]) {
    expect(placeOf(unknown)).toBeUndefined();
    expect(whereFrom(unknown)).toBe(unknown);
  }
});

test("without a database no place is told", () => {
  openPlaces(undefined);
  expect(placeOf("192.0.2.77")).toBeUndefined();
});

test.each([
  ["that is not there", join(folder, "nowhere.mmdb"), /cannot be read \(ENOENT\)/],
  ["that is a folder", folder, /cannot be read \(EISDIR\)/],
])("a file %s is refused, with the reason", (_what, path, reason) => {
  expect(() => openPlaces(path)).toThrow(reason);
});

test("a file that is something else, or cut short, is refused", () => {
  for (const content of [Buffer.from("a city"), Buffer.alloc(0), bytes.subarray(0, 200)]) {
    writeFileSync(join(folder, "broken.mmdb"), content);
    expect(() => openPlaces(join(folder, "broken.mmdb"))).toThrow("is not a .mmdb database");
  }
});
