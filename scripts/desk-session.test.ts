import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { callerOf, FileError, ForeignFileError, sessionFile, sessionPath } from "./desk-session";

let here = "";
// Not before a test is sure to run: the hook below runs with the tests alone.
beforeAll(() => {
  here = fs.mkdtempSync(path.join(os.tmpdir(), "latchkey-desk-session-"));
});
afterAll(() => fs.rmSync(here, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());
const token = "A".repeat(43);

test("a sign-in is kept in a new file that its owner alone reads, and gone with it", () => {
  const file = path.join(here, "deeper", "session");
  const session = sessionFile(file);
  expect(session.read()).toBeUndefined();
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, `${"B".repeat(43)}\n`, { mode: 0o666 });
  const former = fs.openSync(file, "r");
  session.keep(token);
  expect(session.read()).toBe(token);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  // Whoever had the file before it open has nothing of this one.
  expect(fs.readFileSync(former, "utf8")).not.toContain(token);
  fs.closeSync(former);
  session.drop();
  expect(fs.existsSync(file)).toBe(false);
  session.drop();
});

test("a file that holds something else is neither read, written over nor deleted", () => {
  const file = path.join(here, "keys");
  fs.writeFileSync(file, "k1:something else");
  const session = sessionFile(file);
  for (const work of [() => session.read(), () => session.keep(token), () => session.drop()])
    expect(work).toThrow(ForeignFileError);
  expect(fs.readFileSync(file, "utf8")).toBe("k1:something else");
});

test("one that cannot be read or written is named, with the reason", () => {
  for (const work of [() => sessionFile(here).read(), () => sessionFile(here).keep(token)])
    expect(work).toThrow(new FileError(`${here} (EISDIR)`));
  const below = path.join(here, "file", "session");
  fs.writeFileSync(path.join(here, "file"), "");
  expect(() => sessionFile(below).keep(token)).toThrow(/file\/session \(E(?:NOTDIR|EXIST)\)/);
});

test("where it is kept: --session, else DESK_SESSION, which nobody may overrule, else in DATA_DIR", () => {
  vi.stubEnv("DESK_SESSION", "");
  const args = ["find", "--session", "mine", "a@example.com"];
  expect(sessionPath(args, "data")).toBe(path.resolve("mine"));
  expect(args, "it is no argument of the command").toEqual(["find", "a@example.com"]);
  expect(sessionPath(["whoami", "--session=mine"], "data")).toBe(path.resolve("mine"));
  expect(sessionPath(["whoami"], "data")).toBe(path.resolve("data/desk-session"));
  for (const nothing of [["--session"], ["--session="]]) expect(sessionPath(nothing, "data")).toBeUndefined();
  vi.stubEnv("DESK_SESSION", "/var/lib/desk/sam");
  expect(sessionPath(["whoami"], "data")).toBe("/var/lib/desk/sam");
  expect(sessionPath(["whoami", "--session", "mine"], "data")).toBeUndefined();
});

test("a copy of the file beside another name, or called by somebody else through sudo, is in other hands", () => {
  vi.stubEnv("SUDO_UID", "1001");
  const own = callerOf("/var/lib/desk/sam");
  expect(callerOf("/var/lib/desk/sam")).toBe(own);
  expect(callerOf("/var/lib/desk/copied")).not.toBe(own);
  vi.stubEnv("SUDO_UID", "1002");
  expect(callerOf("/var/lib/desk/sam")).not.toBe(own);
});
