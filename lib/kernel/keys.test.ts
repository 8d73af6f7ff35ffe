import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Settings, SettingsError } from "./config";
import { loadKeys } from "./keys";

type Call = "linkSync" | "mkdirSync" | "renameSync" | "writeFileSync";
const fs = vi.hoisted(() => ({
  /** What happens, once, just before a call of the file system. */
  before: new Map<string, () => void>(),
  hasLinks: true,
}));
vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const watched = <Name extends Call>(name: Name) =>
    ((...given: unknown[]) => {
      const meanwhile = fs.before.get(name);
      fs.before.delete(name);
      meanwhile?.();
      if (name === "linkSync" && !fs.hasLinks) throw Object.assign(new Error("EPERM"), { code: "EPERM" });
      return Reflect.apply(real[name], real, given);
    }) as (typeof real)[Name];
  return {
    ...real,
    linkSync: watched("linkSync"),
    mkdirSync: watched("mkdirSync"),
    renameSync: watched("renameSync"),
    writeFileSync: watched("writeFileSync"),
  };
});

let folder = "";
// Not before a test is sure to run: the hook below runs with the tests alone.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

let dataDir = "";
beforeEach(() => {
  dataDir = mkdtempSync(join(folder, "data-"));
});
afterEach(() => {
  fs.before.clear();
  fs.hasLinks = true;
});

/** The keys that a start on the folder goes on with. */
const start = () => loadKeys({ dataDir } as Settings);

test("that keys are made is said beforehand, and only when they are", () => {
  const said: [line: string, isThere: boolean][] = [];
  const say = (line: string) => said.push([line, existsSync(join(dataDir, "keys"))]);
  loadKeys({ dataDir } as Settings, say);
  loadKeys({ dataDir } as Settings, say);
  expect(said).toEqual([["Making the site's keys (first time only)…", false]]);
});

test("the first start makes one key, for this user only and with nothing beside it, and the next one takes it", () => {
  const made = start();
  expect(made.map(({ id, bytes }) => [id, bytes.length])).toEqual([["k1", 32]]);
  expect(start()).toEqual(made);
  expect(readdirSync(dataDir)).toEqual(["keys"]);
  if (process.platform !== "win32") expect(statSync(join(dataDir, "keys")).mode & 0o777).toBe(0o600);
});

test.each([
  ["writeFileSync", true],
  ["linkSync", true],
  ["renameSync", true],
  ["writeFileSync", false],
  ["linkSync", false],
  ["mkdirSync", false],
] as const)(
  "of two first starts on one folder both go on with the same key, when the other comes in between at %s; hard links: %s",
  (call, hasLinks) => {
    fs.hasLinks = hasLinks;
    let others: ReturnType<typeof start> | undefined;
    fs.before.set(call, () => {
      others = start();
    });
    expect(start()).toEqual(others ?? start());
    expect(start()).toEqual(others ?? start());
    expect(readdirSync(dataDir)).toEqual(["keys"]);
  },
);

test("a start that was killed while it made the key, where there are no hard links, is named, and no other key is made", () => {
  fs.hasLinks = false;
  const claim = join(dataDir, "keys.making");
  mkdirSync(claim);
  expect(start).toThrow(`Remove the folder ${claim}`);
  expect(readdirSync(dataDir)).toEqual(["keys.making"]);
});

test("a file that holds no keys stops the start and is left as it is", () => {
  writeFileSync(join(dataDir, "keys"), "k1:");
  expect(start).toThrow(SettingsError);
  expect(readFileSync(join(dataDir, "keys"), "utf8")).toBe("k1:");
});
