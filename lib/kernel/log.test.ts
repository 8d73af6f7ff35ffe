import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { log, takeConsole } from "./log";

const { error, warn, info, log: plain } = console;
afterEach(() => {
  Object.assign(console, { error, warn, info, log: plain });
  vi.restoreAllMocks();
});

/** The lines that are written while `act` runs. */
function linesOf(act: () => void): Record<string, unknown>[] {
  const { [pino.symbols.streamSym]: stream } = log as unknown as Record<
    symbol,
    { write(line: string): void }
  >;
  const lines: string[] = [];
  vi.spyOn(stream as { write(line: string): void }, "write").mockImplementation((line) => {
    lines.push(line);
  });
  act();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const failed = () =>
  Object.assign(new Error("Key (email)=(ann@example.com) 481203"), {
    code: "23505",
    detail: "ann@example.com exists",
    sentTo: "+15555550123",
  });

test("an error in the log is its name, codes and places, and none of its words or properties (AT-110)", () => {
  const [line] = linesOf(() => log.warn({ err: failed() }, "while leaving"));
  expect(line).toMatchObject({ msg: "while leaving", err: { name: "Error", codes: ["23505"] } });
  expect(JSON.stringify(line)).not.toMatch(/ann@|481203|5555550123/);
});

test("what the framework complains of is one line of the log, without the words of an error (AT-138)", () => {
  const lines = linesOf(() => {
    takeConsole();
    console.error(failed());
    console.warn("a route:\n it threw", failed());
    console.log("started");
  });
  expect(lines).toMatchObject([
    { msg: "the framework complained", err: { codes: ["23505"] } },
    { msg: "a route:\n it threw", err: { codes: ["23505"] } },
  ]);
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines)).not.toMatch(/ann@|481203|5555550123/);
});
