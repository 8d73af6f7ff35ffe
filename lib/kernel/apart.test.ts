import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runApart } from "./apart";
import { SettingsError } from "./config";

/** Runs a piece of JavaScript apart; resolves with the lines that it printed, those it sent, and what it was refused with. */
async function run(code: string) {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-apart-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, "script.mjs");
  writeFileSync(script, code);
  const said: string[] = [];
  const answer = runApart(script, { env: process.env, say: (line) => said.push(line), what: "The work" });
  const [printed, problems] = await answer.then(
    (lines) => [lines, undefined],
    (error) => {
      if (!(error instanceof SettingsError)) throw error;
      return [undefined, error.problems];
    },
  );
  return { printed, said, problems };
}

test("what it prints comes at its end, and what it is about to do at once", async () => {
  const code = `process.send("Filling…"); console.log("one\\n\\ntwo");`;
  expect(await run(code)).toEqual({ printed: ["one", "two"], said: ["Filling…"], problems: undefined });
});

test("what it complains of is all that the person at the keyboard reads", async () => {
  const { problems } = await run(`console.error("DATA_DIR is wrong."); process.exitCode = 1;`);
  expect(problems).toEqual(["DATA_DIR is wrong."]);
});

test.each([
  [
    "a signal",
    `process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 5_000);`,
    /^The work .*\(SIGKILL\)/,
  ],
  ["an exit code", "process.exit(7);", /^The work .*\(exit code 7\)/],
  ["an exit code of 1 without a word", "process.exit(1);", /^The work .*\(exit code 1\)/],
])("an end by %s is told, never an empty line", async (_what, code, words) => {
  const { problems } = await run(code);
  expect(problems).toEqual([expect.stringMatching(words)]);
});

test("a crash that follows a complaint is told beside it", async () => {
  const { problems } = await run(
    `process.stderr.write("no room\\n", () => process.kill(process.pid, "SIGKILL")); setTimeout(() => {}, 5_000);`,
  );
  expect(problems).toEqual(["no room", expect.stringContaining("SIGKILL")]);
});
