import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openDataDir } from "./data-dir";

const fs = vi.hoisted(() => ({ refuses: undefined as { call: string; code: string } | undefined }));
// What only a full disk, a foreign system or another user would say.
vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const refusing = <Call extends "accessSync" | "mkdirSync" | "writeFileSync">(call: Call) =>
    ((...given: unknown[]) => {
      if (fs.refuses?.call === call)
        throw Object.assign(new Error(fs.refuses.code), { code: fs.refuses.code });
      return Reflect.apply(real[call], real, given);
    }) as (typeof real)[Call];
  return {
    ...real,
    accessSync: refusing("accessSync"),
    mkdirSync: refusing("mkdirSync"),
    writeFileSync: refusing("writeFileSync"),
  };
});

let folder = "";
// Not before a test is sure to run: the hook below runs with the tests alone.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-data-dir-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the folder is made with its parents, for this user only, and is left empty; one that is there is taken", () => {
  const made = join(folder, "a", "b");
  openDataDir(made);
  openDataDir(made);
  expect(readdirSync(made)).toEqual([]);
  if (process.platform !== "win32") expect(statSync(made).mode & 0o777).toBe(0o700);
});

test("a file, and a path through a file, are named as that", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "inside")])
    expect(() => openDataDir(path)).toThrow(
      `DATA_DIR is a file or lies inside one (ENOTDIR): ${path}. Give the path of a folder.`,
    );
});

test.runIf(process.platform === "linux")("a folder that the system never makes stops the start", () => {
  expect(() => openDataDir("/proc/x/y")).toThrow(
    "DATA_DIR cannot be written (ENOENT): /proc/x/y. Give a folder that the user of this start may write to.",
  );
});

test.each([
  ["mkdirSync", "EROFS", "cannot be written (EROFS)"],
  ["accessSync", "EACCES", "cannot be written (EACCES)"],
  ["mkdirSync", "ENOSPC", "has no room left (ENOSPC)"],
  ["writeFileSync", "ENOSPC", "has no room left (ENOSPC)"],
  ["writeFileSync", "EDQUOT", "has no room left (EDQUOT)"],
])("%s that says %s: the message has the cause and the mend", (call, code, words) => {
  const path = join(folder, "c");
  if (call !== "mkdirSync") mkdirSync(path, { recursive: true });
  fs.refuses = { call, code };
  try {
    expect(() => openDataDir(path)).toThrow(`DATA_DIR ${words}: ${path}. `);
    if (call !== "mkdirSync") expect(readdirSync(path)).toEqual([]);
  } finally {
    fs.refuses = undefined;
    rmSync(path, { recursive: true, force: true });
  }
});
